import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { folderBasis } from '../../../../src/core/heads/folderBasis.ts';
import { type LearnedHeadKind, learnHead } from '../../../../src/core/heads/learnHead.ts';
import { scoreByTerms } from '../../../../src/core/heads/terms.ts';
import { accuracy, madeUpFolder, reordered, sourceOf } from './folders.ts';

const T = 4;
const whole = madeUpFolder(240, 16, T);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const folder = reordered(whole, range(0, 120));
const later = reordered(whole, range(120, 240));
const labelled = (images: readonly number[]) => ({ images, targets: images.map((i) => folder.truths[i]) });
const none = labelled([]);

const lesson = async (kind: LearnedHeadKind, learn = labelled(range(0, 40)), measure = none) => ({
  kind,
  basis: await folderBasis(sourceOf(folder), T),
  scores: folder.scores,
  targetCount: T,
  learn,
  measure,
});

describe('a head learned from a folder', () => {
  for (const kind of ['mixture', 'linear-probe', 'prototypes'] as const) {
    it(`answers images that come later better than the mapping: ${kind}`, async () => {
      const { terms, validation, ...learned } = await learnHead(await lesson(kind));
      assert.equal(learned.kind, kind);
      const scores = await scoreByTerms(terms, later.scores, later.features.slice());
      const reached = accuracy(scores, later);
      assert.ok(reached > accuracy(later.scores, later) + 0.1);
      // The images that it learned from were left out in turn.
      assert.equal(validation.images, 40);
      assert.ok(Math.abs(validation.accuracy! - reached) < 0.15, `${validation.accuracy} for ${reached}`);
    });
  }

  it('is measured on other images where there are enough', async () => {
    const { validation } = await learnHead(
      await lesson('prototypes', labelled(range(0, 40)), labelled(range(40, 60))),
    );
    assert.equal(validation.images, 20);
  });

  it('is not measured on images that the mapping or a prompt before it learned from', async () => {
    const given = await lesson('prototypes', labelled(range(0, 40)), labelled(range(40, 45)));
    const { validation } = await learnHead({ ...given, seen: Int32Array.from(range(0, 30)) });
    assert.equal(validation.images, 10);
    // Of nothing left the few others are what there is.
    const all = await learnHead({ ...given, seen: Int32Array.from(range(0, 40)) });
    assert.equal(all.validation.images, 5);
  });

  it('is not measured by labels that are chance', async () => {
    const wrong = { images: range(0, 40), targets: range(0, 40).map((i) => (i * 7) % 3) };
    const { validation } = await learnHead(await lesson('prototypes', wrong));
    assert.ok(validation.accuracy! < 0.6, `${validation.accuracy}: learned by heart`);
  });

  it('is prototypes where a probe has too few images of a label', async () => {
    const { kind, validation } = await learnHead(await lesson('linear-probe', labelled([0, 1, 2, 3])));
    assert.equal(kind, 'prototypes');
    assert.deepEqual(validation, { images: 0, accuracy: null });
  });

  it('needs labels, or images that say something about each other', async () => {
    const alone = await learnHead(await lesson('mixture', none, labelled(range(0, 30))));
    assert.equal(alone.validation.images, 30);
    await assert.rejects(learnHead(await lesson('prototypes', none)), /no images of two labels/);
    const flat = { ...(await lesson('mixture', none)), scores: new Float32Array(120 * T) };
    await assert.rejects(learnHead(flat), /too little about each other/);
  });
});
