import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evidenceOf } from '../../../../src/core/heads/evidence.ts';
import { featureRows } from '../../../../src/core/heads/features.ts';
import { folderBasis } from '../../../../src/core/heads/folderBasis.ts';
import { propose } from '../../../../src/core/heads/propose.ts';
import { settle, settledProbabilities } from '../../../../src/core/heads/settle.ts';
import { bounded, scoreByTerms } from '../../../../src/core/heads/terms.ts';
import { seededRandom, shuffle } from '../../../../src/core/random.ts';
import { accuracy, madeUpFolder, reordered, sourceOf } from './folders.ts';

describe('settling a folder', () => {
  it('answers better than its images alone', async () => {
    const folder = madeUpFolder(200, 32, 5);
    const basis = await folderBasis(sourceOf(folder), 5);
    const { scores, evidence } = await settle(folder.scores, 5, basis);
    assert.ok(evidence > 0);
    assert.ok(accuracy(scores, folder) > accuracy(folder.scores, folder) + 0.05);
  });

  it('settles unsure answers where the backbone itself tells images apart', async () => {
    const folder = madeUpFolder(200, 32, 5);
    const unsure = folder.scores.map((score) => score / 5);
    const basis = await folderBasis(sourceOf(folder), 5);
    const alone = await settle(unsure, 5, basis);
    const helped = await settle(unsure, 5, basis, { sourceInformation: 0.3 });
    assert.equal(alone.evidence, 0);
    assert.deepEqual(alone.scores, unsure);
    assert.equal(helped.evidence, 1);
    assert.ok(accuracy(helped.scores, folder) > accuracy(unsure, folder) + 0.05);
    assert.equal((await settle(unsure, 5, basis, { sourceInformation: 0.15 })).evidence, 0);
  });

  it('does not take a few images for evidence', () => {
    assert.equal(evidenceOf(0.1, 0.3, 20), 0);
    assert.equal(evidenceOf(0.1, 0.3, 60), 1);
    assert.equal(evidenceOf(0.4, 0, 20), 1);
  });

  it('asks about the group whose shown answers are less sure, not only about the larger one', async () => {
    const group = (i: number) => (i < 10 ? 0 : 1);
    const features = Float32Array.from({ length: 21 * 2 }, (_, at) =>
      group(Math.floor(at / 2)) === at % 2 ? 1 : 0,
    );
    const margins = [6, 12];
    const scores = Float32Array.from({ length: 21 * 2 }, (_, at) =>
      at % 2 === 0 ? margins[group(Math.floor(at / 2))] : 0,
    );
    const basis = await folderBasis(featureRows(features, 2, 'features'), 2);
    const first = async (sharpness?: number) =>
      group((await propose(scores, 2, basis, { labelled: [], count: 1, sharpness }))[0]);
    assert.equal(await first(), 0);
    assert.equal(await first(1), 1);
  });

  it('lets targets of few images be themselves once labels keep them in place', async () => {
    const folder = madeUpFolder(120, 32, 20);
    const basis = await folderBasis(sourceOf(folder), 20);
    const images = Array.from({ length: 20 }, (_, i) => i);
    const labelled = { images, targets: images.map((image) => folder.truths[image]) };
    const settled = await settle(folder.scores, 20, basis, { labelled });
    const held = await settle(folder.scores, 20, basis, { labelled, shrinkage: 50 });
    assert.ok(accuracy(settled.scores, folder) > accuracy(held.scores, folder));
  });

  it('keeps its trust in a mapping that puts 0 where it is wrong', async () => {
    const folder = madeUpFolder(120, 32, 4);
    // Probabilities of a quantized output: all or nothing.
    const scores = folder.scores.map((score, at) => {
      const row = folder.scores.subarray(at - (at % 4), at - (at % 4) + 4);
      return score === Math.max(...row) ? 0 : -69;
    });
    const basis = await folderBasis(sourceOf(folder), 4);
    const right = (i: number) => scores[i * 4 + folder.truths[i]] === 0;
    const images = [...folder.truths.keys()];
    const asked = [...images.filter((i) => !right(i)).slice(0, 2), ...images.filter(right).slice(0, 6)];
    const labelled = { images: asked, targets: asked.map((image) => folder.truths[image]) };
    const { terms } = await settle(scores, 4, basis, { labelled });
    assert.ok(terms!.trust > 0.1, `trust ${terms!.trust}`);
  });

  it('takes scores for finite ones that lie not too far apart', () => {
    const never = Number.NEGATIVE_INFINITY;
    const scores = Float32Array.of(0, -69, never, 1, -3, -5, never, never, never);
    assert.deepEqual([...bounded(scores, 3, -79)], [0, -14, -14, 1, -3, -5, -79, -79, -79]);
  });

  it('leaves terms that score an image without its folder', async () => {
    const folder = madeUpFolder(200, 32, 5);
    const basis = await folderBasis(sourceOf(folder), 5);
    const { terms } = await settle(folder.scores, 5, basis);
    const alone = await scoreByTerms(terms!, folder.scores, folder.features.slice());
    assert.ok(accuracy(alone, folder) > accuracy(folder.scores, folder) + 0.05);
  });

  it('does not depend on the order of the images', async () => {
    const folder = madeUpFolder(120, 16, 3);
    const order = shuffle([...folder.truths.keys()], seededRandom(5));
    const other = reordered(folder, order);
    const images = [4, 9, 20, 31];
    const labelled = { images, targets: images.map((i) => folder.truths[i]) };
    const first = await settle(folder.scores, 3, await folderBasis(sourceOf(folder), 3), { labelled });
    const second = await settle(other.scores, 3, await folderBasis(sourceOf(other), 3), {
      labelled: { ...labelled, images: images.map((i) => order.indexOf(i)) },
    });
    assert.deepEqual(second.scores, reordered({ ...folder, scores: first.scores }, order).scores);
  });

  it('shows a probability that is less sure than the scores', () => {
    const [first, second] = settledProbabilities([3, 0]);
    assert.ok(Math.abs(first - 1 / (1 + Math.exp(-1))) < 1e-12);
    assert.ok(Math.abs(first + second - 1) < 1e-12);
  });
});
