import { SemapError } from '../errors.ts';
import type { SimilarityMatrix } from '../similarity/similarity.ts';
import { assign } from './hungarian.ts';
import type { Aggregation, Mapping, SourceWeight } from './mapping.ts';

/** log-mean-exp with alpha = 1: the log of the mean probability of a target's sources. */
export const defaultAggregation: Aggregation = { kind: 'log-mean-exp', alpha: 1 };

/** Settings of the adaptive mapping. */
export interface AdaptiveOptions {
  /** Without descendants: sources with at least this share of the best score. */
  readonly threshold?: number;
  /** Without descendants: at most so many. */
  readonly limit?: number;
}

/** SeMap-1: per target the most similar source; one-to-one by Hungarian assignment unless sharing is allowed. */
export function semap1(
  similarity: SimilarityMatrix,
  { shared = true, excluded = [] }: { shared?: boolean; excluded?: readonly number[] } = {},
): Mapping {
  if (shared) return semapK(similarity, 1, { excluded });
  const values = similarity.values.slice();
  for (const s of excluded) {
    for (let t = 0; t < similarity.rows; t++) values[t * similarity.columns + s] = -1e6;
  }
  const columns = assign(values, similarity.rows, similarity.columns);
  const banned = new Set(excluded);
  return mappingOf(
    similarity,
    [...columns].map((s) => (s < 0 || banned.has(s) ? [] : [s])),
  );
}

/** SeMap-k: per target the k most similar sources. */
export function semapK(
  similarity: SimilarityMatrix,
  k: number,
  { excluded = [] }: { excluded?: readonly number[] } = {},
): Mapping {
  if (!Number.isInteger(k) || k < 1) {
    throw new SemapError('invalid-argument', `k is ${k}; it must be a whole number of at least 1.`);
  }
  const sets = Array.from({ length: similarity.rows }, (_, t) => ranked(similarity, t, excluded).slice(0, k));
  return mappingOf(similarity, sets);
}

/**
 * SeMap: per target all sources below it in WordNet if there are any, else those close to the best one. A source that
 * several targets want goes to the one it is most similar to, unless that would leave a target with nothing.
 */
export function semap(
  similarity: SimilarityMatrix,
  { threshold = 0.8, limit = 8, excluded = [] }: AdaptiveOptions & { excluded?: readonly number[] } = {},
): Mapping {
  const banned = new Set(excluded);
  const sets = Array.from({ length: similarity.rows }, (_, t) => {
    const below = similarity.descendants[t]!.filter((s) => !banned.has(s));
    if (below.length > 0) return below;
    const order = ranked(similarity, t, excluded);
    const best = valueAt(similarity, t, order[0] ?? 0);
    if (best <= 0) return order.slice(0, 1);
    return order.slice(0, limit).filter((s) => valueAt(similarity, t, s) >= threshold * best);
  });
  return mappingOf(similarity, withoutRivals(similarity, sets));
}

/** Random one-to-one mapping (RMap, RLM); with more targets than sources the sources go round again. */
export function randomMapping(
  targetCount: number,
  sourceCount: number,
  random: () => number,
  { excluded = [] }: { excluded?: readonly number[] } = {},
): Mapping {
  const banned = new Set(excluded);
  const free = Array.from({ length: sourceCount }, (_, s) => s).filter((s) => !banned.has(s));
  // A partial Fisher-Yates shuffle: only as many as are needed.
  const targets = Array.from({ length: targetCount }, (_, t): SourceWeight[] => {
    const at = t % free.length;
    const pick = at + Math.floor(random() * (free.length - at));
    [free[at], free[pick]] = [free[pick]!, free[at]!];
    return [{ source: free[at]!, weight: 1 }];
  });
  return { sourceCount, targets, aggregation: defaultAggregation };
}

/** Lets every contested source go to the target it is most similar to; equals share it; nobody loses everything. */
function withoutRivals(similarity: SimilarityMatrix, sets: readonly (readonly number[])[]): number[][] {
  const best = new Float32Array(similarity.columns).fill(Number.NEGATIVE_INFINITY);
  sets.forEach((set, t) => {
    for (const s of set) best[s] = Math.max(best[s]!, valueAt(similarity, t, s));
  });
  return sets.map((set, t) => {
    const kept = set.filter((s) => valueAt(similarity, t, s) >= best[s]!);
    return kept.length > 0 ? kept : [...set];
  });
}

function valueAt(similarity: SimilarityMatrix, t: number, s: number): number {
  return similarity.values[t * similarity.columns + s] ?? 0;
}

/** Sources by falling similarity, ties by index. */
function ranked(similarity: SimilarityMatrix, t: number, excluded: readonly number[]): number[] {
  const row = similarity.values.subarray(t * similarity.columns, (t + 1) * similarity.columns);
  const banned = new Set(excluded);
  return Array.from({ length: similarity.columns }, (_, s) => s)
    .filter((s) => !banned.has(s))
    .sort((a, b) => row[b]! - row[a]! || a - b);
}

function mappingOf(similarity: SimilarityMatrix, sets: readonly (readonly number[])[]): Mapping {
  const targets = sets.map((set, t) =>
    [...set]
      .sort((a, b) => valueAt(similarity, t, b) - valueAt(similarity, t, a) || a - b)
      .map((source) => ({ source, weight: 1 })),
  );
  return { sourceCount: similarity.columns, targets, aggregation: defaultAggregation };
}
