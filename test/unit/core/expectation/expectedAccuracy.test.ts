import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasSigns, SignCount } from '../../../../src/core/expectation/answerSigns.ts';
import { agreements, expectedAccuracy } from '../../../../src/core/expectation/expectedAccuracy.ts';
import type { Mapping } from '../../../../src/core/mapping/mapping.ts';
import { MappingScorer } from '../../../../src/core/mapping/scoring.ts';

const mapping: Mapping = {
  sourceCount: 4,
  targets: [[{ source: 0, weight: 1 }], [{ source: 1, weight: 1 }]],
  aggregation: { kind: 'log-mean-exp', alpha: 1 },
};

/** The signs of images, each as its logits. */
function signsOf(...rows: readonly (readonly number[])[]) {
  const logits = Float32Array.from(rows.flat());
  return new SignCount(mapping).add(new MappingScorer(mapping).score(logits), logits).signs;
}

const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);

describe('what answers show of their worth', () => {
  it('is decided where every label is given or not, however unequal the shares', () => {
    near(signsOf([99, 0, 0, 0], [0, 99, 0, 0]).decided, 1);
    near(signsOf([99, 0, 0, 0], [99, 0, 0, 0], [99, 0, 0, 0], [0, 99, 0, 0]).decided, 1);
    near(signsOf([1, 1, 0, 0], [1, 1, 0, 0]).decided, Math.SQRT1_2);
  });

  it('counts images whose strongest source label is used, and the labels that are', () => {
    const { images, reach, used } = signsOf([5, 0, 0, 0], [0, 0, 5, 0], [0, 0, 0, 5], [1, 2, 5, 0]);
    assert.deepEqual([images, reach, used], [4, 0.25, 0.5]);
  });

  it('is the same in blocks', () => {
    const logits = Float32Array.from([3, 1, 0, 0, 0, 2, 4, 0]);
    const scores = new MappingScorer(mapping).score(logits);
    const count = new SignCount(mapping);
    count.add(scores.subarray(0, 2), logits.subarray(0, 4)).add(scores.subarray(2), logits.subarray(4));
    assert.deepEqual(count.signs, new SignCount(mapping).add(scores, logits).signs);
  });

  it('bears images that nothing is known of, and no images', () => {
    const lost = Float32Array.from({ length: 4 }, () => Number.NEGATIVE_INFINITY);
    const scores = Float32Array.from({ length: 2 }, () => Number.NEGATIVE_INFINITY);
    assert.deepEqual(new SignCount(mapping).add(scores, lost).signs, {
      images: 1,
      decided: 0,
      reach: 0,
      used: 0.5,
    });
    assert.equal(new SignCount(mapping).signs.images, 0);
  });

  it('is not to be had of scores that are no log-probabilities', () => {
    assert.equal(hasSigns(mapping), true);
    assert.equal(hasSigns({ ...mapping, aggregation: { kind: 'linear', bias: [0, 0] } }), false);
  });
});

describe('expected accuracy', () => {
  const signs = { images: 100, decided: 0.8, reach: 0.6, used: 0.1 };
  const expected = (more: Partial<typeof signs> = {}, byLabels = 0.6, agreement?: number) =>
    expectedAccuracy({ signs: { ...signs, ...more }, byLabels, agreement }).accuracy;

  it('grows with each of its signs', () => {
    assert.ok(expected({ decided: 0.9 }) > expected());
    assert.ok(expected({ reach: 0.8 }) > expected());
    assert.ok(expected({ used: 0.05 }) > expected());
    assert.ok(expected({}, 0.8) > expected());
    assert.ok(expected({}, 0.6, 0.9) > expected({}, 0.6, 0.5));
  });

  it('lies between its bounds, all of them shares, whatever the signs', () => {
    for (const byLabels of [0, 0.5, 1]) {
      for (const share of [0, 0.5, 1]) {
        const all = { images: 1, decided: share, reach: share, used: 1 - share };
        for (const evidence of [
          { byLabels },
          { byLabels, signs: all },
          { byLabels, signs: all, agreement: share },
        ]) {
          const { accuracy, low, high } = expectedAccuracy(evidence);
          assert.ok(0 < low && low < accuracy && accuracy < high && high < 1);
        }
      }
    }
  });

  it('is less sure by labels alone', () => {
    const width = (evidence: Parameters<typeof expectedAccuracy>[0]) => {
      const { low, high } = expectedAccuracy(evidence);
      return high - low;
    };
    assert.ok(width({ byLabels: 0.5 }) > width({ byLabels: 0.5, signs }));
  });
});

describe('agreement', () => {
  it('is the mean share of equal answers with each other backbone, where both answered', () => {
    const [a, b, c] = [Int32Array.of(0, 1, 2, -1), Int32Array.of(0, 1, 0, 1), Int32Array.of(0, 0)];
    assert.deepEqual(agreements([a, b, c]), [(2 / 3 + 1 / 2) / 2, (2 / 3 + 1 / 2) / 2, 1 / 2]);
  });

  it('is not known of one alone, or without common answers', () => {
    assert.deepEqual(agreements([Int32Array.of(1)]), [undefined]);
    assert.deepEqual(agreements([Int32Array.of(1, -1), Int32Array.of(-1, 1)]), [undefined, undefined]);
  });
});
