import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { alignLabels } from '../../../../src/core/alignments/alignLabels.ts';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import { mappingOf } from '../../../../src/core/alignments/alignmentBuilding.ts';
import { withEdit } from '../../../../src/core/alignments/alignmentEdits.ts';
import { parseAlignment, serialiseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import { answeringCount } from '../../../../src/core/alignments/answering.ts';
import type { BackboneDescription } from '../../../../src/core/backbones/backboneDescription.ts';
import type { TargetLabel } from '../../../../src/core/labels/targetLabels.ts';
import { complementsOf, type RoleTarget, withComplements } from '../../../../src/core/mapping/roles.ts';
import { decidedTarget, MappingScorer } from '../../../../src/core/mapping/scoring.ts';
import { WordNetSimilarity } from '../../../../src/core/similarity/wordnetSimilarity.ts';
import { builtWordNet, imagenet, noTable } from '../labels/table.ts';

const source = (index: number, weight = 1) => ({ source: index, weight });
/** Logits whose softmax these are. */
const logits = (...shares: number[]) => Float32Array.from(shares, Math.log);

describe('Complements', () => {
  const pair = {
    sourceCount: 4,
    targets: [[source(0), source(1, 0.5)], []],
    aggregation: { kind: 'log-mean-exp', alpha: 1 },
    offsets: [0.7, 0],
  } as const;

  it('lose to the label where its sources have more than a hundredth', () => {
    const scorer = new MappingScorer(withComplements(pair, [[], [0]]));
    const answer = (...shares: number[]) => decidedTarget(scorer.score(logits(...shares)));
    assert.equal(answer(0.012, 0, 0.8, 0.188), 0);
    assert.equal(answer(0.008, 0, 0.8, 0.192), 1);
    assert.equal(answer(0, 0.018, 0.8, 0.182), 1, 'a source of half the weight counts half');
    assert.equal(answer(0, 0.024, 0.8, 0.176), 0);
    // What a source with half the weight leaves is the complement's.
    const [own, left] = scorer.score(logits(0.5, 0.25, 0.125, 0.125));
    assert.ok(Math.abs(left - own - Math.log((0.01 * 0.375) / 0.625)) < 1e-5);
  });

  it('are never the answer where the others have all sources to themselves', () => {
    const all = [0, 1, 2, 3].map((source) => ({ source, weight: 1 }));
    const scorer = new MappingScorer(withComplements({ ...pair, targets: [all, []] }, [[], [0]]));
    assert.equal(scorer.score(logits(0.25, 0.25, 0.25, 0.25))[1], Number.NEGATIVE_INFINITY);
  });

  it('are the same for shifted logits, and for the strongest source', () => {
    const scorer = new MappingScorer(withComplements(pair, [[], [0]]));
    const [a, b] = scorer.score(logits(0.2, 0.1, 0.3, 0.4));
    const [c, d] = scorer.score(logits(0.2, 0.1, 0.3, 0.4).map((z) => z + 5));
    assert.ok(Math.abs(a - b - (c - d)) < 1e-5);
    const strongest = withComplements({ ...pair, aggregation: { kind: 'max' } }, [[], [0]]);
    assert.equal(decidedTarget(new MappingScorer(strongest).score(logits(0.3, 0.1, 0.3, 0.3))), 0);
    assert.equal(decidedTarget(new MappingScorer(strongest).score(logits(0.001, 0, 0.5, 0.499))), 1);
  });

  it('are of the labels that have sources, and of few labels only', () => {
    const target = (label: string, sources: number) => ({ label, sources: Array(sources).fill(0) });
    const not = (...labels: string[]) => ({ ...target('x', 0), role: { kind: 'not', labels } as const });
    const leftBy = (targets: readonly RoleTarget[]) => complementsOf(targets, { kind: 'log-mean-exp' });
    const rest = { ...target('other', 0), role: { kind: 'rest' } as const };
    assert.deepEqual(leftBy([target('a', 1), target('b', 0), not('a', 'b'), rest]), [[], [], [0], [0]]);
    assert.deepEqual(leftBy([target('a', 0), not('a')]), [[], []]);
    const many = Array.from({ length: 11 }, (_, i) => target(String(i), 1));
    assert.deepEqual(leftBy([...many.slice(1), rest]).at(-1)?.length, 10);
    assert.deepEqual(leftBy([...many, rest]).at(-1), []);
    // What was learned from images has sources of its own.
    assert.deepEqual(leftBy([target('a', 1), { ...not('a'), sources: [0] }]), [[], []]);
    const read = [target('a', 1), not('a')];
    assert.deepEqual(complementsOf(read, { kind: 'max' }), [[], [0]]);
    for (const kind of ['mean-logits', 'conse', 'linear'] as const)
      assert.deepEqual(complementsOf(read, { kind }), [[], []], kind);
  });
});

describe('Labels that are defined by the others', { skip: noTable }, () => {
  const similarity = noTable ? (undefined as never) : new WordNetSimilarity(builtWordNet());

  function aligned(...given: (string | TargetLabel)[]): AlignmentDocument {
    const targets = given.map((one) => (typeof one === 'string' ? { name: one } : one));
    const labelSpace = imagenet();
    const comparison = similarity.compare(targets, labelSpace);
    const backbone = { name: 'net', sha256: 'ab', labelSpace } as BackboneDescription;
    const compared = { comparison, wordnet: comparison, adaptive: {} };
    return alignLabels({ targets, method: 'semap' }, backbone, undefined, compared);
  }

  /** What an image is that shows source labels with these shares, and all others a little. */
  function answer(document: AlignmentDocument, shown: Readonly<Record<string, number>>): string | undefined {
    const z = Float32Array.from(imagenet().labels, ({ name }) => Math.log(shown[name] ?? 1e-6));
    return document.targets[decidedTarget(new MappingScorer(mappingOf(document)).score(z))]?.label;
  }

  it('not_cat is no cat, and what shows no cat', () => {
    const document = aligned('cat', 'not_cat');
    const [cat, not] = document.targets;
    assert.ok(cat.sources.some(({ label }) => label === 'tabby'));
    assert.deepEqual([not.sources, not.gloss, not.role], [[], undefined, { kind: 'not', labels: ['cat'] }]);
    assert.equal(not.expected, 'good');
    assert.equal(answer(document, { tabby: 0.05, 'paper towel': 0.9 }), 'cat');
    assert.equal(answer(document, { 'paper towel': 0.9, desk: 0.1 }), 'not_cat');
    assert.equal(answeringCount(document), 2);
  });

  it('each negation is told from its own label, in any order', () => {
    const document = aligned('no_helmet', 'helmet', 'seat belt', 'no seat belt');
    assert.deepEqual(
      document.targets.map(({ role }) => role?.kind === 'not' && role.labels),
      [['helmet'], false, false, ['seat belt']],
    );
    assert.equal(answer(document, { 'seat belt': 0.3 }), 'seat belt');
    assert.equal(answer(document, { 'crash helmet': 0.3 }), 'helmet');
  });

  it('what denies a label that there is not has no sources', () => {
    for (const { sources, role, expected } of aligned('non-dog', 'anything but hot dog').targets) {
      assert.deepEqual([sources, role?.kind, expected], [[], 'unclear', 'none']);
    }
  });

  it('other, background and unknown are none of the others', () => {
    for (const rest of ['other', 'background', 'unknown', 'none of these']) {
      const document = aligned('cat', 'dog', rest);
      assert.deepEqual(document.targets[2].sources, [], rest);
      assert.equal(answer(document, { 'paper towel': 0.9 }), rest);
      assert.equal(answer(document, { tabby: 0.1, 'paper towel': 0.9 }), 'cat');
    }
    const vehicles = aligned('car', 'truck', 'other vehicles').targets[2].sources.map(({ label }) => label);
    assert.ok(vehicles.includes('tank') && !vehicles.includes('sports car'), String(vehicles));
  });

  it('the same head is told by what is around it', () => {
    const document = aligned('cat_on_sofa', 'cat_in_bathtub');
    assert.equal(answer(document, { tabby: 0.5, bathtub: 0.05 }), 'cat_in_bathtub');
    assert.equal(answer(document, { tabby: 0.5, 'studio couch': 0.05 }), 'cat_on_sofa');
  });

  it('what is around a head that no source label shows is all that counts', () => {
    const labels = aligned('xqzt_on_sofa', 'xqzt_in_bathtub').targets.map(({ sources }) =>
      sources.slice(0, 3).map(({ label }) => label),
    );
    assert.ok(labels[0].includes('studio couch') && labels[1].includes('bathtub'), String(labels));
  });

  it('labels of defects and of persons go to no thing of the same name', () => {
    const [spot] = aligned('Tomato___Bacterial_spot', 'Apple___healthy').targets;
    const shown = spot.sources.map(({ label }) => label);
    assert.ok(!['spotlight', 'candle', 'torch'].some((label) => shown.includes(label)), String(shown));
  });

  it('a hint says what a label is, whatever it says of the others', () => {
    const [, other] = aligned('cat', { name: 'other', hint: 'dog' }).targets;
    assert.equal(other.role, undefined);
    assert.ok(other.sources.some(({ label }) => label === 'pug'));
  });

  it('are scored by sources as they are now, and follow names', () => {
    const document = aligned('cat', 'not_cat');
    const unmapped = document.targets[0].sources.reduce(
      (edited, { index }) => withEdit(edited, { kind: 'unmap', target: 0, source: index }),
      document,
    );
    assert.equal(answeringCount(unmapped), 0);
    assert.equal(unmapped.targets[1].expected, 'none');
    const renamed = withEdit(document, { kind: 'rename', target: 0, label: 'feline' });
    assert.deepEqual(renamed.targets[1].role, { kind: 'not', labels: ['feline'] });
    assert.equal(answer(renamed, { 'paper towel': 0.9 }), 'not_cat');
  });

  it('make a document that earlier versions refuse, since they would answer otherwise', () => {
    const document = aligned('cat', 'not_cat');
    assert.equal(document.version, 3);
    assert.equal(aligned('cat', 'dog').version, 1);
    assert.equal(aligned('cat_on_sofa', 'cat_on_grass').version, 1);
    assert.deepEqual(parseAlignment(serialiseAlignment(document)), document);
  });
});
