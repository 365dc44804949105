/** Between which the temperature is looked for. */
const COLDEST = 1 / 16;
const HOTTEST = 16;
const HALVINGS = 14;

/**
 * The factor on scores under which their softmax explains the truths best: temperature scaling (Guo et al., ICML 2017),
 * with the inverse temperature. Mean cross-entropy is convex in it, so its slope is halved in on. 1 / (N + 2) of
 * every truth is spread over all targets (after Platt 1999): a few images that are all right do not ask for certainty.
 * @param scores row-major [N, T], -Infinity allowed
 * @returns 1 where nothing can be said
 */
export function fittedSharpness(scores: Float32Array, truths: ArrayLike<number>): number {
  const count = truths.length;
  if (count === 0) return 1;
  const T = scores.length / count;
  let low = Math.log2(COLDEST);
  let high = Math.log2(HOTTEST);
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (slope(scores, truths, T, 2 ** middle) > 0) high = middle;
    else low = middle;
  }
  return 2 ** ((low + high) / 2);
}

/** Sum over the images of d cross-entropy / d sharpness = E_p[score] - expected score of the softened truth. */
function slope(scores: Float32Array, truths: ArrayLike<number>, T: number, sharpness: number): number {
  const doubt = 1 / (truths.length + 2);
  let total = 0;
  for (let i = 0; i < truths.length; i++) {
    const own = scores[i * T + truths[i]];
    if (!Number.isFinite(own)) continue;
    let top = Number.NEGATIVE_INFINITY;
    for (let at = i * T; at < (i + 1) * T; at++) top = Math.max(top, scores[at]);
    let mass = 0;
    let mean = 0;
    let sum = 0;
    let finite = 0;
    for (let at = i * T; at < (i + 1) * T; at++) {
      const score = scores[at];
      if (score === Number.NEGATIVE_INFINITY) continue;
      const p = Math.exp(sharpness * (score - top));
      mass += p;
      mean += p * score;
      sum += score;
      finite++;
    }
    total += mean / mass - (1 - doubt) * own - (doubt * sum) / finite;
  }
  return total;
}
