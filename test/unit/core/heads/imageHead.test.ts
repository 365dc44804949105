import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BackboneDescription } from '../../../../src/core/backbones/backboneDescription.ts';
import { headFor } from '../../../../src/core/heads/head.ts';
import { decodeHead, encodeHead } from '../../../../src/core/heads/headFile.ts';
import { fitImageHead } from '../../../../src/core/heads/imageHead.ts';
import { scoreByTerms } from '../../../../src/core/heads/terms.ts';
import { target } from '../../alignments.ts';
import { accuracy, type MadeUpFolder, madeUpFolder, reordered } from './folders.ts';

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

function halves(): { learned: MadeUpFolder; others: MadeUpFolder } {
  const folder = madeUpFolder(240, 16, 4);
  return { learned: reordered(folder, range(0, 40)), others: reordered(folder, range(40, 240)) };
}

const taught = ({ features, scores, truths, targetCount }: MadeUpFolder) => ({
  kind: 'features' as const,
  features,
  scores,
  targets: truths,
  targetCount,
});

describe('a head of labelled images alone', () => {
  it('answers better for other images than the mapping', async () => {
    const { learned, others } = halves();
    const { kind, terms } = await fitImageHead(taught(learned));
    assert.equal(kind, 'linear-probe');
    const scores = await scoreByTerms(terms, others.scores, others.features.slice());
    assert.ok(accuracy(scores, others) > accuracy(others.scores, others) + 0.1);
  });

  it('is not learned from nothing', async () => {
    const none = { ...taught(reordered(halves().learned, [])), prototypes: true };
    await assert.rejects(fitImageHead(none), { reason: 'invalid-argument' });
  });

  it('trusts the mapping where a target has a single image, or none', async () => {
    const { learned, others } = halves();
    const single = await fitImageHead(taught(reordered(learned, [0, 1, 2, 3])));
    assert.equal(single.kind, 'prototypes');
    assert.ok(single.terms.trust > 0.5);
    const scores = await scoreByTerms(single.terms, others.scores, others.features.slice());
    assert.ok(accuracy(scores, others) > accuracy(others.scores, others));
    const without = await fitImageHead(taught(reordered(learned, [0, 1, 2, 4, 5, 6])));
    assert.equal(without.kind, 'prototypes');
  });

  it('scores the same from its file', async () => {
    const { learned, others } = halves();
    const { kind, terms } = await fitImageHead(taught(learned));
    const content = { kind, backbone: 'ab', prompt: '', targets: ['a', 'b', 'c', 'd'], terms };
    const targets = content.targets.map((label) => target(label));
    const backbone = {
      name: 'net',
      sha256: 'ab',
      labelSpace: { labels: [] },
      input: {},
    } as unknown as BackboneDescription;
    const head = headFor({ targets }, decodeHead(encodeHead(content), 'h'), 'h', backbone, 16);
    const own = head.score(
      { logits: new Float32Array(0), features: others.features, mapped: others.scores },
      200,
    );
    const expected = await scoreByTerms(terms, others.scores, others.features.slice());
    for (const [at, score] of own.entries()) assert.ok(Math.abs(score - expected[at]) < 1e-4);
  });
});
