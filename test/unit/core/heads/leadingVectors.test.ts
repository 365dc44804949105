import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { symmetricEigen } from '../../../../src/core/heads/eigen.ts';
import { leadingVectors } from '../../../../src/core/heads/leadingVectors.ts';
import { principalDirections } from '../../../../src/core/heads/principal.ts';
import { seededRandom } from '../../../../src/core/random.ts';
import { plainProduct, transposed } from '../../../../src/core/work.ts';

/** XX' of rows whose columns become smaller and smaller. */
function falling(n: number): Float32Array {
  const random = seededRandom(9);
  const rows = Float32Array.from({ length: n * n }, (_, at) => (random() - 0.5) / (1 + (at % n)) ** 0.7);
  return plainProduct(rows, rows, n);
}

describe('eigenvectors', () => {
  it('of a whole matrix are what it only stretches', () => {
    const n = 40;
    const matrix = Float64Array.from(falling(n));
    const { values, vectors } = symmetricEigen(matrix, n);
    for (let c = 0; c < n; c++) {
      assert.ok(c === 0 || values[c] <= values[c - 1]);
      const vector = vectors.subarray(c * n, (c + 1) * n);
      assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-12);
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let k = 0; k < n; k++) sum += matrix[i * n + k] * vector[k];
        assert.ok(Math.abs(sum - values[c] * vector[i]) < 1e-10);
      }
    }
  });

  it('of nothing, of one number and of zeros are there', () => {
    assert.equal(symmetricEigen(new Float64Array(0), 0).values.length, 0);
    assert.deepEqual([...symmetricEigen(Float64Array.of(3), 1).values], [3]);
    assert.deepEqual([...symmetricEigen(new Float64Array(9), 3).values], [0, 0, 0]);
  });

  it('that lead a large matrix hold what the whole one says they do', async () => {
    const n = 330;
    const count = 20;
    const matrix = falling(n);
    const whole = symmetricEigen(Float64Array.from(matrix), n);
    const { values, vectors } = await leadingVectors(matrix, n, count, {});
    for (let c = 0; c < count; c++) {
      assert.ok(Math.abs(values[c] - whole.values[c]) < 2e-3 * whole.values[c], `${c}`);
    }
    const own = vectors.subarray(0, n);
    const dot = own.reduce((sum, value, k) => sum + value * whole.vectors[k], 0);
    assert.ok(Math.abs(Math.abs(dot) - 1) < 1e-4);
    const products = plainProduct(vectors, vectors, n);
    products.forEach((value, at) => {
      const expected = Math.floor(at / count) === at % count ? 1 : 0;
      assert.ok(Math.abs(value - expected) < 1e-4);
    });
  });

  it('of rows or of columns give the same directions', async () => {
    const random = seededRandom(2);
    const rows = Float32Array.from({ length: 12 * 30 }, (_, at) => (random() - 0.5) / (1 + (at % 30)));
    const few = await principalDirections(rows, 30, 4, {});
    // Rows of zeros say nothing, and make them more than the columns.
    const padded = new Float32Array(40 * 30);
    padded.set(rows);
    const many = await principalDirections(padded, 30, 4, {});
    few.forEach((value, at) => {
      assert.ok(Math.abs(Math.abs(value) - Math.abs(many[at])) < 1e-4);
    });
  });
});

describe('a product in loops', () => {
  it('multiplies one matrix to the transpose of another', () => {
    const a = Float32Array.of(1, 2, 3, 4, 5, 6);
    const b = Float32Array.of(1, 0, 1, 0, 1, 0, 2, 2, 2, 1, 1, 1, -1, 0, 0);
    assert.deepEqual([...plainProduct(a, b, 3)], [4, 2, 12, 6, -1, 10, 5, 30, 15, -4]);
    assert.deepEqual([...transposed(a, 3)], [1, 4, 2, 5, 3, 6]);
  });
});
