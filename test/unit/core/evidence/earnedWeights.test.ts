import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { expectedWeights, informedWeights } from '../../../../src/core/evidence/earnedWeights.ts';

/** Scores of images that are of three labels in turn. */
const scores = (sure: number) =>
  Float32Array.from({ length: 60 * 3 }, (_, at) => (at % 3 === Math.floor(at / 3) % 3 ? sure : 0));

describe('what backbones earn', () => {
  it('is the same where they tell images apart about as well', () => {
    assert.deepEqual(informedWeights([scores(6), scores(5)], 3), [1, 1]);
  });

  it('is less for one that is clearly worse, and never nothing', () => {
    const [first, second, third] = informedWeights([scores(2), scores(6), scores(0)], 3);
    assert.deepEqual([second, third], [1, 0.05]);
    assert.ok(first < 1 && first > 0.05);
  });

  it('is by the odds of what is expected, where something is', () => {
    const weights = expectedWeights([0.5, 0.75, 0.01].map((accuracy) => ({ accuracy })));
    assert.deepEqual(weights, [0.33, 1, 0.05]);
  });

  it('is all where nobody tells anything, and where some targets are not carried', () => {
    assert.deepEqual(informedWeights([scores(0), scores(0)], 3), [1, 1]);
    const part = scores(6).map((score, at) => (at % 3 === 0 ? Number.NEGATIVE_INFINITY : score));
    const [weight] = informedWeights([part, scores(6)], 3);
    assert.ok(weight > 0 && weight <= 1);
  });
});
