import { plainProduct, transposed, turns, type Work } from '../work.ts';
import { leadingVectors } from './leadingVectors.ts';

/** Rows of a product's operand. */
const BLOCK = 2048;

/** Eigenvalues below this share of the largest are the rounding of products in single precision. */
const RANK = 1e-7;

/**
 * The first `count` principal directions of centred rows, as rows [count, D] of unit length; 0 where the rows have no
 * more directions. By the eigenvectors of X'X, or of XX' where there are fewer rows than columns.
 * @param rows centred, row-major [N, D].
 */
export async function principalDirections(
  rows: Float32Array,
  width: number,
  count: number,
  work: Work,
): Promise<Float32Array> {
  const { product = plainProduct } = work;
  const turn = turns(work);
  const N = width ? rows.length / width : 0;
  const directions = new Float32Array(count * width);
  if (count === 0) return directions;
  const blocks: [from: number, to: number][] = [];
  for (let from = 0; from < N; from += BLOCK) blocks.push([from, Math.min(N, from + BLOCK)]);
  const block = ([from, to]: [number, number]) => rows.subarray(from * width, to * width);
  if (width <= N) {
    const gram = new Float64Array(width * width);
    for (const one of blocks) {
      await turn();
      const columns = transposed(block(one), width);
      const part = await product(columns, columns, one[1] - one[0]);
      for (let at = 0; at < gram.length; at++) gram[at] += part[at];
    }
    const { values, vectors } = await leadingVectors(Float32Array.from(gram), width, count, work);
    for (let c = 0; c < count; c++) {
      if (!(values[c] > RANK * values[0])) break;
      directions.set(vectors.subarray(c * width, (c + 1) * width), c * width);
    }
    return directions;
  }
  const gram = new Float32Array(N * N);
  for (const one of blocks) {
    await turn();
    const part = await product(block(one), rows, width);
    gram.set(part, one[0] * N);
  }
  const { values, vectors } = await leadingVectors(gram, N, count, work);
  const sums = new Float64Array(count * width);
  for (const [from, to] of blocks) {
    await turn();
    const shares = new Float32Array(count * (to - from));
    for (let c = 0; c < count; c++) {
      if (!(values[c] > RANK * values[0])) break;
      const scale = 1 / Math.sqrt(values[c]);
      for (let i = from; i < to; i++) shares[c * (to - from) + i - from] = vectors[c * N + i] * scale;
    }
    const part = await product(shares, transposed(block([from, to]), width), to - from);
    for (let at = 0; at < sums.length; at++) sums[at] += part[at];
  }
  directions.set(sums);
  return directions;
}
