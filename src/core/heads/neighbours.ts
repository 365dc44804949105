import { plainProduct, turns, type Work } from '../work.ts';

/** Images that are compared with as many others at once. */
const BLOCK = 1024;

/** Who is near to whom: sparse rows over groups of images with equal features, each row's weights summing to 1. */
export interface Neighbours {
  /** Group of each image. */
  readonly groups: Int32Array;
  /** Images in each group, [U]. */
  readonly sizes: Int32Array;
  /** Neighbours of group u are `others[starts[u]]` to `others[starts[u + 1] - 1]`, with their `weights`. */
  readonly starts: Int32Array;
  readonly others: Int32Array;
  readonly weights: Float64Array;
  /** Weight of the mean over the other images of the same group. */
  readonly own: Float64Array;
}

/**
 * The `k` nearest of each image by cosine, negatives as 0: w = (a + a') / 2, rows divided by their sums (docs/reference/settling.md).
 * Images with equal features share one row, so that it cannot matter which of them comes first; where a group is larger
 * than what is left of k, its members share that.
 * @param unit rows of unit length, row-major [N, D]; equal ones next to one another.
 */
export async function nearest(
  unit: Float32Array,
  width: number,
  groups: Int32Array,
  k: number,
  work: Work,
): Promise<Neighbours> {
  const { product = plainProduct, report } = work;
  const turn = turns(work);
  const firsts: number[] = [];
  for (let i = 0; i < groups.length; i++) if (groups[i] === firsts.length) firsts.push(i);
  const U = firsts.length;
  const sizes = new Int32Array(U);
  for (const group of groups) sizes[group]++;
  const rows = U === groups.length ? unit : new Float32Array(U * width);
  if (rows !== unit) {
    firsts.forEach((first, u) => {
      rows.set(unit.subarray(first * width, (first + 1) * width), u * width);
    });
  }
  const best = new Nearest(U, Math.min(k, Math.max(0, U - 1)));
  const steps = Math.ceil(U / BLOCK);
  for (let i = 0, done = 0; i < U; i += BLOCK) {
    const a = rows.subarray(i * width, Math.min(U, i + BLOCK) * width);
    for (let j = i; j < U; j += BLOCK) {
      await turn();
      const b = rows.subarray(j * width, Math.min(U, j + BLOCK) * width);
      best.offer(await product(a, b, width), i, j, Math.min(BLOCK, U - j));
      done++;
      report?.((2 * done) / (steps * (steps + 1)));
    }
  }
  return graph(best, groups, sizes, k);
}

/** The largest similarities of every row so far, best first; of equal ones the first that was offered. */
class Nearest {
  readonly count: number;
  readonly k: number;
  readonly others: Int32Array;
  readonly similarities: Float32Array;

  constructor(count: number, k: number) {
    this.count = count;
    this.k = k;
    this.others = new Int32Array(count * k).fill(-1);
    this.similarities = new Float32Array(count * k).fill(Number.NEGATIVE_INFINITY);
  }

  /** A block of similarities: rows from `i`, `columns` columns from `j`; where they differ, transposed too. */
  offer(block: Float32Array, i: number, j: number, columns: number): void {
    const { k, similarities } = this;
    if (k === 0) return;
    const rows = block.length / columns;
    for (let row = 0; row < rows; row++) {
      const at = row * columns;
      const last = (i + row) * k + k - 1;
      for (let column = 0; column < columns; column++) {
        if (block[at + column] > similarities[last] && i + row !== j + column) {
          this.insert(i + row, j + column, block[at + column]);
        }
      }
      if (i === j) continue;
      for (let column = 0; column < columns; column++) {
        if (block[at + column] > similarities[(j + column + 1) * k - 1]) {
          this.insert(j + column, i + row, block[at + column]);
        }
      }
    }
  }

  private insert(row: number, other: number, similarity: number): void {
    const { k, others, similarities } = this;
    const first = row * k;
    let at = first + k - 1;
    for (; at > first && similarities[at - 1] < similarity; at--) {
      similarities[at] = similarities[at - 1];
      others[at] = others[at - 1];
    }
    similarities[at] = similarity;
    others[at] = other;
  }
}

function graph(best: Nearest, groups: Int32Array, sizes: Int32Array, k: number): Neighbours {
  const U = sizes.length;
  const rows = Array.from({ length: U }, () => new Map<number, number>());
  const own = new Float64Array(U);
  const add = (u: number, v: number, weight: number) => rows[u].set(v, (rows[u].get(v) ?? 0) + weight);
  for (let u = 0; u < U; u++) {
    let left = Math.min(k, sizes[u] - 1);
    own[u] = left;
    left = k - left;
    for (let at = u * best.k; at < (u + 1) * best.k && left > 0; at++) {
      const v = best.others[at];
      const taken = Math.min(left, sizes[v]);
      left -= taken;
      const weight = Math.max(0, best.similarities[at]) * taken;
      if (weight === 0) continue;
      add(u, v, weight / 2);
      add(v, u, (weight / 2) * (sizes[u] / sizes[v]));
    }
  }
  const starts = new Int32Array(U + 1);
  for (let u = 0; u < U; u++) starts[u + 1] = starts[u] + rows[u].size;
  const others = new Int32Array(starts[U]);
  const weights = new Float64Array(starts[U]);
  for (let u = 0; u < U; u++) {
    let at = starts[u];
    let sum = own[u];
    for (const [v, weight] of [...rows[u]].sort(([a], [b]) => a - b)) {
      others[at] = v;
      weights[at++] = weight;
      sum += weight;
    }
    const scale = 1 / Math.max(sum, 1e-12);
    own[u] *= scale;
    for (at = starts[u]; at < starts[u + 1]; at++) weights[at] *= scale;
  }
  return { groups, sizes, starts, others, weights, own };
}
