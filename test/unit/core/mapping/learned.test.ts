import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bayesianMapping, bayesianPlusMapping } from '../../../../src/core/mapping/bayesian.ts';
import { fewLabelsMapping } from '../../../../src/core/mapping/fewLabels.ts';
import { frequencyMapping, iterativeStep } from '../../../../src/core/mapping/frequency.ts';
import type { LabelledOutputs } from '../../../../src/core/mapping/labelledOutputs.ts';
import { linearMapping } from '../../../../src/core/mapping/linear.ts';
import type { Mapping } from '../../../../src/core/mapping/mapping.ts';
import { argmax, MappingScorer } from '../../../../src/core/mapping/scoring.ts';
import { conseMapping } from '../../../../src/core/mapping/semantic.ts';
import { seededRandom } from '../../../../src/core/random.ts';
import { column } from '../../column.ts';

/** Images whose strongest source is as given. */
function outputs(targetCount: number, ...images: [truth: number, source: number][]): LabelledOutputs {
  const logits = new Float32Array(images.length * 4);
  images.forEach(([, source], i) => {
    logits[i * 4 + source] = 3;
  });
  return { logits, truths: images.map(([truth]) => truth), sourceCount: 4, targetCount };
}

const similar = (...rows: number[][]) => ({
  rows: rows.length,
  columns: rows[0].length,
  values: Float32Array.from(rows.flat()),
  descendants: rows.map(() => []),
  senses: rows.map(() => []),
});

describe('frequency mapping', () => {
  const seen = outputs(2, [0, 0], [0, 0], [0, 0], [0, 1], [0, 1], [1, 0], [1, 0]);

  it('greedy lets the largest count go first, Hungarian the largest total', () => {
    const greedy = frequencyMapping(seen).targets.map((target) => target[0].source);
    const hungarian = frequencyMapping(seen, { assignment: 'hungarian' }).targets.map(
      (target) => target[0].source,
    );
    assert.deepEqual(greedy, [0, 1]);
    assert.deepEqual(hungarian, [1, 0]);
  });

  it('settles equal counts by similarity, never unequal ones', () => {
    const similarity = similar([0, 0, 0, 0], [0, 0, 0.1, 0.9]);
    assert.equal(frequencyMapping(seen, { similarity }).targets[1][0].source, 3);
    assert.equal(frequencyMapping(seen, { similarity }).targets[0][0].source, 0);
    assert.deepEqual(iterativeStep(seen, similarity), frequencyMapping(seen, { similarity }));
  });

  it('refuses labels that are no targets', () => {
    assert.throws(() => frequencyMapping(outputs(1, [1, 0])), /label 1; there are 1 labels/);
  });
});

describe('Bayesian mappings', () => {
  const seen = outputs(3, [0, 0], [0, 0], [0, 1], [1, 1]);

  it('weigh sources by how surely they mean the target', () => {
    const [first, second, third] = bayesianMapping(seen).targets;
    // A[0,0] = 2/3, A[1,0] = A[1,1] = 1/3; columns are scaled to one.
    const weights = first!.map(({ source, weight }) => [source, Number(weight.toFixed(6))]);
    assert.deepEqual(weights, [
      [0, 0.666667],
      [1, 0.333333],
    ]);
    assert.deepEqual(second, [{ source: 1, weight: 1 }]);
    assert.deepEqual(third, []);
  });

  it('do not break with few classes or classes without images', () => {
    const mapping = bayesianPlusMapping(seen);
    assert.ok(mapping.targets.flat().every(({ weight }) => weight > 0 && weight <= 1));
    assert.deepEqual(mapping.targets[2], []);
  });
});

