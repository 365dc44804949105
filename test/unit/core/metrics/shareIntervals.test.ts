import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { f1Interval, meanInterval } from '../../../../src/core/metrics/shareIntervals.ts';
import { wilson } from '../../../../src/core/metrics/significance.ts';
import { seededRandom } from '../../../../src/core/random.ts';

describe('Intervals of shares', () => {
  it('are those of Wilson where there is one share', () => {
    const { low, high } = wilson(0.8, 10);
    const one = meanInterval([{ right: 8, of: 10 }]);
    assert.ok(Math.abs(one.low - low) < 1e-12 && Math.abs(one.high - high) < 1e-12);
  });

  it('hold a mean of recalls, and an F1, about 95 times of a hundred', () => {
    const random = seededRandom(7);
    const draw = (n: number, p: number) =>
      Array.from({ length: n }, () => Number(random() < p)).reduce((a, b) => a + b, 0);
    const [rounds, recalls, sizes] = [2000, [0.9, 0.6, 0.75], [20, 40, 12]];
    let [means, f1s] = [0, 0];
    for (let round = 0; round < rounds; round++) {
      const mean = meanInterval(recalls.map((p, i) => ({ right: draw(sizes[i], p), of: sizes[i] })));
      if (mean.low <= 0.75 && 0.75 <= mean.high) means++;
      // J = .5, so F1 = 2/3.
      const f1 = f1Interval(draw(60, 0.5), 60);
      if (f1.low <= 2 / 3 && 2 / 3 <= f1.high) f1s++;
    }
    for (const share of [means / rounds, f1s / rounds])
      assert.ok(share > 0.93 && share < 0.98, String(share));
  });
});
