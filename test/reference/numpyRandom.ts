const N = 624;
const M = 397;

/**
 * Normally distributed numbers as NumPy's `RandomState(seed).randn` draws them: Matsumoto and Nishimura's mt19937,
 * doubles of 53 bits, Marsaglia's polar method.
 */
export function numpyNormals(seed: number, count: number): Float64Array {
  const next = mersenneTwister(seed);
  const uniform = () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
  const normals = new Float64Array(count);
  for (let i = 0; i < count; i += 2) {
    let [x, y, r] = [0, 0, 0];
    do {
      [x, y] = [2 * uniform() - 1, 2 * uniform() - 1];
      r = x * x + y * y;
    } while (r >= 1 || r === 0);
    const factor = Math.sqrt((-2 * Math.log(r)) / r);
    normals[i] = factor * y;
    if (i + 1 < count) normals[i + 1] = factor * x;
  }
  return normals;
}

function mersenneTwister(seed: number): () => number {
  const state = new Uint32Array(N);
  state[0] = seed;
  for (let i = 1; i < N; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
  let at = N;
  return () => {
    if (at === N) {
      for (let i = 0; i < N; i++) {
        const bits = (state[i] & 0x80000000) | (state[(i + 1) % N] & 0x7fffffff);
        state[i] = state[(i + M) % N] ^ (bits >>> 1) ^ (bits & 1 ? 0x9908b0df : 0);
      }
      at = 0;
    }
    let y = state[at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}
