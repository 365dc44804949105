import { mcnemarExact } from '../metrics/significance.ts';
import { seededRandom } from '../random.ts';
import type { FindDifference } from './findRecord.ts';
import { type Outcomes, type Units, unitSums } from './outcomes.ts';

/** Differences that chance explains more often than this are none. */
export const SIGNIFICANCE = 0.05;
const ROUNDS = 2000;

/** Two points on the same images. */
export interface Compared {
  readonly of: string;
  readonly than: string;
  /** Shares of right answers, over several draws of what was learned from. */
  readonly a: Outcomes;
  readonly b: Outcomes;
  /** Right (1) or wrong (0) after one draw; NaN where it was not asked. What the test counts. */
  readonly onceA: Outcomes;
  readonly onceB: Outcomes;
}

/**
 * Differences with 95% intervals by a paired bootstrap over units, and McNemar's exact p, corrected for the number of
 * comparisons (Holm 1979). Comparisons without a common image are left out.
 */
export function differencesOf(compared: readonly Compared[], units: Units): FindDifference[] {
  const found = compared.flatMap(({ of, than, a, b, onceA, onceB }) => {
    const sums = unitSums(units, (i) => a[i] - b[i]);
    const images = sums.reduce((sum, one) => sum + one.images, 0);
    if (images === 0) return [];
    const both = [...onceA.keys()].filter((i) => !Number.isNaN(onceA[i]) && !Number.isNaN(onceB[i]));
    const p = mcnemarExact(
      both.map((i) => onceA[i]),
      both.map((i) => onceB[i]),
    );
    const value = sums.reduce((sum, one) => sum + one.sum, 0) / images;
    return [{ of, than, value, ...intervalOf(sums), p, images }];
  });
  const corrected = holm(found.map(({ p }) => p));
  return found.map((one, at) => ({ ...one, p: corrected[at] }));
}

/** Percentiles of the mean of units that are drawn with replacement. */
function intervalOf(sums: readonly { readonly sum: number; readonly images: number }[]) {
  const random = seededRandom(1);
  const means = Float64Array.from({ length: ROUNDS }, () => {
    let [sum, images] = [0, 0];
    for (let draw = 0; draw < sums.length; draw++) {
      const one = sums[Math.floor(random() * sums.length)];
      sum += one.sum;
      images += one.images;
    }
    return sum / images;
  }).sort();
  return { low: means[Math.round(0.025 * (ROUNDS - 1))], high: means[Math.round(0.975 * (ROUNDS - 1))] };
}

/** Holm's step-down correction: the smallest p times their number, the next times one less, never falling; at most 1. */
export function holm(ps: readonly number[]): number[] {
  const order = [...ps.keys()].sort((a, b) => ps[a] - ps[b]);
  const corrected = new Array<number>(ps.length);
  let least = 0;
  for (const [rank, at] of order.entries()) {
    least = Math.max(least, Math.min(1, (ps.length - rank) * ps[at]));
    corrected[at] = least;
  }
  return corrected;
}
