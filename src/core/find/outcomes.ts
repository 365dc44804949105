import { type Units, unitSums } from '../metrics/units.ts';

/*
 * What tried ways got right, image by image, and what may be said of that: shares, differences on the same images, and how
 * much of a share is only that it is the best of many.
 */

/** Per labeled image the share of its answers that were right, in [0, 1]; NaN where it was not asked. */
export type Outcomes = Float64Array;

/** Mean over the images that were asked; null where none was. */
export function meanOf(outcomes: Outcomes): number | null {
  let [sum, count] = [0, 0];
  for (const one of outcomes) {
    if (Number.isNaN(one)) continue;
    sum += one;
    count++;
  }
  return count === 0 ? null : sum / count;
}

/** Whether it was asked of every image. */
export function isWhole(outcomes: Outcomes): boolean {
  return outcomes.every((one) => !Number.isNaN(one));
}

/** A mean difference on the images that both were asked, and its standard error. */
export interface PairedDifference {
  readonly value: number;
  readonly error: number;
  readonly images: number;
}

/** By the differences of units, whose sizes may differ (the ratio estimator's variance, Cochran 1977). */
export function pairedDifference(a: Outcomes, b: Outcomes, units: Units): PairedDifference {
  const both = unitSums(units, (i) => a[i] - b[i]);
  const images = both.reduce((sum, one) => sum + one.images, 0);
  if (images === 0) return { value: 0, error: Number.POSITIVE_INFINITY, images };
  const value = both.reduce((sum, one) => sum + one.sum, 0) / images;
  const n = both.length;
  const square = both.reduce((sum, one) => sum + (one.sum - value * one.images) ** 2, 0);
  const error = n < 2 ? Number.POSITIVE_INFINITY : Math.sqrt((square * n) / (n - 1)) / images;
  return { value, error, images };
}

/**
 * The share that a way would have on all images, of one that was asked only some: what another has that was asked all, plus
 * the difference on the images that both were asked. So an easy part makes it no better.
 */
export function levelledMean(outcomes: Outcomes, whole: Outcomes | undefined): number | null {
  const own = meanOf(outcomes);
  if (own === null || isWhole(outcomes) || !whole) return own;
  const rest = meanOf(whole)!;
  const beside = meanOf(whole.map((one, i) => (Number.isNaN(outcomes[i]) ? Number.NaN : one)))!;
  return Math.min(1, Math.max(0, rest + own - beside));
}
