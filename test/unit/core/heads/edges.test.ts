import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import { featureRows } from '../../../../src/core/heads/features.ts';
import { folderBasis } from '../../../../src/core/heads/folderBasis.ts';
import { propose } from '../../../../src/core/heads/propose.ts';
import { type SettleOptions, settle } from '../../../../src/core/heads/settle.ts';
import { seededRandom, shuffle } from '../../../../src/core/random.ts';
import { plainProduct } from '../../../../src/core/work.ts';
import { accuracy, type MadeUpFolder, madeUpFolder, reordered, sourceOf } from './folders.ts';

async function settled(folder: MadeUpFolder, options: SettleOptions = {}) {
  const basis = await folderBasis(sourceOf(folder), folder.targetCount);
  const result = await settle(folder.scores, folder.targetCount, basis, options);
  return { basis, ...result };
}

const answersOf = (scores: Float32Array, T: number) =>
  Array.from({ length: scores.length / T }, (_, i) => {
    const row = scores.subarray(i * T, (i + 1) * T);
    return row.indexOf(Math.max(...row));
  });

const truthsOf = ({ truths }: MadeUpFolder, images: readonly number[]) => ({
  images,
  targets: images.map((i) => truths[i]),
});

describe('folders that are hardly folders', () => {
  for (const N of [0, 1, 2]) {
    it(`leaves ${N} images as they are`, async () => {
      const folder = madeUpFolder(N, 8, 3);
      const { scores, evidence, terms, basis } = await settled(folder);
      assert.deepEqual(scores, folder.scores);
      assert.equal(evidence, 0);
      assert.equal(terms, undefined);
      assert.equal((await propose(scores, 3, basis, { labelled: [], count: 5 })).length, N);
    });
  }

  it('settles three images', async () => {
    const folder = madeUpFolder(3, 8, 3);
    const { scores, evidence } = await settled(folder);
    assert.ok(evidence > 0);
    assert.ok(scores.every(Number.isFinite));
  });

  it('has nothing to settle for one target', async () => {
    const folder = madeUpFolder(20, 8, 1);
    const { scores, evidence } = await settled(folder, { labelled: truthsOf(folder, [3]) });
    assert.deepEqual(scores, folder.scores);
    assert.equal(evidence, 0);
  });

  for (const [N, D] of [
    [12, 40],
    [40, 12],
    [30, 1],
  ]) {
    it(`settles ${N} images of ${D} features`, async () => {
      const folder = madeUpFolder(N, D, 2);
      const { scores, evidence } = await settled(folder, { labelled: truthsOf(folder, [0, 1]) });
      assert.equal(evidence, 1);
      assert.ok(scores.every(Number.isFinite));
      assert.ok(accuracy(scores, folder) >= accuracy(folder.scores, folder) - 0.1);
    });
  }

  for (const [name, value] of [
    ['zero', 0],
    ['equal', 0.7],
    ['not a number', Number.NaN],
    ['infinite', Number.POSITIVE_INFINITY],
    ['huge', 3e38],
  ] as const) {
    it(`keeps the answers where all features are ${name}`, async () => {
      const folder = madeUpFolder(30, 8, 3);
      folder.features.fill(value);
      const { scores, evidence } = await settled(folder);
      assert.ok(evidence > 0);
      assert.ok(scores.every(Number.isFinite));
      assert.ok(accuracy(scores, folder) >= accuracy(folder.scores, folder) - 0.1);
    });
  }

  it('takes logits in the place of features', async () => {
    const folder = madeUpFolder(120, 24, 4);
    const basis = await folderBasis(sourceOf(folder, 'logits'), 4);
    const { scores } = await settle(folder.scores, 4, basis);
    assert.ok(accuracy(scores, folder) > accuracy(folder.scores, folder));
    // A constant that is added to the logits of an image says nothing.
    const shifted = featureRows(
      folder.features.map((x, at) => x + (Math.floor(at / 24) % 7)),
      24,
      'logits',
    );
    const other = await settle(folder.scores, 4, await folderBasis(shifted, 4));
    for (const [at, score] of scores.entries()) assert.ok(Math.abs(score - other.scores[at]) < 1e-3);
  });
});

describe('scores that say little', () => {
  it('leaves a folder alone that its scores tell nothing of', async () => {
    const folder = madeUpFolder(60, 8, 3);
    folder.scores.fill(0);
    const { scores, information, evidence } = await settled(folder);
    assert.ok(Math.abs(information) < 1e-9);
    assert.equal(evidence, 0);
    assert.deepEqual(scores, folder.scores);
  });

  it('lets a target without sources be learned from labels', async () => {
    const folder = madeUpFolder(90, 16, 3);
    for (let i = 0; i < 90; i++) folder.scores[i * 3 + 2] = Number.NEGATIVE_INFINITY;
    const plain = await settled(folder);
    assert.ok(!answersOf(plain.scores, 3).includes(2));
    const images = [0, 1, 2, 3, 4, 5, 6, 7, 8];
    const taught = await settled(folder, { labelled: truthsOf(folder, images) });
    assert.ok(taught.scores.every(Number.isFinite));
    const found = answersOf(taught.scores, 3).filter((target) => target === 2).length;
    assert.ok(found > 10, `${found} images of it`);
  });

  it('stands targets that nothing can be', async () => {
    const folder = madeUpFolder(30, 8, 3);
    folder.scores.fill(Number.NEGATIVE_INFINITY);
    const plain = await settled(folder);
    assert.equal(plain.evidence, 0);
    const taught = await settled(folder, { labelled: truthsOf(folder, [0, 1, 2, 3, 4, 5]) });
    assert.ok(taught.scores.every(Number.isFinite));
    assert.ok(accuracy(taught.scores, folder) > 0.5);
    assert.equal((await propose(plain.scores, 3, plain.basis, { labelled: [0], count: 4 })).length, 4);
  });
});

