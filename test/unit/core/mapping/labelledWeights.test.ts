import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { labelledWeights } from '../../../../src/core/mapping/labelledWeights.ts';
import { seededRandom } from '../../../../src/core/random.ts';

const T = 4;
const truths = Array.from({ length: 40 }, (_, i) => i % T);
/** Scores that are right by so much more than by chance, times a sharpness. */
const said = (seed: number, margin: number, sharpness = 1): Float32Array => {
  const random = seededRandom(seed);
  return Float32Array.from({ length: truths.length * T }, (_, at) => {
    const right = truths[Math.floor(at / T)] === at % T;
    return sharpness * (2 * random() - 1 + (right ? margin : 0));
  });
};
const weights = (...each: readonly Float32Array[]) => labelledWeights({ said: each, truths, targetCount: T });

describe('weights learned from labels', () => {
  it('are more for the one that is right, and keep their order for a sum of three', () => {
    const [good, bad] = weights(said(1, 1), said(2, 0));
    assert.equal(good, 1);
    assert.ok(bad < 0.3, String(bad));
    const [best, middle, none] = weights(said(1, 1.2), said(2, 0.6), said(3, 0));
    assert.ok(best === 1 && middle > none, [best, middle, none].join());
  });

  it('are the same for the same, and less for one that shouts the same', () => {
    const one = said(1, 0.5);
    assert.deepEqual(weights(one, one), [1, 1]);
    const [quiet, loud] = weights(said(1, 0.5), said(2, 0.5, 8));
    assert.equal(quiet, 1);
    assert.ok(loud < 0.6, String(loud));
  });

  it('come from the labels that both carry', () => {
    const half = said(2, 0).map((score, at) => (at % T > 1 ? Number.NEGATIVE_INFINITY : score));
    const [whole, part] = weights(said(1, 1), half);
    assert.ok(whole === 1 && part < 1, String(part));
    const nothing = said(2, 0).map(() => Number.NEGATIVE_INFINITY);
    assert.deepEqual(weights(said(1, 1), nothing), [1, 1]);
  });

  it('are equal where images have one label, or none', () => {
    const scores = [said(1, 1).subarray(0, T), said(2, 0).subarray(0, T)];
    assert.deepEqual(labelledWeights({ said: scores, truths: [1], targetCount: T }), [1, 1]);
    assert.deepEqual(labelledWeights({ said: [new Float32Array(0)], truths: [], targetCount: T }), [1]);
  });
});
