import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { epochOrder, epochRandom, stratifiedSplit } from '../../../../src/core/training/split.ts';
import { column } from '../../column.ts';

function images(counts: readonly number[], folder = '/a') {
  return counts.flatMap((count, truth) =>
    Array.from({ length: count }, (_, i) => ({
      path: `${folder}/${truth}/${i}.png`,
      truth,
      key: `${truth}/${i}.png`,
    })),
  );
}

describe('Splitting into training and validation', () => {
  it('takes the same share of every class', () => {
    const { train, validation } = stratifiedSplit(images([10, 50, 5]), 0.2, 0);
    const count = (part: typeof train) =>
      [0, 1, 2].map((t) => part.filter(({ truth }) => truth === t).length);
    assert.deepEqual(count(validation), [2, 10, 1]);
    assert.deepEqual(count(train), [8, 40, 4]);
  });

  it('validates with one of two images, and with none of one', () => {
    const { train, validation } = stratifiedSplit(images([2, 1]), 0.2, 0);
    assert.deepEqual(column(validation, 'truth'), [0]);
    assert.deepEqual(column(train, 'truth'), [0, 1]);
  });

  it('depends on seed and names only, not on where the folder lies or in which order it was listed', () => {
    const keys = (part: readonly { key: string }[]) => part.map(({ key }) => key);
    const first = stratifiedSplit(images([20, 20]), 0.25, 7);
    const elsewhere = stratifiedSplit(images([20, 20], '/b').reverse(), 0.25, 7);
    assert.deepEqual(keys(elsewhere.validation), keys(first.validation));
    assert.deepEqual(keys(elsewhere.train), keys(first.train));
    assert.notDeepEqual(keys(stratifiedSplit(images([20, 20]), 0.25, 8).validation), keys(first.validation));
  });

  it('keeps near-duplicates together, also those of two classes, and parts a class that is one picture', () => {
    const all = images([40, 40, 10, 40]);
    // Bursts of four; two pictures that lie in two class folders; ten times the same; half a class the same.
    const groups = all.map(({ truth, path }, i) => {
      const at = Number(path.match(/(\d+)\.png/)?.[1]);
      if (truth === 0) return Math.floor(at / 4);
      if (i === 45 || i === 82) return 20;
      if (truth === 2) return i === 82 ? 20 : 30;
      return truth === 3 && at < 20 ? 40 : -1;
    });
    for (const seed of [0, 1, 2, 3]) {
      const { train, validation } = stratifiedSplit(all, 0.2, seed, groups);
      assert.equal(train.length + validation.length, all.length);
      const groupsOf = (part: typeof train) =>
        new Set(
          part.map((image) => groups[all.indexOf(image)]).filter((group) => group >= 0 && group !== 30),
        );
      const learned = groupsOf(train);
      assert.ok([...groupsOf(validation)].every((group) => !learned.has(group)));
      const held = [0, 1, 2, 3].map((t) => validation.filter(({ truth }) => truth === t).length);
      assert.ok(
        held.every((count, t) => count >= 1 && count <= 0.4 * [40, 40, 10, 40][t]),
        held.join(),
      );
    }
  });

  it('draws another order every epoch, and the same again for the same epoch', () => {
    assert.deepEqual(epochOrder(50, 3, 2), epochOrder(50, 3, 2));
    assert.notDeepEqual(epochOrder(50, 3, 2), epochOrder(50, 3, 3));
    assert.notDeepEqual(epochOrder(50, 3, 2), epochOrder(50, 4, 2));
    const sorted = [...epochOrder(50, 3, 2)].sort((a, b) => a - b);
    assert.deepEqual(
      sorted,
      Array.from({ length: 50 }, (_, i) => i),
    );
    assert.notEqual(epochRandom(1, 1, 1)(), epochRandom(1, 1, 2)());
  });
});
