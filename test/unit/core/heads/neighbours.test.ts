import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nearest } from '../../../../src/core/heads/neighbours.ts';
import { seededRandom } from '../../../../src/core/random.ts';

/** w of docs/reference/settling.md as a matrix: the k largest cosines, w = (a + a') / 2, rows divided by their sums. */
function dense(unit: Float32Array, width: number, k: number): number[][] {
  const n = unit.length / width;
  const cosine = (i: number, j: number) => {
    let sum = 0;
    for (let c = 0; c < width; c++) sum += unit[i * width + c] * unit[j * width + c];
    return sum;
  };
  const a = Array.from({ length: n }, (_, i) => {
    const others = Array.from({ length: n }, (_, j) => j).filter((j) => j !== i);
    const taken = new Set(others.sort((x, y) => cosine(i, y) - cosine(i, x)).slice(0, k));
    return Array.from({ length: n }, (_, j) => (taken.has(j) ? Math.max(0, cosine(i, j)) : 0));
  });
  return a.map((row, i) => {
    const both = row.map((value, j) => (value + a[j][i]) / 2);
    const sum = both.reduce((all, value) => all + value, 0);
    return both.map((value) => value / sum);
  });
}

function unitRows(n: number, width: number): Float32Array {
  const random = seededRandom(4);
  const rows = Float32Array.from({ length: n * width }, () => random() - 0.4);
  for (let i = 0; i < n; i++) {
    const row = rows.subarray(i * width, (i + 1) * width);
    const norm = Math.hypot(...row);
    for (let c = 0; c < width; c++) row[c] /= norm;
  }
  return rows;
}

describe('neighbours', () => {
  for (const copies of [1, 2, 3]) {
    it(`are those of every image where each is there ${copies} times`, async () => {
      const width = 6;
      const kinds = 24;
      // As many as are left when whole groups are taken: no tie is cut.
      const k = copies - 1 + 3 * copies;
      const singles = unitRows(kinds, width);
      const groups = Int32Array.from({ length: kinds * copies }, (_, i) => Math.floor(i / copies));
      const unit = new Float32Array(kinds * copies * width);
      groups.forEach((group, i) => {
        unit.set(singles.subarray(group * width, (group + 1) * width), i * width);
      });
      const expected = dense(unit, width, k);
      const { starts, others, weights, own } = await nearest(unit, width, groups, k, {});
      for (let u = 0; u < kinds; u++) {
        const row = expected[u * copies];
        const sums = new Map<number, number>();
        row.forEach((weight, j) => {
          if (weight > 0) sums.set(groups[j], (sums.get(groups[j]) ?? 0) + weight);
        });
        assert.ok(Math.abs(own[u] - (sums.get(u) ?? 0)) < 1e-6);
        sums.delete(u);
        assert.deepEqual(
          [...others.subarray(starts[u], starts[u + 1])],
          [...sums.keys()].sort((a, b) => a - b),
        );
        for (let at = starts[u]; at < starts[u + 1]; at++) {
          assert.ok(Math.abs(weights[at] - sums.get(others[at])!) < 1e-6);
        }
      }
    });
  }

  it('are shared out where a group is larger than what is left of them', async () => {
    // Three kinds; kind 0 looks at 2 of the 3 copies of kind 1, and at none of kind 2.
    const unit = Float32Array.of(1, 0, 0.8, 0.6, 0.8, 0.6, 0.8, 0.6, 0, 1);
    const { others, weights, starts, own } = await nearest(unit, 2, Int32Array.of(0, 1, 1, 1, 2), 2, {});
    assert.deepEqual([...others.subarray(starts[0], starts[1])], [1]);
    assert.deepEqual([...weights.subarray(starts[0], starts[1]), own[0]], [1, 0]);
    // Each copy of kind 1 has its two copies, and what the others see of it: 2 x .8 and 2 x .6, halved, over 3 copies.
    const [first, last] = weights.subarray(starts[1], starts[2]);
    const seen = [0.8, 0.6].map((cosine) => (cosine * 2) / 2 / 3);
    const sum = seen[0] + seen[1] + 2;
    assert.ok(Math.abs(first - seen[0] / sum) < 1e-6);
    assert.ok(Math.abs(last - seen[1] / sum) < 1e-6);
    assert.ok(Math.abs(own[1] - 2 / sum) < 1e-6);
  });
});
