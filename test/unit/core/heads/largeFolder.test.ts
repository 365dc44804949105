import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { folderBasis } from '../../../../src/core/heads/folderBasis.ts';
import { propose } from '../../../../src/core/heads/propose.ts';
import { settle } from '../../../../src/core/heads/settle.ts';
import { seededRandom, shuffle } from '../../../../src/core/random.ts';
import { accuracy, madeUpFolder, reordered, sourceOf } from './folders.ts';

describe('a folder of more images than are compared with one another', () => {
  const folder = madeUpFolder(20_600, 4, 2);
  const basis = folderBasis(sourceOf(folder), 2);

  it('is settled by a sample that its content chooses, whatever the order', async () => {
    const own = await basis;
    assert.equal(own.sample.length, 20_000);
    assert.equal(own.neighbours, undefined);
    const { scores } = await settle(folder.scores, 2, own);
    assert.ok(accuracy(scores, folder) > accuracy(folder.scores, folder));
    const order = shuffle([...folder.truths.keys()], seededRandom(3));
    const other = reordered(folder, order);
    const again = await settle(other.scores, 2, await folderBasis(sourceOf(other), 2));
    assert.deepEqual(again.scores, reordered({ ...folder, scores }, order).scores);
  });

  it('learns from labels beyond the sample', async () => {
    const own = await basis;
    const sampled = new Set(own.sample);
    const beyond = [...folder.truths.keys()].filter((image) => !sampled.has(image));
    assert.equal(beyond.length, 600);
    const images = [beyond[5], beyond[0], beyond[7], own.sample[3]];
    // All of them wrong: what was learned shows.
    const targets = images.map((image) => 1 - folder.truths[image]);
    const { scores, evidence } = await settle(folder.scores, 2, own, {
      labelled: { images: [...images, 0, 1], targets: [...targets, 1, 0] },
    });
    assert.equal(evidence, 1);
    const plain = await settle(folder.scores, 2, own);
    assert.ok(accuracy(scores, folder) < accuracy(plain.scores, folder));
  });

  it('is asked about in a few images, of a small pool too', async () => {
    const own = await basis;
    const { scores } = await settle(folder.scores, 2, own);
    const anywhere = await propose(scores, 2, own, { labelled: [own.sample[0]], count: 6 });
    assert.equal(new Set(anywhere).size, 6);
    const pool = [5, 4000, 9000, 20_500];
    const [first, ...others] = await propose(scores, 2, own, { pool, labelled: [4000], count: 9 });
    assert.deepEqual(
      [first, ...others].sort((a, b) => a - b),
      [5, 9000, 20_500],
    );
  });
});
