/** Of more there are no names: such outputs are pictures, maps or mistakes, and a run of them takes gigabytes. */
export const MOST_SCORES = 1_000_000;

/** How the dimensions of an output hold the scores of a batch. */
export interface ScoreShape {
  /** Scores of one image: S, or 1 where one number speaks of two labels. */
  readonly size: number;
  /** Images come after the classes. */
  readonly classesFirst?: true;
  /** Several images in one run are not told apart, whatever the graph declares. */
  readonly single?: true;
}

/**
 * Reads it off a run of one image and, where the graph takes several, one of two.
 * @param batch images of the first run
 * @returns undefined where the output is no vector for each image
 */
export function scoreShape(
  one: readonly number[],
  batch: number,
  two: readonly number[] | undefined,
): ScoreShape | undefined {
  const wide = one.filter((d) => d !== 1);
  // One number for the whole run is an accuracy, a loss.
  if (one.length === 0) return undefined;
  if (batch === 1) {
    if (wide.length > 1 || one.includes(0)) return undefined;
    const size = wide[0] ?? 1;
    if (size > MOST_SCORES) return undefined;
    if (!two) return { size };
    const grown = two.findIndex((d, axis) => d === 2 * one[axis] && one[axis] === 1);
    const same = two.every((d, axis) => axis === grown || d === one[axis]);
    if (grown < 0 || !same || two.length !== one.length) return { size, single: true };
    const classes = one.findIndex((d) => d === size && d > 1);
    return { size, ...(classes >= 0 && classes < grown && { classesFirst: true as const }) };
  }
  const at = one.indexOf(batch);
  if (at < 0) return undefined;
  const rest = one.filter((d, axis) => axis !== at && d !== 1);
  if (rest.length > 1 || one.includes(0)) return undefined;
  const size = rest[0] ?? 1;
  if (size > MOST_SCORES) return undefined;
  const classes = one.findIndex((d, axis) => axis !== at && d > 1);
  return { size, ...(classes >= 0 && classes < at && { classesFirst: true as const }) };
}
