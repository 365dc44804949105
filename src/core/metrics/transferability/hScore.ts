import { type ClassSpectrum, classSpectrum, type LabelledFeatures } from './classSpectrum.ts';

/** Both kinds of H-score; higher is better. */
export interface HScores {
  /**
   * tr(cov(f)^+ cov(E[f|y])) (Bao et al., ICIP 2019); null when N <= D, where it is about the number of classes less
   * one whatever the features are.
   */
  readonly plain: number | null;
  /** The same with the covariance shrunk as by Ledoit and Wolf (Ibrahim et al., 2022): holds for few images too. */
  readonly regularised: number;
}

/**
 * H-scores. With the singular values of the centred features, w = u_i' y_t and class sizes n_t:
 * plain = sum_t sum_i w^2 / n_t over the sigma_i > 0; regularised with shrinkage a towards mu 1:
 * (1 - a) / (N - 1) sum_t sum_i sigma_i^2 w^2 / n_t / ((1 - a) sigma_i^2 / N + a mu).
 * @throws {SemapError} `invalid-argument` when shapes do not fit
 */
export function hScores(labelled: LabelledFeatures): HScores {
  const spectrum = classSpectrum(labelled, { centred: true });
  const { images: N, dimensions: D, variances } = spectrum;
  const least = variances.reduce((top, v) => Math.max(top, v), 0) * Math.max(N, D) * Number.EPSILON;
  const explained = explainedPerDirection(spectrum);
  const { shrinkage, mean } = ledoitWolf(spectrum);
  let plain = 0;
  let regularised = 0;
  for (const [i, variance] of variances.entries()) {
    if (variance > least) plain += explained[i];
    const shrunk = ((1 - shrinkage) * variance) / N + shrinkage * mean;
    if (shrunk > 0) regularised += (variance * explained[i]) / shrunk;
  }
  return { plain: N > D ? plain : null, regularised: N > 1 ? ((1 - shrinkage) / (N - 1)) * regularised : 0 };
}

/** Per singular direction, sum_t (u_i' y_t)^2 / n_t: how much of it the classes explain, in [0, 1]. */
function explainedPerDirection({ variances, along, counts }: ClassSpectrum): Float64Array {
  const T = counts.length;
  return variances.map((_, i) => {
    let sum = 0;
    for (let t = 0; t < T; t++) if (counts[t] > 0) sum += along[i * T + t] / counts[t];
    return sum;
  });
}

/** Shrinkage in [0, 1] towards `mean` times the identity (Ledoit and Wolf, 2004), from sums that the spectrum holds. */
function ledoitWolf({ images: N, dimensions: D, variances, lengths }: ClassSpectrum) {
  const trace = lengths.reduce((sum, length) => sum + length, 0) / N;
  const mean = trace / D;
  const fourth = lengths.reduce((sum, length) => sum + length * length, 0) / N;
  const frobenius = variances.reduce((sum, variance) => sum + variance * variance, 0) / (N * N);
  const distance = frobenius - D * mean * mean;
  const error = Math.min((fourth - frobenius) / N, distance);
  return { shrinkage: error > 0 ? error / distance : 0, mean };
}
