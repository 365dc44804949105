import { invalidArgument } from '../../errors.ts';
import { largest } from '../../largest.ts';
import { phrase } from '../../text/text.ts';
import { spectrum } from './spectrum.ts';

/** Penultimate features of images whose target labels are known. */
export interface LabelledFeatures {
  /** Row-major [N, D]. */
  readonly features: Float32Array | Float64Array;
  /** Length N, values 0..T-1. */
  readonly truths: ArrayLike<number>;
  /** T. */
  readonly targetCount: number;
}

/** D. @throws {SemapError} `invalid-argument` without images or when shapes do not fit or a truth is no target */
function featureCount({ features, truths, targetCount }: LabelledFeatures): number {
  const count = features.length / truths.length;
  if (!Number.isInteger(count) || count === 0) {
    throw invalidArgument(phrase('{0} features do not match {1} images.', features.length, truths.length));
  }
  const wrong = Array.from(truths).find((t) => !(Number.isInteger(t) && t >= 0 && t < targetCount));
  if (wrong !== undefined)
    throw invalidArgument(phrase('An image has label {0}; there are {1} labels.', wrong, targetCount));
  return count;
}

/**
 * The singular value decomposition F = U diag(sigma) V' of features [N, D], as far as scores of class indicators y_t
 * in {0, 1}^N need it.
 */
export interface ClassSpectrum {
  /** N. */
  readonly images: number;
  /** D. */
  readonly dimensions: number;
  /** sigma^2, length min(N, D), in no order. */
  readonly variances: Float64Array;
  /** Row-major [min(N, D), T]: (u_i' y_t)^2; 0 where sigma_i is 0 and N > D. */
  readonly along: Float64Array;
  /** Length T: ||y_t||^2, the images of each class. */
  readonly counts: Float64Array;
  /** Length N: squared length of each row of F. */
  readonly lengths: Float64Array;
}

/**
 * Decomposes the smaller of F F' and F' F, in double precision.
 * @param centred whether the mean feature is subtracted first
 * @throws {SemapError} `invalid-argument` when shapes do not fit
 */
export function classSpectrum(labelled: LabelledFeatures, { centred }: { centred: boolean }): ClassSpectrum {
  const D = featureCount(labelled);
  const { truths, targetCount: T } = labelled;
  const N = truths.length;
  const rows = rowsOf(labelled.features, N, D, centred);
  const counts = new Float64Array(T);
  for (let i = 0; i < N; i++) counts[truths[i]]++;
  const lengths = Float64Array.from({ length: N }, (_, i) => {
    const row = rows.subarray(i * D, (i + 1) * D);
    return dot(row, row);
  });
  const about = { images: N, dimensions: D, counts, lengths };
  if (N <= D) {
    const indicators = new Float64Array(N * T);
    for (let i = 0; i < N; i++) indicators[i * T + truths[i]] = 1;
    const { values, coordinates } = spectrum(gram(rows, N, D), indicators);
    return { ...about, variances: values.map(nonNegative), along: coordinates.map((z) => z * z) };
  }
  const classSums = new Float64Array(D * T);
  for (let i = 0; i < N; i++) for (let k = 0; k < D; k++) classSums[k * T + truths[i]] += rows[i * D + k];
  const { values, coordinates } = spectrum(gram(transposed(rows, N, D), D, N), classSums);
  // v' F' y = sigma u' y; below rounding there is no u.
  const least = largest(values) * D * Number.EPSILON;
  const along = coordinates.map((w, at) => {
    const variance = values[Math.floor(at / T)];
    return variance > least ? (w * w) / variance : 0;
  });
  return { ...about, variances: values.map(nonNegative), along };
}

function nonNegative(value: number): number {
  return Math.max(0, value);
}

function rowsOf(
  features: LabelledFeatures['features'],
  N: number,
  D: number,
  centred: boolean,
): Float64Array {
  const rows = Float64Array.from(features);
  if (!centred) return rows;
  const mean = new Float64Array(D);
  for (let i = 0; i < N; i++) for (let k = 0; k < D; k++) mean[k] += rows[i * D + k] / N;
  for (let i = 0; i < N; i++) for (let k = 0; k < D; k++) rows[i * D + k] -= mean[k];
  return rows;
}

/** The lower triangle of R R' for R row-major [n, d]. Four products at a time share what they read of a row. */
function gram(rows: Float64Array, n: number, d: number): Float64Array {
  const products = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const x = i * d;
    for (let j = 0; j <= i; j += 4) {
      const a = j * d;
      const b = Math.min(j + 1, i) * d;
      const c = Math.min(j + 2, i) * d;
      const e = Math.min(j + 3, i) * d;
      let [ab, bb, cb, eb] = [0, 0, 0, 0];
      for (let k = 0; k < d; k++) {
        const value = rows[x + k];
        ab += value * rows[a + k];
        bb += value * rows[b + k];
        cb += value * rows[c + k];
        eb += value * rows[e + k];
      }
      const at = i * n + j;
      products[at] = ab;
      if (j + 1 <= i) products[at + 1] = bb;
      if (j + 2 <= i) products[at + 2] = cb;
      if (j + 3 <= i) products[at + 3] = eb;
    }
  }
  return products;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

function transposed(rows: Float64Array, n: number, d: number): Float64Array {
  const columns = new Float64Array(rows.length);
  for (let i = 0; i < n; i++) for (let k = 0; k < d; k++) columns[k * n + i] = rows[i * d + k];
  return columns;
}
