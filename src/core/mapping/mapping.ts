/** How the logits of the sources mapped to a target become that target's score (docs/reference/mapping-methods.md). */
export type Aggregation =
  /** ln of the sum of w_s e^z_s, minus alpha ln of the sum of w_s; alpha = 1 is the log of the (weighted) mean probability. */
  | { readonly kind: 'log-mean-exp'; readonly alpha: number }
  /** Weighted mean of the sources' logits (AutoVP, ILM-VP; with BLM's weights that is BLM's z W). */
  | { readonly kind: 'mean-logits' }
  /** Largest of the sources' logits. */
  | { readonly kind: 'max' }
  /** ln(1 + weighted mean of the probabilities of the image's `top` strongest sources) (ConSE). */
  | { readonly kind: 'conse'; readonly top: number }
  /** Weighted sum of the logits plus a bias per target [T]; weights may be negative (learned linear mapping). */
  | { readonly kind: 'linear'; readonly bias: readonly number[] };

/** The aggregations that a person may choose; the others come with their method. */
export const offeredAggregations = ['log-mean-exp', 'mean-logits', 'max'] as const;

/** One source label of a target. */
export interface SourceWeight {
  /** Index into the backbone's label space. */
  readonly source: number;
  /** In (0, 1], 1 for plain membership; any number where the aggregation is `linear` or `conse`. */
  readonly weight: number;
}

/** The sum of weights. */
export function massOf(sources: readonly { readonly weight: number }[]): number {
  return sources.reduce((sum, { weight }) => sum + weight, 0);
}

/** A sparse S x T matrix of weights plus an aggregation: what turns source logits [S] into target scores [T]. */
export interface Mapping {
  /** S. */
  readonly sourceCount: number;
  /** Per target (length T) its sources, strongest first; empty = the target cannot be predicted. */
  readonly targets: readonly (readonly SourceWeight[])[];
  readonly aggregation: Aggregation;
  /** Per target a number that is added to its score (breadth; prior matching of earlier versions); absent = zeros. */
  readonly offsets?: readonly number[] | undefined;
}
