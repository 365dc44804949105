import { seededRandom } from '../random.ts';

/** Differences that chance explains more often than this are none. */
export const SIGNIFICANCE = 0.05;

/** A mean with the ends of its interval. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Percentile bootstrap interval of a mean, stratified: each group (a data set, a class) is resampled on its own and
 * the groups' means are averaged.
 * @param groups values per group, each group non-empty.
 */
export function bootstrapInterval(
  groups: readonly ArrayLike<number>[],
  { level = 0.95, rounds = 1000, seed = 1 }: { level?: number; rounds?: number; seed?: number } = {},
): Interval {
  const random = seededRandom(seed);
  const average = (pick: (group: ArrayLike<number>) => number) =>
    groups.reduce((sum, group) => sum + pick(group), 0) / groups.length;
  const means = Float64Array.from({ length: rounds }, () =>
    average((group) => {
      let sum = 0;
      for (let i = 0; i < group.length; i++) sum += group[Math.floor(random() * group.length)];
      return sum / group.length;
    }),
  ).sort();
  const at = (share: number) => means[Math.min(rounds - 1, Math.max(0, Math.round(share * (rounds - 1))))];
  return {
    mean: average((group) => Array.from(group).reduce((sum, value) => sum + value, 0) / group.length),
    low: at((1 - level) / 2),
    high: at((1 + level) / 2),
  };
}

/**
 * McNemar's exact test on paired outcomes: two-sided binomial p of the discordant pairs under one half.
 * @param a 1 where the first method is right, else 0.
 * @param b the same for the second, over the same images.
 */
export function mcnemarExact(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let onlyA = 0;
  let onlyB = 0;
  for (let i = 0; i < a.length; i++) {
    if (a[i] && !b[i]) onlyA++;
    if (!a[i] && b[i]) onlyB++;
  }
  return Math.min(1, 2 * binomialTail(Math.max(onlyA, onlyB), onlyA + onlyB, 0.5));
}

/** How likely at least `count` of `n` turn out so by chance, each with probability `p`, 0 < p < 1. */
export function binomialTail(count: number, n: number, p: number): number {
  // Terms C(n, k) p^k (1 - p)^(n - k) by their ratios, from the logarithm of the last one.
  let term = n * Math.log(p);
  let tail = 0;
  for (let k = n; k >= count; k--) {
    tail += Math.exp(term);
    term += Math.log((k / (n - k + 1)) * ((1 - p) / p));
  }
  return Math.min(1, tail);
}

/** Wilson's 95% interval of a share (Wilson, 1927). */
export function wilson(share: number, n: number): { readonly low: number; readonly high: number } {
  const z = 1.96;
  const centre = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