describe('SeMap with few labels', () => {
  const semantic = {
    sourceCount: 4,
    targets: [[{ source: 0, weight: 1 }], [{ source: 1, weight: 1 }], [{ source: 2, weight: 0.5 }]],
    aggregation: { kind: 'log-mean-exp', alpha: 1 } as const,
  };
  /** Images [n, 4] that show one source each. */
  const shows = (...sources: number[]) =>
    Float32Array.from(sources.flatMap((source) => [0, 1, 2, 3].map((s) => (s === source ? 6 : 0))));
  const answers = (mapping: Mapping, logits: Float32Array) => {
    const scores = new MappingScorer(mapping).score(logits);
    return Array.from({ length: logits.length / 4 }, (_, i) => argmax(scores, i * 3, 3));
  };

  it('is the semantic mapping until two labels have images', async () => {
    assert.equal(await fewLabelsMapping(semantic, outputs(3)), semantic);
    assert.equal(await fewLabelsMapping(semantic, outputs(3, [0, 3], [0, 2])), semantic);
  });

  it('learns what labels say, and keeps the meaning of what they do not speak of', async () => {
    const logits = shows(3, 1);
    const learned = await fewLabelsMapping(semantic, {
      logits,
      truths: [0, 1],
      sourceCount: 4,
      targetCount: 3,
    });
    // Source 3 means the first label, by one image; sources 0 and 2 were never seen.
    assert.deepEqual(answers(learned, shows(3, 1, 0, 2)), [0, 1, 0, 2]);
    assert.equal(learned.aggregation.kind, 'linear');
  });

  it('gives way where labels contradict the meaning', async () => {
    const truths = [0, 1, 0, 1, 0, 1, 0, 1];
    const logits = shows(...truths.map((truth) => 1 - truth));
    const learned = await fewLabelsMapping(semantic, { logits, truths, sourceCount: 4, targetCount: 3 });
    assert.deepEqual(answers(learned, logits), truths);
  });
});

describe('ConSE', () => {
  it('answers the target nearest to what the image looks like', () => {
    const mapping = conseMapping(similar([0.9, 0.8, -0.2, 0], [0, 0.1, 0.7, 0.9]));
    const scores = new MappingScorer(mapping).score(Float32Array.from([2, 1, 0, 0, 0, 0, 1, 2]));
    assert.equal(argmax(scores, 0, 2), 0);
    assert.equal(argmax(scores, 2, 2), 1);
  });
});

describe('a learned linear mapping', () => {
  it('is the same whether images or sources are fewer', () => {
    const random = seededRandom(7);
    const [N, T, S, more] = [30, 3, 8, 40];
    const logits = Float32Array.from({ length: N * S }, () => 4 * random());
    const truths = Array.from({ length: N }, (_, i) => i % T);
    for (const [i, truth] of truths.entries()) logits[i * S + truth] += 1;
    // Sources that are always alike tell nothing, but make images fewer than sources.
    const wide = new Float32Array(N * (S + more)).fill(2);
    for (let i = 0; i < N; i++) wide.set(logits.subarray(i * S, (i + 1) * S), i * (S + more));
    const bySources = linearMapping({ logits, truths, sourceCount: S, targetCount: T });
    const byImages = linearMapping({ logits: wide, truths, sourceCount: S + more, targetCount: T });
    for (let t = 0; t < T; t++) {
      for (const { source, weight } of bySources.targets[t]) {
        const other = byImages.targets[t].find((one) => one.source === source)!;
        assert.ok(Math.abs(other.weight - weight) < 1e-5, `${other.weight} for ${weight}`);
      }
    }
  });

  it('finds what separates the classes, and is the same for the same seed', () => {
    const random = seededRandom(5);
    const images = 120;
    const logits = Float32Array.from({ length: images * 4 }, () => random() * 2 + 5);
    const truths = Array.from({ length: images }, (_, i) => i % 3);
    // Class t shows in source t + 1, and source 0 is loud for everything.
    truths.forEach((truth, i) => {
      logits[i * 4] += 20;
      logits[i * 4 + truth + 1] += 2;
    });
    const labelled = { logits, truths, sourceCount: 4, targetCount: 3 };
    const mapping = linearMapping(labelled);
    const scores = new MappingScorer(mapping).score(logits);
    const hits = truths.filter((truth, i) => argmax(scores, i * 3, 3) === truth).length;
    assert.ok(hits >= 0.9 * images, `${hits} of ${images}`);
    assert.deepEqual(linearMapping(labelled), mapping);
  });

  it('needs images', () => {
    assert.throws(() => linearMapping(outputs(2, [0, 0])), /at least two labeled images/);
  });

  it('gives a label without images no source, so that nothing is right because it cannot be wrong', () => {
    const { targets } = linearMapping(outputs(3, [0, 0], [0, 0], [2, 1], [2, 1]));
    assert.deepEqual(column(targets, 'length'), [4, 0, 4]);
  });
});