describe('labels', () => {
  it('only fixes images where all labels are of one target', async () => {
    const folder = madeUpFolder(60, 16, 3);
    const { evidence, terms } = await settled(folder, { labelled: truthsOf(folder, [0, 3, 6]) });
    assert.ok(evidence > 0);
    assert.equal(terms?.trust, 1);
    assert.equal(terms?.residual, undefined);
  });

  it('are learned from when every image has one', async () => {
    const folder = madeUpFolder(60, 16, 3);
    const { scores } = await settled(folder, { labelled: truthsOf(folder, [...folder.truths.keys()]) });
    assert.equal(accuracy(scores, folder), 1);
  });

  it('may disagree about images that are the same', async () => {
    const folder = madeUpFolder(30, 8, 3);
    folder.features.copyWithin(8, 0, 8);
    folder.scores.copyWithin(3, 0, 3);
    const { scores } = await settled(folder, { labelled: { images: [0, 1, 4, 5], targets: [0, 1, 1, 2] } });
    assert.ok(scores.every(Number.isFinite));
  });

  it('count once for an image: the last one', async () => {
    const folder = madeUpFolder(30, 8, 3);
    const once = await settled(folder, { labelled: { images: [0, 1], targets: [0, 1] } });
    const twice = await settled(folder, { labelled: { images: [0, 1, 0], targets: [2, 1, 0] } });
    assert.deepEqual(twice.scores, once.scores);
  });

  it('keep the trust in the mapping between 0 and 2', async () => {
    const folder = madeUpFolder(60, 8, 3);
    const images = [...folder.truths.keys()];
    const scores = folder.scores.map((score) => score * 20);
    const wrong = { images, targets: images.map((i) => (folder.truths[i] + 1) % 3) };
    const { terms } = await settled({ ...folder, scores }, { labelled: wrong });
    assert.ok(terms!.trust >= 0 && terms!.trust < 0.2, `${terms!.trust}`);
    const faint = folder.scores.map((_, at) => (folder.truths[Math.floor(at / 3)] === at % 3 ? 0.3 : 0));
    const right = { images, targets: [...folder.truths] };
    const more = await settled({ ...folder, scores: faint }, { labelled: right });
    assert.ok(more.terms!.trust > 1 && more.terms!.trust <= 2, `${more.terms!.trust}`);
  });

  it('teach a thousand targets', async () => {
    const folder = madeUpFolder(400, 24, 1000);
    const images = Array.from({ length: 40 }, (_, i) => i * 7);
    const { scores, evidence } = await settled(folder, { labelled: truthsOf(folder, images) });
    assert.equal(evidence, 1);
    assert.ok(scores.every(Number.isFinite));
  });
});

describe('copies', () => {
  /** Of 60 images, the first is there 14 times more, and the second once more. */
  function withCopies(): MadeUpFolder {
    const folder = madeUpFolder(60, 16, 3);
    return reordered(folder, [...folder.truths.keys(), ...Array(14).fill(0), 1]);
  }

  it('of an image get one answer, whatever the order', async () => {
    const folder = withCopies();
    const { scores } = await settled(folder);
    for (let copy = 60; copy < 74; copy++) {
      assert.deepEqual(scores.subarray(copy * 3, copy * 3 + 3), scores.subarray(0, 3));
    }
    for (const seed of [1, 2, 3]) {
      const order = shuffle([...folder.truths.keys()], seededRandom(seed));
      const other = await settled(reordered(folder, order));
      assert.deepEqual(other.scores, reordered({ ...folder, scores }, order).scores);
    }
  });

  it('that are all there is are answered alike', async () => {
    const folder = madeUpFolder(1, 16, 3);
    const copies = reordered(folder, Array(25).fill(0));
    const { scores, basis } = await settled(copies, {
      labelled: { images: [3, 4], targets: [1, 2] },
    });
    assert.ok(scores.every(Number.isFinite));
    assert.equal((await propose(scores, 3, basis, { labelled: [3, 4], count: 2 })).length, 2);
  });
});

describe('a long calculation', () => {
  it('ends when it is canceled', async () => {
    const folder = madeUpFolder(50, 8, 3);
    const stop = new AbortController();
    stop.abort();
    const isCancelled = (error: unknown) => error instanceof SemapError && error.reason === 'cancelled';
    const work = { signal: stop.signal };
    await assert.rejects(folderBasis(sourceOf(folder), 3, work), isCancelled);
    const basis = await folderBasis(sourceOf(folder), 3);
    await assert.rejects(settle(folder.scores, 3, basis, work), isCancelled);
  });

  it('reads a folder in blocks, with a product that answers later', async () => {
    const folder = madeUpFolder(70, 12, 3);
    const whole = await settled(folder);
    const asked: number[] = [];
    const source = {
      ...sourceOf(folder),
      rows: async (from: number, to: number) => {
        asked.push(to - from);
        return folder.features.slice(from * 12, to * 12);
      },
    };
    const product = async (a: Float32Array, b: Float32Array, inner: number) => plainProduct(a, b, inner);
    const shares: number[] = [];
    const basis = await folderBasis(source, 3, { product, report: (share) => shares.push(share) });
    const { scores } = await settle(folder.scores, 3, basis, { product });
    assert.deepEqual(scores, whole.scores);
    assert.deepEqual(asked, [70, 70]);
    assert.equal(shares.at(-1), 1);
  });
});
