import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { spectrum } from '../../../../../src/core/metrics/transferability/spectrum.ts';
import { seededRandom } from '../../../../../src/core/random.ts';

function near(actual: number, expected: number, tolerance = 1e-10): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
}

/** Q diag(values) Q' for reflections Q along random vectors, and Q' times nothing: eigenvectors known by construction. */
function matrixWith(values: readonly number[], seed: number) {
  const n = values.length;
  const random = seededRandom(seed);
  let q = Float64Array.from({ length: n * n }, (_, at) => Number(Math.floor(at / n) === at % n));
  for (let round = 0; round < 3; round++) {
    const u = Float64Array.from({ length: n }, () => random() - 0.5);
    const norm = u.reduce((sum, x) => sum + x * x, 0);
    q = Float64Array.from(q, (value, at) => {
      const row = Math.floor(at / n) * n;
      let along = 0;
      for (let k = 0; k < n; k++) along += q[row + k] * u[k];
      return value - (2 * along * u[at % n]) / norm;
    });
  }
  const matrix = Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    return values.reduce((sum, value, k) => sum + q[i * n + k] * value * q[j * n + k], 0);
  });
  return { matrix, q };
}

describe('eigenvalues of symmetric matrices', () => {
  it('are those that the matrix was made with, also when some repeat or vanish', () => {
    const values = [5, 5, 3.25, 1, 0, 0, -2, 1e-6];
    const { matrix } = matrixWith(values, 7);
    const found = [...spectrum(matrix, new Float64Array()).values].sort((a, b) => b - a);
    const expected = [...values].sort((a, b) => b - a);
    for (const [i, value] of expected.entries()) near(found[i], value);
  });

  it('come with the coordinates of right-hand sides along their eigenvectors', () => {
    const values = [9, 4, 1, 0.5, 0.1];
    const { matrix, q } = matrixWith(values, 3);
    const n = values.length;
    const sides = Float64Array.from([1, 0, 2, -1, 0.5, 3, -2, 1, 0, 4]);
    const { values: found, coordinates } = spectrum(matrix, sides.slice());
    for (const [i, value] of found.entries()) {
      const k = values.findIndex((one) => Math.abs(one - value) < 1e-6);
      for (let c = 0; c < 2; c++) {
        let along = 0;
        for (let row = 0; row < n; row++) along += q[row * n + k] * sides[row * 2 + c];
        near(coordinates[i * 2 + c] ** 2, along ** 2);
      }
    }
  });

  it('take matrices of one element, and diagonal ones', () => {
    assert.deepEqual([...spectrum(Float64Array.of(4), Float64Array.of(2)).values], [4]);
    const { values, coordinates } = spectrum(Float64Array.of(2, 0, 0, 7), Float64Array.of(1, 3));
    assert.deepEqual([...values], [2, 7]);
    assert.deepEqual([...coordinates], [1, 3]);
  });
});
