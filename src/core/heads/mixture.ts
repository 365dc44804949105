import { plainProduct, transposed, turns, type Work } from '../work.ts';
import { softmaxRows } from './evidence.ts';
import type { Neighbours } from './neighbours.ts';

const ROUNDS = 10;
/** Weight of the mixture's likelihoods beside the scores, and of the neighbours' answers. */
const LIKELIHOOD = 0.3;
const NEIGHBOUR = 3;
/** Share of the mean variance in each. */
const MEAN_VARIANCE = 0.1;
/** How many images a labelled one counts as. */
const LABELLED = 3;
const BLOCK = 2048;

/** A mixture of T groups with one diagonal covariance, as what it adds to scores: likelihoods affine in f. */
export interface Mixture {
  /** .3 m / v, row-major [T, d]. */
  readonly weights: Float32Array;
  /** -.15 rho sum m^2 / v, [T]. */
  readonly offsets: Float64Array;
  /** Settled scores, row-major [n, T], neighbours included. */
  readonly scores: Float32Array;
}

export interface MixtureInput {
  /** Scores r + b, finite, row-major [n, T]. */
  readonly scores: Float32Array;
  readonly targetCount: number;
  /** f, row-major [n, d]. */
  readonly projected: Float32Array;
  readonly neighbours: Neighbours | undefined;
  /** Target of a labelled image, -1 of others, [n]. */
  readonly labels: Int32Array;
  /** 1 - g / 2. */
  readonly rho: number;
  /** Images that a target's mean has at 0, the folder's mean, before it has any. */
  readonly shrinkage: number;
}

/** The EM of docs/reference/settling.md. Sums run in the order of the images, in blocks of a fixed size. */
export async function fitMixture(input: MixtureInput, work: Work): Promise<Mixture> {
  const { product = plainProduct } = work;
  const turn = turns(work);
  const { scores, targetCount: T, projected, neighbours, labels, rho, shrinkage } = input;
  const n = labels.length;
  const d = projected.length / n;
  const blocks = Array.from({ length: Math.ceil(n / BLOCK) }, (_, at) => {
    const from = at * BLOCK;
    const to = Math.min(n, from + BLOCK);
    return { from, to, columns: transposed(projected.subarray(from * d, to * d), d) };
  });
  let count = 0;
  const squares = new Float64Array(d);
  for (let i = 0; i < n; i++) {
    const c = labels[i] >= 0 ? LABELLED : 1;
    count += c;
    for (let k = 0; k < d; k++) squares[k] += c * projected[i * d + k] ** 2;
  }
  let z = scores.slice();
  softmaxRows(z, T);
  let out = new Float32Array(n * T);
  const weights = new Float32Array(T * d);
  const offsets = new Float64Array(T);
  for (let round = 0; round < ROUNDS; round++) {
    const masses = new Float64Array(T);
    const sums = new Float64Array(T * d);
    for (const { from, to, columns } of blocks) {
      await turn();
      const counted = new Float32Array(T * (to - from));
      for (let i = from; i < to; i++) {
        const c = labels[i] >= 0 ? LABELLED : 1;
        for (let t = 0; t < T; t++) {
          if (labels[i] >= 0) z[i * T + t] = labels[i] === t ? 1 : 0;
          const value = c * z[i * T + t];
          masses[t] += value;
          counted[t * (to - from) + i - from] = value;
        }
      }
      if (d === 0) continue;
      const part = await product(counted, columns, to - from);
      for (let at = 0; at < sums.length; at++) sums[at] += part[at];
    }
    const means = new Float64Array(T * d);
    const variances = new Float64Array(d);
    for (let k = 0; k < d; k++) {
      let between = 0;
      for (let t = 0; t < T; t++) {
        const mean = sums[t * d + k] / (masses[t] + shrinkage);
        means[t * d + k] = mean;
        between += 2 * mean * sums[t * d + k] - masses[t] * mean * mean;
      }
      variances[k] = Math.max((squares[k] - between) / count, 1e-8);
    }
    const mean = variances.reduce((sum, value) => sum + value, 0) / Math.max(1, d);
    for (let t = 0; t < T; t++) {
      offsets[t] = 0;
      for (let k = 0; k < d; k++) {
        const at = t * d + k;
        const variance = (1 - MEAN_VARIANCE) * variances[k] + MEAN_VARIANCE * mean;
        weights[at] = (LIKELIHOOD * means[at]) / variance;
        offsets[t] -= (LIKELIHOOD * 0.5 * rho * means[at] * means[at]) / variance;
      }
    }
    for (const { from, to } of blocks) {
      await turn();
      const likelihoods = d > 0 ? await product(projected.subarray(from * d, to * d), weights, d) : undefined;
      for (let i = from; i < to; i++) {
        for (let t = 0; t < T; t++) {
          const at = i * T + t;
          out[at] = scores[at] + offsets[t] + (likelihoods?.[at - from * T] ?? 0);
        }
      }
    }
    if (neighbours) addNeighbours(out, z, T, neighbours);
    if (round + 1 < ROUNDS) {
      softmaxRows(out, T);
      [z, out] = [out, z];
      await turn();
    }
  }
  return { weights, offsets, scores: out };
}

/** Answers below this are left out of the neighbours: they change a score by less than 3e-6. */
const NOTHING = 1e-6;

/** out_it += 3 sum_j w_ij z_jt. Most answers are next to 0, so those of a group are kept as a short list. */
function addNeighbours(out: Float32Array, z: Float32Array, T: number, neighbours: Neighbours): void {
  const { groups, sizes, starts, others, weights, own } = neighbours;
  const U = sizes.length;
  const means = U === groups.length ? z : groupMeans(z, T, groups, sizes);
  const firsts = new Int32Array(U + 1);
  let count = 0;
  for (const value of means) if (value > NOTHING) count++;
  const targets = new Int32Array(count);
  const values = new Float32Array(count);
  for (let u = 0, at = 0; u < U; u++) {
    for (let t = 0, from = u * T; t < T; t++, from++) {
      if (means[from] > NOTHING) {
        targets[at] = t;
        values[at++] = means[from];
      }
    }
    firsts[u + 1] = at;
  }
  const row = new Float64Array(T);
  let last = -1;
  for (let i = 0; i < groups.length; i++) {
    const u = groups[i];
    if (u !== last) {
      row.fill(0);
      for (let at = starts[u]; at < starts[u + 1]; at++) {
        const weight = NEIGHBOUR * weights[at];
        const end = firsts[others[at] + 1];
        for (let k = firsts[others[at]]; k < end; k++) row[targets[k]] += weight * values[k];
      }
      last = u;
    }
    for (let t = 0; t < T; t++) out[i * T + t] += row[t];
    if (own[u] === 0) continue;
    const weight = (NEIGHBOUR * own[u]) / (sizes[u] - 1);
    for (let t = 0; t < T; t++) out[i * T + t] += weight * (means[u * T + t] * sizes[u] - z[i * T + t]);
  }
}

function groupMeans(z: Float32Array, T: number, groups: Int32Array, sizes: Int32Array): Float32Array {
  const means = new Float32Array(sizes.length * T);
  for (let i = 0; i < groups.length; i++) {
    const share = 1 / sizes[groups[i]];
    for (let t = 0; t < T; t++) means[groups[i] * T + t] += share * z[i * T + t];
  }
  return means;
}
