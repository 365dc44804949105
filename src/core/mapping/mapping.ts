/** How the logits of the sources mapped to a target become that target's score (METHODS: aggregation). */
export type Aggregation =
  /** logsumexp over the sources of z_s, minus alpha ln|S_t|; alpha = 1 is the log of the mean probability. */
  | { readonly kind: 'log-mean-exp'; readonly alpha: number }
  /** Weighted mean of the sources' logits (AutoVP, ILM-VP; with BLM's weights that is BLM's z W). */
  | { readonly kind: 'mean-logits' }
  /** Largest of the sources' logits. */
  | { readonly kind: 'max' }
  /** log of the weighted mean of the sources' probabilities, weights as given in the mapping. */
  | { readonly kind: 'weighted' }
  /** ln(1 + weighted mean of the probabilities of the image's `top` strongest sources) (ConSE). */
  | { readonly kind: 'conse'; readonly top: number }
  /** Weighted sum of the logits plus a bias per target [T]; weights may be negative (learned linear mapping). */
  | { readonly kind: 'linear'; readonly bias: readonly number[] };

/** One source label of a target. */
export interface SourceWeight {
  /** Index into the backbone's label space. */
  readonly source: number;
  /** In (0, 1], 1 for plain membership; any number where the aggregation is `linear` or `conse`. */
  readonly weight: number;
}

/** A sparse S x T matrix of weights plus an aggregation: what turns source logits [S] into target scores [T]. */
export interface Mapping {
  /** S. */
  readonly sourceCount: number;
  /** Per target (length T) its sources, strongest first; empty = the target cannot be predicted. */
  readonly targets: readonly (readonly SourceWeight[])[];
  readonly aggregation: Aggregation;
}
