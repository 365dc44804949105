import { softmax } from '../mapping/scoring.ts';

/**
 * How undecided predictions are: the mean entropy of the softmax of target scores, divided by ln T; 0 = always sure,
 * 1 = always uniform. Needs no labels, and tells nothing about being right.
 * @param scores row-major [N, T]
 * @returns null without images
 */
export function predictionEntropy(scores: Float32Array, targetCount: number): number | null {
  const count = scores.length / targetCount;
  if (!(count > 0)) return null;
  if (targetCount === 1) return 0;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    for (const p of softmax(scores.subarray(i * targetCount, (i + 1) * targetCount))) {
      if (p > 0) sum -= p * Math.log(p);
    }
  }
  return sum / count / Math.log(targetCount);
}
