import { pairedP, type Units, unitSums } from '../metrics/units.ts';
import { seededRandom } from '../random.ts';
import type { FindDifference } from './findRecord.ts';
import type { Outcomes } from './outcomes.ts';

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
  /** Where these very images chose `a` among others like it, and not `b`: all that it was chosen from, and what that made it look better by. */
  readonly chosen?: { readonly from: readonly Outcomes[]; readonly bias: number } | undefined;
}

/**
 * Differences with 95% intervals by a paired bootstrap over units, and McNemar's exact p, corrected for the number of
 * comparisons (Holm 1979). What the same images chose is compared less the bias of choosing, with a p of the best of many
 * ({@link bestOfManyP}). Comparisons without a common image are left out.
 */
export function differencesOf(compared: readonly Compared[], units: Units): FindDifference[] {
  const found = compared.flatMap(({ of, than, a, b, onceA, onceB, chosen }) => {
    const sums = unitSums(units, (i) => a[i] - b[i]);
    const images = sums.reduce((sum, one) => sum + one.images, 0);
    if (images === 0) return [];
    const p = chosen ? bestOfManyP(a, chosen.from, b, units) : pairedP(onceA, onceB, units);
    const bias = Math.max(0, chosen?.bias ?? 0);
    const lowered = (value: number) => Math.max(-1, value - bias);
    const { low, high } = intervalOf(sums);
    const value = lowered(sums.reduce((sum, one) => sum + one.sum, 0) / images);
    return [{ of, than, value, low: lowered(low), high: lowered(high), p, images }];
  });
  const corrected = holm(found.map(({ p }) => p));
  return found.map((one, at) => ({ ...one, p: corrected[at] }));
}

/**
 * How likely the best of several ways differs so much from another by chance, the images having chosen it: signs of the
 * differences of units are drawn anew, the same for all ways, and the largest standardized sum of them counts (Westfall,
 * Young 1993: single-step maxT). Ways that err on the same images cost less than as many different ones.
 * @param best one of them, or as good as one
 * @param ways all that it was chosen from
 */
export function bestOfManyP(
  best: Outcomes,
  ways: readonly Outcomes[],
  other: Outcomes,
  units: Units,
  { seed = 1, rounds = ROUNDS }: { seed?: number; rounds?: number } = {},
): number {
  const standardized = (way: Outcomes): Float64Array => {
    const sums = Float64Array.from(units, (unit) =>
      unit.reduce((sum, i) => sum + (Number.isNaN(way[i] - other[i]) ? 0 : way[i] - other[i]), 0),
    );
    const size = Math.sqrt(sums.reduce((square, sum) => square + sum * sum, 0));
    return size === 0 ? sums : sums.map((sum) => sum / size);
  };
  const total = (sums: Float64Array, signs?: Int8Array) =>
    Math.abs(sums.reduce((all, sum, unit) => all + (signs ? signs[unit] * sum : sum), 0));
  const all = [best, ...ways].map(standardized);
  // What differs by rounding alone is equal.
  const found = total(all[0]) - 1e-9;
  const random = seededRandom(seed);
  const signs = new Int8Array(units.length);
  let asLarge = 0;
  for (let round = 0; round < rounds; round++) {
    for (let unit = 0; unit < signs.length; unit++) signs[unit] = random() < 0.5 ? 1 : -1;
    if (all.some((sums) => total(sums, signs) >= found)) asLarge++;
  }
  return (asLarge + 1) / (rounds + 1);
}

/**
 * Two units that nobody saw, one for each side: half a win, half a loss and a tie, as Agresti and Min (2005) add to matched
 * pairs. Without them, two that are right on the same twenty images would differ by 0 points, certainly.
 */
const UNSEEN = [
  { sum: Math.SQRT1_2, images: 1 },
  { sum: -Math.SQRT1_2, images: 1 },
];

/** Percentiles of the mean of as many units as there are, drawn with replacement from them and {@link UNSEEN}. */
function intervalOf(seen: readonly { readonly sum: number; readonly images: number }[]) {
  const random = seededRandom(1);
  const sums = [...seen, ...UNSEEN];
  const means = Float64Array.from({ length: ROUNDS }, () => {
    let [sum, images] = [0, 0];
    for (let draw = 0; draw < seen.length; draw++) {
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
