import type { SimilarityMatrix } from '../similarity/similarity.ts';
import type { Mapping } from './mapping.ts';

/**
 * ConSE (Norouzi et al., 2014): f(x) = sum over the top-T0 sources of p_s e_s / sum p_s, answer argmax_t cos(f, e_t).
 * The length of f is the same for all targets, so with cosines C[s,t] as weights the score is sum of p_s C[s,t] over
 * those sources; with `top` = S it is a dense mapping on probabilities.
 *
 * @param similarity cosines of source and target embeddings.
 */
export function conseMapping(similarity: SimilarityMatrix, { top = 10 }: { top?: number } = {}): Mapping {
  const { rows, columns, values } = similarity;
  const targets = Array.from({ length: rows }, (_, t) =>
    Array.from({ length: columns }, (_, source) => ({ source, weight: values[t * columns + source]! })).sort(
      (a, b) => b.weight - a.weight || a.source - b.source,
    ),
  );
  return { sourceCount: columns, targets, aggregation: { kind: 'conse', top } };
}
