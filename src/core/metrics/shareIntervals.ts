import { wilson } from './significance.ts';

/** The bounds of 95%. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/**
 * Interval of the mean of shares that are independent of each other, such as the recalls of labels: every share's own
 * Wilson bounds, combined as variances are (Zou, Donner 2008, "Construction of confidence limits about effect measures").
 * @param shares right answers and images of each label, at least one image each; not empty
 */
export function meanInterval(shares: readonly { readonly right: number; readonly of: number }[]): Bounds {
  let [mean, below, above] = [0, 0, 0];
  for (const { right, of } of shares) {
    const share = right / of;
    const { low, high } = wilson(share, of);
    mean += share / shares.length;
    below += (share - low) ** 2;
    above += (high - share) ** 2;
  }
  return {
    low: Math.max(0, mean - Math.sqrt(below) / shares.length),
    high: Math.min(1, mean + Math.sqrt(above) / shares.length),
  };
}

/**
 * Interval of an F1: 2J / (1 + J) of the share J = right / (right + missed + mistaken), whose bounds are Wilson's.
 * @param of right + missed + mistaken, at least 1
 */
export function f1Interval(right: number, of: number): Bounds {
  const { low, high } = wilson(right / of, of);
  const f1 = (share: number) => (2 * share) / (1 + share);
  return { low: f1(low), high: f1(high) };
}
