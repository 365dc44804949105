import { seededRandom } from '../random.ts';
import { plainProduct, transposed, turns, type Work } from '../work.ts';
import { symmetricEigen } from './eigen.ts';

/** Rows up to which a matrix is decomposed as a whole; that costs n^3. */
const WHOLE = 320;

/** Products with the matrix: each damps what lies behind the block by the ratio of the eigenvalues. */
const SWEEPS = 16;

/** What is added to the diagonal in a first and a second pass of making rows orthonormal. */
const SHIFTS = [1e-5, 1e-7];

/** Leading eigenvectors of a symmetric matrix, largest value first. */
export interface Leading {
  readonly values: Float64Array;
  /** Row-major [count, n]. */
  readonly vectors: Float32Array;
}

/**
 * The first `count` eigenvectors of a symmetric positive matrix [n, n]. A large one is multiplied to a block of random
 * rows again and again (subspace iteration, Rutishauser 1970; the block is wider than what is asked for, Halko,
 * Martinsson and Tropp 2011): products are all its work. Directions near the last one, whose values differ by little,
 * stay mixed with one another; they span what matters all the same.
 */
export async function leadingVectors(
  matrix: Float32Array,
  n: number,
  count: number,
  work: Work,
): Promise<Leading> {
  const width = Math.min(n, count + Math.max(32, count >> 2));
  if (n <= WHOLE || width * 2 > n) {
    const { values, vectors } = symmetricEigen(Float64Array.from(matrix), n);
    return { values, vectors: Float32Array.from(vectors.subarray(0, count * n)) };
  }
  const { product = plainProduct } = work;
  const turn = turns(work);
  const random = seededRandom(1);
  let block = Float32Array.from({ length: width * n }, () => random() - 0.5);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    await turn();
    const shifts = sweep + 1 < SWEEPS ? SHIFTS.slice(0, 1) : SHIFTS;
    block = await orthonormal(await product(block, matrix, n), n, shifts, work);
  }
  const moved = await product(block, matrix, n);
  const { values, vectors } = symmetricEigen(Float64Array.from(await product(moved, block, n)), width);
  await turn();
  const turned = Float32Array.from(vectors.subarray(0, count * width));
  return { values, vectors: Float32Array.from(await product(turned, transposed(block, n), width)) };
}

/**
 * Orthonormal rows that span the same, by the Cholesky factor of their products. That squares the condition: a shifted
 * diagonal stands it, and leaves rows that are nearly orthonormal, enough between sweeps (Fukaya et al. 2020).
 */
async function orthonormal(rows: Float32Array, n: number, shifts: readonly number[], work: Work) {
  const { product = plainProduct } = work;
  let out = Float32Array.from(rows);
  for (const shift of shifts) {
    for (let start = 0; start < out.length; start += n) {
      let square = 0;
      for (let k = start; k < start + n; k++) square += out[k] * out[k];
      const scale = 1 / Math.max(Math.sqrt(square), 1e-30);
      for (let k = start; k < start + n; k++) out[k] *= scale;
    }
    const inverse = inverseFactor(Float64Array.from(await product(out, out, n)), out.length / n, shift);
    out = Float32Array.from(await product(Float32Array.from(inverse), transposed(out, n), out.length / n));
  }
  return out;
}

/** The inverse of the lower Cholesky factor of a symmetric matrix [n, n] with ones on its diagonal. */
function inverseFactor(matrix: Float64Array, n: number, shift: number): Float64Array {
  const L = matrix;
  for (let i = 0; i < n; i++) {
    L[i * n + i] += shift;
    for (let j = 0; j <= i; j++) {
      let sum = L[i * n + j];
      for (let k = 0; k < j; k++) sum -= L[i * n + k] * L[j * n + k];
      L[i * n + j] = i === j ? Math.sqrt(Math.max(sum, shift)) : sum / L[j * n + j];
    }
  }
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const row = i * n;
    inverse[row + i] = 1;
    for (let k = 0; k < i; k++) {
      const factor = L[row + k];
      for (let j = 0; j <= k; j++) inverse[row + j] -= factor * inverse[k * n + j];
    }
    const scale = 1 / L[row + i];
    for (let j = 0; j <= i; j++) inverse[row + j] *= scale;
  }
  return inverse;
}
