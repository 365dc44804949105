import { type ClassSpectrum, classSpectrum, type LabelledFeatures } from './classSpectrum.ts';

/** Decades of the ratio alpha / beta, around the largest sigma^2, in which the evidence is looked for. */
const DECADES_BELOW = 14;
const DECADES_ABOVE = 8;
const STEPS_PER_DECADE = 2;
const REFINEMENTS = 60;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * LogME (You et al., ICML 2021): per class t, the log evidence of a Bayesian linear regression of y_t in {0, 1}^N on
 * the features, ln p(y | F, alpha, beta) / N, maximised over the precisions alpha of the weights and beta of the noise;
 * the mean over the classes that have images. Higher is better; comparable between backbones of different D.
 *
 * The evidence is computed exactly, so it holds for N < D too (the published fixed point leaves out (D - k)/2 ln alpha
 * there). With r = alpha / beta and s_i = 1 + sigma_i^2 / r it is
 * -(N ln 2 pi + N + sum_i ln s_i + N ln(Q / N)) / 2 at the best beta = N / Q, where Q = sum_i (u_i' y)^2 / s_i plus
 * what of y lies outside U: one dimension is left to search.
 *
 * @throws {SemapError} `invalid-argument` when shapes do not fit
 */
export function logMe(labelled: LabelledFeatures): number {
  const spectrum = classSpectrum(labelled, { centred: false });
  const evidences = Array.from(spectrum.counts, (count, t) =>
    count > 0 ? evidenceOf(spectrum, t) : undefined,
  );
  const known = evidences.filter((evidence) => evidence !== undefined);
  return known.reduce((sum, evidence) => sum + evidence, 0) / known.length;
}

function evidenceOf(
  { images: N, dimensions: D, variances, along, counts }: ClassSpectrum,
  t: number,
): number {
  const T = counts.length;
  const n = variances.length;
  const squares = Float64Array.from({ length: n }, (_, i) => along[i * T + t]);
  // For N <= D the u_i span all of R^N.
  const outside = N <= D ? 0 : Math.max(0, counts[t] - squares.reduce((sum, square) => sum + square, 0));
  const at = (logRatio: number) => {
    const ratio = Math.exp(logRatio);
    let q = outside;
    let determinant = 0;
    for (let i = 0; i < n; i++) {
      const s = 1 + variances[i] / ratio;
      q += squares[i] / s;
      determinant += Math.log(s);
    }
    return -(Math.log(2 * Math.PI) + 1 + determinant / N + Math.log(q / N)) / 2;
  };
  const largest = variances.reduce((top, variance) => Math.max(top, variance), 0);
  return largest > 0 ? maximum(at, Math.log(largest)) : at(0);
}

/** The largest value around `centre`: the best of a grid, then a golden section between its neighbours. */
function maximum(f: (x: number) => number, centre: number): number {
  const step = Math.LN10 / STEPS_PER_DECADE;
  let best = centre;
  let top = Number.NEGATIVE_INFINITY;
  for (let k = -DECADES_BELOW * STEPS_PER_DECADE; k <= DECADES_ABOVE * STEPS_PER_DECADE; k++) {
    const value = f(centre + k * step);
    if (value > top) [top, best] = [value, centre + k * step];
  }
  let [low, high] = [best - step, best + step];
  let [a, b] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
  let [fa, fb] = [f(a), f(b)];
  for (let k = 0; k < REFINEMENTS && high - low > 1e-9; k++) {
    if (fa > fb) {
      [high, b, fb] = [b, a, fa];
      a = high - GOLDEN * (high - low);
      fa = f(a);
    } else {
      [low, a, fa] = [a, b, fb];
      b = low + GOLDEN * (high - low);
      fb = f(b);
    }
  }
  return Math.max(top, fa, fb);
}
