import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { scoreRows } from '../../../../src/core/onnx/scoreReading.ts';

const near = (row: Float32Array, expected: readonly number[]) =>
  assert.ok(
    row.length === expected.length &&
      expected.every((x, i) => Math.abs(row[i] - x) < 1e-5 * (1 + Math.abs(x))),
    `${row} for ${expected}`,
  );

describe('Values of a run become logits', () => {
  test('as they are, without what only filled the batch up', () => {
    const values = Float32Array.of(1, 2, 3, 4, 0, 0);
    near(scoreRows(values, 3, 2, { kind: 'logits' }), [1, 2, 3, 4]);
  });

  test('of probabilities as their logarithms, of those that are none as -Infinity, of NaN as NaN', () => {
    const row = scoreRows(Float32Array.of(0.5, 0, -0.2, Number.NaN), 1, 1, { kind: 'probabilities' });
    near(row.subarray(0, 2), [Math.log(0.5), Math.log(1e-30)]);
    assert.deepEqual([...row.subarray(2)], [Number.NEGATIVE_INFINITY, Number.NaN]);
  });

  test('of a sigmoid as what it was taken of', () => {
    const logits = [-20, -3, 0, 2, 9];
    const p = Float32Array.from(logits, (z) => 1 / (1 + Math.exp(-z)));
    near(
      scoreRows(p, 1, 1, { kind: 'sigmoid' }).map((z) => Math.round(z * 100) / 100),
      logits,
    );
    const ends = scoreRows(Float32Array.of(0, 1, 1.3, -0.3), 1, 1, { kind: 'sigmoid' });
    assert.ok(Number.isFinite(ends[0]) && Number.isFinite(ends[1]) && ends[0] < -60 && ends[1] > 16);
    assert.deepEqual([...ends.subarray(2)], [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  });

  test('where images come after the classes', () => {
    const values = Float32Array.of(1, 10, 100, 2, 20, 200);
    near(scoreRows(values, 3, 2, { kind: 'logits', classesFirst: true }), [1, 2, 10, 20]);
  });

  test('of one number as those of two labels, of which a softmax gives it back', () => {
    const [p, q] = [0.8, 0.1];
    const rows = scoreRows(Float32Array.of(p, q), 2, 2, { kind: 'sigmoid', binary: true });
    near(rows, [0, Math.log(p / (1 - p)), 0, Math.log(q / (1 - q))]);
    near(scoreRows(Float32Array.of(3), 1, 1, { kind: 'logits', binary: true }), [0, 3]);
  });
});
