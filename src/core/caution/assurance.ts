/** How much more a doubling of the confidence counts than one of the backing: measured, see docs/reference/unsure-answers.md. */
const CONFIDENCE_POWER = 3;
/** Assurance below which nothing in the folder speaks for an answer; measured on folders without the labels of three images in ten. */
export const LEAST_ASSURANCE = -9;

export interface Assured {
  /** The answer of each image, -1 where nothing is decided. */
  readonly targets: Int32Array;
  /** As shown, in [0, 1]. */
  readonly confidences: Float32Array;
  /** What the mapping alone gives each target, row-major [N, T]. */
  readonly scores: Float32Array;
  /**
   * Log-sum-exp of the logits of each image; absent where scores are no log-probabilities of the backbone's labels (learned
   * mappings, heads).
   */
  readonly evidence?: Float32Array | undefined;
  /**
   * Per target, whether what the backbone gives it says nothing: it is what the others leave, or has no source labels, so
   * that only labels of images taught it.
   */
  readonly unbacked?: readonly boolean[] | undefined;
  /** How far the mapping's scores can be trusted beside labels that were learned from, in [0, 1]; 1 without any. */
  readonly trust?: number | undefined;
}

/**
 * How sure an answer is, as one number per image, larger is surer: what the backbone itself gives the answer, out of all
 * that it knows (score less the log-sum-exp of the logits), and the confidence among the labels.
 *
 * A softmax over the labels alone cannot see that an image is of none of them. The backbone's other labels can: an image
 * of a church has little left for *dog* and *guitar* together, however clear it is which of the two gets more.
 */
export function assurances({
  targets,
  confidences,
  scores,
  evidence,
  unbacked,
  trust = 1,
}: Assured): Float32Array {
  const width = targets.length === 0 ? 0 : scores.length / targets.length;
  const weight = Math.min(1, Math.max(0, trust)) ** 2;
  return Float32Array.from(targets, (target, i) => {
    if (target < 0) return Number.NEGATIVE_INFINITY;
    // Without trust it counts for nothing, be it minus infinity.
    const isBacked = evidence && weight > 0 && !unbacked?.[target];
    const backing = isBacked ? scores[i * width + target] - evidence[i] : 0;
    return weight * backing + CONFIDENCE_POWER * Math.log(confidences[i]);
  });
}

/** The assurance of a less precise answer: with the confidence of several labels together in place of one label's. */
export function assuranceWith(assurance: number, confidence: number, instead: number): number {
  return assurance + CONFIDENCE_POWER * Math.log(instead / confidence);
}
