/** What several backbones say of labelled images. */
export interface SaidOfLabelled {
  /** Of each backbone, row-major [N, T], as they are joined; -Infinity for targets that it does not carry. */
  readonly said: readonly Float32Array[];
  /** [N], values 0..T-1. */
  readonly truths: ArrayLike<number>;
  readonly targetCount: number;
}

/** So far is the log of a weight from that of the others, in the mean, before any image is seen: measured, docs/BENCHMARKS.md. */
const DEVIATION = 1;
/** The least weight, the largest being 1. */
const LEAST = 0.02;
const STEPS = 100;
const HALVINGS = 20;
/** No step is longer, of any logarithm. */
const LONGEST = 2;

/**
 * How much each of several backbones should count, learned from labelled images: the weights under which their joined scores,
 * at a sharpness that is fitted along, have the least cross-entropy; drawn towards equal ones by a normal prior on their logs.
 * @returns of each a weight in (0, 1], the largest being 1; equal ones where images of two labels are lacking
 */
export function labelledWeights({ said, truths, targetCount: T }: SaidOfLabelled): number[] {
  const M = said.length;
  const known = Array.from(truths, (truth, i) => ({ at: i * T, truth })).filter(({ at, truth }) =>
    said.some((own) => Number.isFinite(own[at + truth])),
  );
  if (new Set(known.map(({ truth }) => truth)).size < 2) return said.map(() => 1);
  const problem = new Problem(said, known, T);
  // The logs of the weights, and that of the sharpness.
  let at = new Float64Array(M + 1);
  let now = problem.look(at);
  for (let step = 0; step < STEPS; step++) {
    const direction = solved(now.curvature, now.slope);
    const longest = Math.max(...direction.map(Math.abs));
    if (longest < 1e-5) break;
    let share = Math.min(1, LONGEST / longest);
    let next = { at, ...now };
    for (let halving = 0; halving < HALVINGS; halving++, share /= 2) {
      const there = at.map((value, k) => value - share * direction[k]);
      const seen = problem.look(there);
      if (!(seen.loss < now.loss)) continue;
      next = { at: there, ...seen };
      break;
    }
    if (next.at === at) break;
    ({ at, ...now } = next);
  }
  const top = Math.max(...at.subarray(0, M));
  return Array.from(at.subarray(0, M), (log) => Number(Math.max(LEAST, Math.exp(log - top)).toFixed(2)));
}

interface Seen {
  readonly loss: number;
  readonly slope: Float64Array;
  /** Row-major [M + 1, M + 1], positive definite. */
  readonly curvature: Float64Array;
}

/** Cross-entropies of joined scores as a function of the logs of the weights and of the sharpness. */
class Problem {
  readonly #said: readonly Float32Array[];
  readonly #images: readonly { readonly at: number; readonly truth: number }[];
  readonly #targetCount: number;

  constructor(
    said: readonly Float32Array[],
    images: readonly { readonly at: number; readonly truth: number }[],
    targetCount: number,
  ) {
    this.#said = said;
    this.#images = images;
    this.#targetCount = targetCount;
  }

  /** By Gauss and Newton: scores are taken as linear where the curvature is concerned. */
  look(logs: Float64Array): Seen {
    const T = this.#targetCount;
    const M = this.#said.length;
    const width = M + 1;
    const weights = logs.subarray(0, M).map(Math.exp);
    const sharpness = Math.exp(logs[M]);
    const slope = new Float64Array(width);
    const curvature = new Float64Array(width * width);
    let loss = 0;
    const p = new Float64Array(T);
    /** How each score changes with each logarithm, [T, M + 1]. */
    const changes = new Float64Array(T * width);
    const mean = new Float64Array(width);
    for (const { at, truth } of this.#images) {
      let top = Number.NEGATIVE_INFINITY;
      for (let t = 0; t < T; t++) {
        let mass = 0;
        let sum = 0;
        for (let m = 0; m < M; m++) {
          const score = this.#said[m][at + t];
          if (score === Number.NEGATIVE_INFINITY) continue;
          mass += weights[m];
          sum += weights[m] * score;
        }
        const joined = mass > 0 ? sum / mass : Number.NEGATIVE_INFINITY;
        for (let m = 0; m < M; m++) {
          const score = this.#said[m][at + t];
          changes[t * width + m] =
            score === Number.NEGATIVE_INFINITY ? 0 : sharpness * (weights[m] / mass) * (score - joined);
        }
        p[t] = sharpness * joined;
        changes[t * width + M] = mass > 0 ? p[t] : 0;
        if (p[t] > top) top = p[t];
      }
      let total = 0;
      const right = p[truth];
      for (let t = 0; t < T; t++) {
        p[t] = Math.exp(p[t] - top);
        total += p[t];
      }
      loss += top + Math.log(total) - right;
      mean.fill(0);
      for (let t = 0; t < T; t++) {
        const share = p[t] / total;
        if (share === 0) continue;
        for (let k = 0; k < width; k++) {
          const change = changes[t * width + k];
          mean[k] += share * change;
          for (let l = 0; l <= k; l++) curvature[k * width + l] += share * change * changes[t * width + l];
        }
      }
      for (let k = 0; k < width; k++) {
        slope[k] += mean[k] - changes[truth * width + k];
        for (let l = 0; l <= k; l++) curvature[k * width + l] -= mean[k] * mean[l];
      }
    }
    for (let k = 0; k < width; k++) {
      // A sharpness that nothing limits, where all are right, stays within reason.
      const pull = k < M ? 1 / DEVIATION ** 2 : 0.01;
      loss += (pull * logs[k] ** 2) / 2;
      slope[k] += pull * logs[k];
      curvature[k * width + k] += pull;
      for (let l = 0; l < k; l++) curvature[l * width + k] = curvature[k * width + l];
    }
    return { loss, slope, curvature };
  }
}

/** x of Ax = b by Cholesky's factors, A being positive definite. */
function solved(A: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  const L = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = A[i * n + j];
      for (let k = 0; k < j; k++) sum -= L[i * n + k] * L[j * n + k];
      L[i * n + j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / L[j * n + j];
    }
  }
  const x = b.slice();
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] -= L[i * n + k] * x[k];
    x[i] /= L[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] -= L[k * n + i] * x[k];
    x[i] /= L[i * n + i];
  }
  return x;
}
