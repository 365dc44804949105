/** Where the largest is; of equal ones the first. */
export function indexOfLargest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/** The largest of any number of values: `Math.max(...values)` ends in a RangeError from about 120,000 on. */
export function largest(values: Iterable<number>, least: number = Number.NEGATIVE_INFINITY): number {
  let most = least;
  for (const value of values) most = Math.max(most, value);
  return most;
}
