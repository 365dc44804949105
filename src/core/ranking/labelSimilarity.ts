import type { SemanticMatrix } from '../similarity/similarity.ts';

/** How near the target labels are to a backbone's source labels in meaning; says nothing about images. */
export interface LabelSimilarity {
  /** Mean over targets of the best similarity to any source label, where 1 and more count as 1. */
  readonly meanBest: number;
  /** Share of targets that have the label itself or a kind of it among the source labels. */
  readonly withKinds: number;
}

/** @param excluded sources that mean nothing, such as a background class */
export function labelSimilarityOf(
  { rows, columns, values, meanings }: SemanticMatrix,
  excluded: readonly number[] = [],
): LabelSimilarity {
  if (rows === 0) return { meanBest: 0, withKinds: 0 };
  const left = new Set(excluded);
  let sum = 0;
  let covered = 0;
  for (let t = 0; t < rows; t++) {
    let best = 0;
    for (let s = 0; s < columns; s++) if (!left.has(s)) best = Math.max(best, values[t * columns + s]);
    sum += Math.min(1, best);
    if (meanings?.descendants[t].some((s) => !left.has(s))) covered++;
  }
  return { meanBest: sum / rows, withKinds: covered / rows };
}
