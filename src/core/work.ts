import { cancelled } from './errors.ts';

/**
 * `a` [n, inner] times the transpose of `b` [m, inner], row-major, giving [n, m]. The engine gives one that onnxruntime
 * computes; a row of the result must depend neither on the number of threads nor on the rows beside it.
 */
export type MatrixProduct = (
  a: Float32Array,
  b: Float32Array,
  inner: number,
) => Float32Array | Promise<Float32Array>;

/** What a long calculation is given besides its numbers. */
export interface Work {
  /** Absent: loops of our own. */
  readonly product?: MatrixProduct | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told the share in [0, 1] that is done. */
  readonly report?: ((share: number) => void) | undefined;
}

/** Milliseconds after which a calculation lets others have a turn. */
const TURN = 30;

/** Lets others have their turn, and ends with `cancelled` once the signal is aborted; call it between blocks. */
export function turns({ signal }: Work): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last > TURN) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      last = performance.now();
    }
    if (signal?.aborted) throw cancelled();
  };
}

/** {@link MatrixProduct} in loops, sums in double precision. */
export function plainProduct(a: Float32Array, b: Float32Array, inner: number): Float32Array {
  const n = inner ? a.length / inner : 0;
  const m = inner ? b.length / inner : 0;
  const out = new Float32Array(n * m);
  let j = 0;
  for (; j + 4 <= m; j += 4) {
    const b0 = j * inner;
    const b1 = b0 + inner;
    const b2 = b1 + inner;
    const b3 = b2 + inner;
    for (let i = 0; i < n; i++) {
      const row = i * inner;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let k = 0; k < inner; k++) {
        const value = a[row + k];
        s0 += value * b[b0 + k];
        s1 += value * b[b1 + k];
        s2 += value * b[b2 + k];
        s3 += value * b[b3 + k];
      }
      const at = i * m + j;
      out[at] = s0;
      out[at + 1] = s1;
      out[at + 2] = s2;
      out[at + 3] = s3;
    }
  }
  for (; j < m; j++) {
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += a[i * inner + k] * b[j * inner + k];
      out[i * m + j] = sum;
    }
  }
  return out;
}

/** [rows, columns] as [columns, rows]. */
export function transposed(values: Float32Array, columns: number): Float32Array {
  const rows = columns ? values.length / columns : 0;
  const out = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < columns; k++) out[k * rows + i] = values[i * columns + k];
  }
  return out;
}
