/**
 * Prior matching: offsets b [T] that make the mean predicted distribution over a folder uniform, by
 * b_t <- b_t + ln(1/T) - ln(mean_x p_t(x)). It assumes about equally many images per class, so it is an explicit
 * choice and never for a single image. Targets that no image can be (score -Infinity) are left out.
 * @param scores row-major [N, T].
 * @returns offsets to add to every row of scores; zeros when N < 2.
 */
export function priorOffsets(
  scores: Float32Array,
  targetCount: number,
  { sweeps = 50 }: { sweeps?: number } = {},
): Float64Array {
  const offsets = new Float64Array(targetCount);
  const count = scores.length / targetCount;
  if (count < 2) return offsets;
  const means = new Float64Array(targetCount);
  const exps = new Float64Array(targetCount);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    means.fill(0);
    for (let row = 0; row < scores.length; row += targetCount) {
      let top = Number.NEGATIVE_INFINITY;
      for (let t = 0; t < targetCount; t++) top = Math.max(top, scores[row + t] + offsets[t]);
      if (top === Number.NEGATIVE_INFINITY) continue;
      let sum = 0;
      for (let t = 0; t < targetCount; t++) {
        exps[t] = Math.exp(scores[row + t] + offsets[t] - top);
        sum += exps[t];
      }
      for (let t = 0; t < targetCount; t++) means[t] += exps[t] / sum / count;
    }
    const possible = means.filter((mean) => mean > 0).length;
    for (let t = 0; t < targetCount; t++) {
      if (means[t] > 0) offsets[t] -= Math.log(means[t] * possible);
    }
  }
  return offsets;
}
