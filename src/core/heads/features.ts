/** What a backbone says of an image besides its scores: penultimate features, or logits where it has no tap. */
export type FeatureKind = 'features' | 'logits';

/** The features of the images of a folder, read in blocks so that they need not fit into memory. */
export interface FeatureSource {
  /** Images, N. */
  readonly count: number;
  /** Features of an image, D. */
  readonly width: number;
  readonly kind: FeatureKind;
  /** Images `from` to `to` (exclusive) in the order of the folder, row-major [to - from, D]; may be a view. */
  rows(from: number, to: number): Float32Array | Promise<Float32Array>;
}

/** Features that are in memory, row-major [N, D]. */
export function featureRows(values: Float32Array, width: number, kind: FeatureKind): FeatureSource {
  return {
    count: width ? values.length / width : 0,
    width,
    kind,
    rows: (from, to) => values.subarray(from * width, to * width),
  };
}

/** Rows shorter than this have no direction: they are the folder's mean but for rounding. */
const NO_LENGTH = 1e-6;

/**
 * Takes the size out of features, in place: each becomes sign(x) |x|^.5, each logit loses the mean of its row, and rows
 * are divided by their norms. What is not a finite number counts as 0.
 */
export function evenOut(rows: Float32Array, width: number, kind: FeatureKind): void {
  for (let start = 0; start < rows.length; start += width) {
    let sum = 0;
    for (let k = start; k < start + width; k++) {
      if (!Number.isFinite(rows[k])) rows[k] = 0;
      sum += rows[k];
    }
    const mean = kind === 'logits' ? sum / width : 0;
    let square = 0;
    for (let k = start; k < start + width; k++) {
      const value = rows[k] - mean;
      rows[k] = kind === 'logits' ? value : Math.sign(value) * Math.sqrt(Math.abs(value));
      square += rows[k] * rows[k];
    }
    const scale = 1 / Math.max(Math.sqrt(square), 1e-12);
    for (let k = start; k < start + width; k++) rows[k] *= scale;
  }
}

/**
 * The features of several backbones in one row, each divided by the sum of its sizes: {@link evenOut} then makes them equally
 * long, so that images are as near as the backbones find them on the mean.
 */
export function joinFeatures(rows: readonly Float32Array[], into: Float32Array): Float32Array {
  let at = 0;
  for (const row of rows) {
    const sum = row.reduce((all, value) => all + Math.abs(value), 0);
    const scale = sum === 0 ? 1 : 1 / sum;
    for (let k = 0; k < row.length; k++) into[at + k] = row[k] * scale;
    at += row.length;
  }
  return into;
}

/** Subtracts `mean` [D] from every row, in place. */
export function centre(rows: Float32Array, mean: Float32Array): void {
  const width = mean.length;
  for (let at = 0; at < rows.length; at += width) {
    for (let k = 0; k < width; k++) rows[at + k] -= mean[k];
  }
}

/** Divides every row by its norm, in place; a row without length becomes 0. */
export function normalise(rows: Float32Array, width: number): void {
  for (let start = 0; start < rows.length; start += width) {
    let square = 0;
    for (let k = start; k < start + width; k++) square += rows[k] * rows[k];
    const norm = Math.sqrt(square);
    const scale = norm > NO_LENGTH ? 1 / norm : 0;
    for (let k = start; k < start + width; k++) rows[k] *= scale;
  }
}

/** Mean of rows, [D]; zeros of none. */
export function meanRow(rows: Float32Array, width: number): Float32Array {
  const sums = new Float64Array(width);
  const count = rows.length / Math.max(1, width);
  for (let at = 0; at < rows.length; at += width) {
    for (let k = 0; k < width; k++) sums[k] += rows[at + k];
  }
  return Float32Array.from(sums, (sum) => sum / Math.max(1, count));
}
