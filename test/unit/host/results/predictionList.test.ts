import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Prediction } from '../../../../src/core/evidence/imageScorer.ts';
import { PredictionList } from '../../../../src/host/results/predictionList.ts';

const prediction = (i: number): Prediction => ({
  path: `${i % 2 === 0 ? '/photos/Kätzchen 😀/' : 'C:\\photos\\'}image \ud83d ${i}.jpg`,
  target: i % 7,
  confidence: 1 / (i + 3),
  truth: i % 3 === 0 ? -1 : i % 5,
  fired: Array.from({ length: i % 4 }, (_, k) => ({ source: i + k, probability: 1 / (k + 3) })),
});

describe('The predictions of a run', () => {
  it('come out as they went in, however many there are', () => {
    const list = new PredictionList();
    const all = Array.from({ length: 3000 }, (_, i) => prediction(i));
    for (const one of all) list.push(one);
    assert.equal(list.length, 3000);
    assert.deepEqual(list.slice(0, 3000), all);
    assert.deepEqual(list.slice(2999, 4000), [all[2999]]);
    assert.deepEqual(list.at(1024), all[1024]);
  });

  it('say the split of each image that is of one', () => {
    const list = new PredictionList();
    list.push(prediction(0));
    assert.equal(list.hasSplits, false);
    const splits = ['train', 'val', 'test', undefined] as const;
    for (let i = 1; i < 1100; i++) {
      const split = splits[i % 4];
      list.push({ ...prediction(i), ...(split && { split }) });
    }
    assert.equal(list.hasSplits, true);
    assert.deepEqual(list.at(1024), { ...prediction(1024), split: 'train' });
    assert.deepEqual([list.split(0), list.split(1098), list.at(1099)?.split], [undefined, 'test', undefined]);
  });

  it('are told in the order of the folders, in whichever order they came', () => {
    const list = new PredictionList();
    const came = Array.from({ length: 2000 }, (_, i) => (i * 1237) % 2000);
    for (const place of came) list.push(prediction(place), place);
    assert.deepEqual(
      Array.from(list.inFolderOrder(), (row) => list.at(row)),
      Array.from({ length: 2000 }, (_, i) => prediction(i)),
    );
    const paths = [1, 0].map((place) => prediction(place).path);
    const rows = list.rowsOf([...paths, '/elsewhere.jpg']);
    assert.deepEqual([...rows], [came.indexOf(1), came.indexOf(0), -1]);
  });

  it('are none where there are none', () => {
    const list = new PredictionList();
    assert.deepEqual(
      [list.at(0), list.at(-1), list.at(0.5), list.slice(0, 10)],
      [undefined, undefined, undefined, []],
    );
  });
});
