import { expOfNegative } from '../mapping/fastExp.ts';

/** Softmax of each row, in place. @param scores finite, row-major [N, T]. */
export function softmaxRows(scores: Float32Array | Float64Array, targetCount: number): void {
  for (let start = 0; start < scores.length; start += targetCount) {
    const end = start + targetCount;
    let top = Number.NEGATIVE_INFINITY;
    for (let at = start; at < end; at++) if (scores[at] > top) top = scores[at];
    let sum = 0;
    for (let at = start; at < end; at++) {
      scores[at] = expOfNegative(scores[at] - top);
      sum += scores[at];
    }
    const scale = 1 / sum;
    for (let at = start; at < end; at++) scores[at] *= scale;
  }
}

/**
 * How much the answers tell images from one another: I = (H(mean p) - mean H(p)) / ln min(N, T), the mutual information
 * of image and label as a share of the most that it could be, in [0, 1].
 * @param scores finite, row-major [N, T].
 */
export function information(scores: Float32Array, targetCount: number): number {
  const count = scores.length / targetCount;
  const mean = new Float64Array(targetCount);
  const row = new Float64Array(targetCount);
  let within = 0;
  for (let i = 0; i < count; i++) {
    for (let t = 0; t < targetCount; t++) row[t] = scores[i * targetCount + t];
    softmaxRows(row, targetCount);
    for (let t = 0; t < targetCount; t++) {
      mean[t] += row[t] / count;
      if (row[t] > 0) within -= row[t] * Math.log(row[t]);
    }
  }
  const between = mean.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
  return (between - within / count) / Math.log(Math.max(2, Math.min(count, targetCount)));
}

const ramp = (value: number, from: number, to: number) =>
  Math.min(1, Math.max(0, (value - from) / (to - from)));

/** e in [0, 1]: how far a folder is settled without labels. Below I = .25 settling hurts more folders than it helps. */
export const evidenceOf = (information: number): number => ramp(information, 0.25, 0.32);

/** g in [0, 1]: how far the settled shares of the targets may differ from the mapped ones. */
export const guardOf = (information: number): number => ramp(information, 0.27, 0.35);

const SWEEPS = 50;
/** Offsets that change by no more than this in a sweep have arrived. */
const ARRIVED = 1e-7;

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
