import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasSigns, SignCount } from '../../../../src/core/estimates/answerSigns.ts';
import {
  type AccuracyEvidence,
  agreementsOf,
  expectedAccuracy,
  expectedAmong,
} from '../../../../src/core/estimates/expectedAccuracy.ts';
import type { Mapping } from '../../../../src/core/mapping/mapping.ts';
import { MappingScorer } from '../../../../src/core/mapping/scoring.ts';
import { column } from '../../column.ts';

const mapping: Mapping = {
  sourceCount: 4,
  targets: [[{ source: 0, weight: 1 }], [{ source: 1, weight: 0.5 }]],
  aggregation: { kind: 'log-mean-exp', alpha: 1 },
};

/** The signs of images, each as its logits. */
function signsOf(...rows: readonly (readonly number[])[]) {
  const logits = Float32Array.from(rows.flat());
  return new SignCount(mapping).add(new MappingScorer(mapping).score(logits), logits).signs!;
}

const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);

describe('what answers show of their worth', () => {
  it('is how sure they are, among the labels', () => {
    near(signsOf([99, 0, 0, 0], [0, 99, 0, 0]).confidence, 1);
    near(signsOf([1, 1, 0, 0]).confidence, 0.5);
  });

  it('is how much of that the sources in use have, by their weights', () => {
    near(signsOf([99, 0, 0, 0]).backing, 1);
    near(signsOf([0, 99, 0, 0]).backing, 0.5);
    near(signsOf([40, 0, 99, 0]).backing, 0);
  });

  it('is how many labels are given', () => {
    near(signsOf([99, 0, 0, 0], [0, 99, 0, 0]).diversity, 1);
    near(signsOf([99, 0, 0, 0], [99, 0, 0, 0]).diversity, 0);
  });

  it('is the same in blocks', () => {
    const logits = Float32Array.from([3, 1, 0, 0, 0, 2, 4, 0]);
    const scores = new MappingScorer(mapping).score(logits);
    const count = new SignCount(mapping);
    count.add(scores.subarray(0, 2), logits.subarray(0, 4)).add(scores.subarray(2), logits.subarray(4));
    assert.deepEqual(count.signs, new SignCount(mapping).add(scores, logits).signs);
  });

  it('is about the same of very many images, of which some stand for others', () => {
    const count = new SignCount(mapping);
    const rows = [Float32Array.of(3, 1, 0, 0), Float32Array.of(0, 2, 4, 0), Float32Array.of(1, 2, 0, 0)];
    const scorer = new MappingScorer(mapping);
    for (let i = 0; i < 30_000; i++) count.add(scorer.score(rows[i % 3]), rows[i % 3]);
    const [many, few] = [count.signs!, signsOf(...rows.map((row) => [...row]))];
    for (const sign of ['confidence', 'backing', 'diversity'] as const)
      assert.ok(Math.abs(many[sign] - few[sign]) < 0.01, `${sign}: ${many[sign]} and ${few[sign]}`);
    assert.ok(Math.abs(many.images - 30_000) < 16);
  });

  it('leaves images out of which nothing is known', () => {
    const lost = Float32Array.from({ length: 4 }, () => Number.NEGATIVE_INFINITY);
    const scores = Float32Array.from({ length: 2 }, () => Number.NEGATIVE_INFINITY);
    assert.equal(new SignCount(mapping).add(scores, lost).signs, undefined);
  });

  it('is not to be had of scores that are no log-probabilities, or of one label', () => {
    assert.equal(hasSigns(mapping), true);
    assert.equal(hasSigns({ ...mapping, aggregation: { kind: 'linear', bias: [0, 0] } }), false);
    assert.equal(hasSigns({ ...mapping, targets: [mapping.targets[0], []] }), false);
  });
});

const usual: AccuracyEvidence = {
  signs: { images: 100, confidence: 0.8, backing: 0.4, diversity: 0.9 },
  byLabels: 0.6,
};

describe('expected accuracy', () => {
  const expected = (more: Partial<AccuracyEvidence['signs']>, byLabels = usual.byLabels) =>
    expectedAccuracy({ signs: { ...usual.signs, ...more }, byLabels });

  it('grows with each of its signs', () => {
    const { accuracy } = expected({});
    for (const more of [{ confidence: 0.9 }, { backing: 0.6 }, { diversity: 0.95 }])
      assert.ok(expected(more).accuracy > accuracy);
    assert.ok(expected({}, 0.8).accuracy > accuracy);
  });

  it('lies within its range, all of them shares, whatever the signs', () => {
    for (const byLabels of [0, 0.5, 1]) {
      for (const share of [0, 0.5, 1]) {
        const signs = { images: 1, confidence: share, backing: share, diversity: share };
        const { accuracy, low, high } = expectedAccuracy({ signs, byLabels });
        assert.ok(0 <= low && low <= accuracy && accuracy <= high && high <= 1, `${low} ${accuracy} ${high}`);
      }
    }
  });

  it('is less sure where few labels are given', () => {
    const width = ({ low, high }: ReturnType<typeof expected>) => high - low;
    assert.ok(width(expected({ diversity: 0.5 })) > width(expected({})));
  });
});

describe('expected accuracy among backbones', () => {
  const answers = Int32Array.of(0, 1, 0, 1);

  it('is that of the backbone itself where there is no other', () => {
    assert.deepEqual(expectedAmong([{ ...usual, answers }]), [expectedAccuracy(usual)]);
    assert.deepEqual(expectedAmong([]), []);
  });

  it('counts half of the confidence that only one has', () => {
    const sure = { ...usual, signs: { ...usual.signs, confidence: 0.95 }, answers };
    const [own, , among] = [
      expectedAccuracy(sure),
      expectedAccuracy(usual),
      expectedAmong([sure, { ...usual, answers }, { ...usual, answers }]),
    ];
    assert.ok(among[0].accuracy < own.accuracy && among[0].accuracy > among[1].accuracy);
  });

  it('is higher for those that agree', () => {
    const other = Int32Array.of(1, 0, 0, 1);
    const found = expectedAmong([answers, answers, other].map((own) => ({ ...usual, answers: own })));
    const [a, b, c] = column(found, 'accuracy');
    assert.ok(a === b && c < a);
  });
});

describe('agreement', () => {
  it('is the mean share of equal answers with each other backbone, where both answered', () => {
    const [a, b, c] = [Int32Array.of(0, 1, 2, -1), Int32Array.of(0, 1, 0, 1), Int32Array.of(0, 0)];
    assert.deepEqual(agreementsOf([a, b, c]), [(2 / 3 + 1 / 2) / 2, (2 / 3 + 1 / 2) / 2, 1 / 2]);
  });

  it('is 0 of one alone, or without common answers', () => {
    assert.deepEqual(agreementsOf([Int32Array.of(1)]), [0]);
    assert.deepEqual(agreementsOf([Int32Array.of(1, -1), Int32Array.of(-1, 1)]), [0, 0]);
  });
});
