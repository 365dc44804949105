/** An image whose truth is known, and whose label taught nothing. */
export interface Checked {
  /** How sure the answer is; larger is surer. */
  readonly assurance: number;
  /** Whether the answer is another than the truth, which may be that it is none of the labels. */
  readonly wrong: boolean;
}

/** The fewest checked images that an error rate in ]0, 1[ can be promised with: ceil(1 / rate) - 1. */
export function checkedNeeded(errorRate: number): number {
  return Math.ceil(1 / errorRate - 1e-9) - 1;
}

/**
 * Split conformal prediction (Vovk; Papadopoulos et al. 2002) with two possible sets for an image: its answer alone, or
 * all that there is ("not said"). An image's nonconformity is the assurance of its answer where that is wrong, else
 * -Infinity; the bound is the ceil((1 - rate)(n + 1))-th smallest of them.
 *
 * Answers with an assurance of at most the bound are withheld. For another image, drawn as the checked ones were, the
 * probability that it gets a wrong answer is then at most `errorRate`, whatever the backbone; and above
 * `errorRate - 1 / (n + 1)` where more than that is wrong without a bound.
 * @returns -Infinity where nothing needs to be withheld; undefined with fewer than {@link checkedNeeded} images
 */
export function conformalBound(checked: readonly Checked[], errorRate: number): number | undefined {
  const rank = Math.ceil((1 - errorRate) * (checked.length + 1) - 1e-9);
  if (rank > checked.length) return undefined;
  const scores = checked.map(({ assurance, wrong }) => (wrong ? assurance : Number.NEGATIVE_INFINITY));
  return Float64Array.from(scores).sort()[rank - 1];
}
