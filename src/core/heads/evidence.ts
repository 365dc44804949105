import { expOfNegative } from '../mapping/fastExp.ts';

/** Softmax of each row, in place. @param scores row-major [N, T]; a row of -Infinity alone becomes 0. */
export function softmaxRows<Scores extends Float32Array | Float64Array>(
  scores: Scores,
  targetCount: number,
): Scores {
  for (let start = 0; start < scores.length; start += targetCount) {
    const end = start + targetCount;
    let top = Number.NEGATIVE_INFINITY;
    for (let at = start; at < end; at++) if (scores[at] > top) top = scores[at];
    let sum = 0;
    for (let at = start; at < end; at++) {
      scores[at] = expOfNegative(scores[at] - top);
      sum += scores[at];
    }
    const scale = sum > 0 ? 1 / sum : 0;
    for (let at = start; at < end; at++) scores[at] *= scale;
  }
  return scores;
}

/**
 * How much answers tell images from one another: I = (H(mean p) - mean H(p)) / ln min(N, T), the mutual information of
 * image and label as a share of the most that it could be, in [0, 1]. Answers may come in blocks.
 */
export class Information {
  #count = 0;
  #within = 0;
  readonly #sum: Float64Array;
  readonly #row: Float64Array;

  /** @param width labels, T; or source labels, for what the backbone itself tells. */
  constructor(width: number) {
    this.#sum = new Float64Array(width);
    this.#row = new Float64Array(width);
  }

  /** @param scores finite, row-major [n, T]; logits or log p. */
  add(scores: Float32Array): this {
    const width = this.#row.length;
    for (let start = 0; start < scores.length; start += width) {
      let top = Number.NEGATIVE_INFINITY;
      for (let t = start; t < start + width; t++) if (scores[t] > top) top = scores[t];
      let sum = 0;
      let weighted = 0;
      for (let t = 0; t < width; t++) {
        const below = scores[start + t] - top;
        const likelihood = expOfNegative(below);
        this.#row[t] = likelihood;
        sum += likelihood;
        weighted += likelihood * below;
      }
      for (let t = 0; t < width; t++) this.#sum[t] += this.#row[t] / sum;
      // H(p) = ln sum_t e^x_t - sum_t p_t x_t
      this.#within += Math.log(sum) - weighted / sum;
      this.#count++;
    }
    return this;
  }

  get value(): number {
    if (this.#count === 0) return 0;
    const between = this.#sum.reduce((all, sum) => {
      const p = sum / this.#count;
      return p > 0 ? all - p * Math.log(p) : all;
    }, 0);
    const most = Math.log(Math.max(2, Math.min(this.#count, this.#row.length)));
    return (between - this.#within / this.#count) / most;
  }
}

/** {@link Information} of a whole folder. @param scores finite, row-major [N, T]. */
export const information = (scores: Float32Array, targetCount: number): number =>
  new Information(targetCount).add(scores).value;

const ramp = (value: number, from: number, to: number) =>
  Math.min(1, Math.max(0, (value - from) / (to - from)));

/** Images from which on a backbone's own information is taken at its word. */
const ENOUGH = 40;

/**
 * e in [0, 1]: how far a folder is settled without labels. Where the mapped answers do not tell images apart (I below .25),
 * settling hurts more folders than it helps, unless the backbone itself tells them apart by its source labels: then it
 * knows what it sees, and the folder has few kinds, or the backbone is never sure of itself. A few images always look
 * different to it, so their number counts.
 * @param ofSources {@link Information} of the backbone's logits
 * @param images of the folder
 */
export function evidenceOf(information: number, ofSources: number, images: number): number {
  // Sums in another order, as images arrive, must not change the answers.
  const steady = Math.round(ofSources * 1e6) / 1e6;
  return Math.max(ramp(information, 0.25, 0.32), ramp(steady * Math.min(1, images / ENOUGH), 0.22, 0.26));
}

/** g in [0, 1]: how far the settled shares of the targets may differ from the mapped ones. */
export const guardOf = (information: number): number => ramp(information, 0.27, 0.35);

const SWEEPS = 50;
/** Offsets that change by no more than this in a sweep have arrived. */
const ARRIVED = 1e-6;

/**
 * Offsets [T] that make the mean answer over the folder uniform: b_t <- b_t - ln(T mean_i p_it), up to 50 times from 0.
 * @param scores finite, row-major [N, T].
 */
export function uniformOffsets(scores: Float32Array, targetCount: number): Float64Array {
  const T = targetCount;
  const count = scores.length / T;
  const offsets = new Float64Array(T);
  const likelihoods = new Float32Array(scores);
  softmaxRows(likelihoods, T);
  const factors = new Float64Array(T).fill(1);
  const means = new Float64Array(T);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    means.fill(0);
    for (let start = 0; start < likelihoods.length; start += T) {
      let sum = 0;
      for (let t = 0; t < T; t++) sum += likelihoods[start + t] * factors[t];
      const scale = sum > 0 ? 1 / sum : 0;
      for (let t = 0; t < T; t++) means[t] += likelihoods[start + t] * factors[t] * scale;
    }
    let change = 0;
    for (let t = 0; t < T; t++) {
      const step = Math.log(Math.max(means[t] / count, 1e-30) * T);
      offsets[t] -= step;
      change = Math.max(change, Math.abs(step));
    }
    if (change < ARRIVED) break;
    const most = offsets.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    for (let t = 0; t < T; t++) factors[t] = Math.exp(offsets[t] - most);
  }
  return offsets;
}
