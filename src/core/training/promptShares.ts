import { seededRandom, standardNormal } from '../random.ts';

/*
 * Several prompts that are trained for one another ("decoupled visual prompts", Cai, Ye, Feng, Qi, Liu, ICML 2025): every
 * image goes through the backbone under each of K prompts, and the score of a target is a mean of what it is under each,
 * with shares of its own. The shares [K, T] are the softmax over the prompts of numbers that are trained together with
 * them.
 */

/** How many prompts may be trained together. Each is another pass through the backbone for every image. */
export const MOST_PROMPTS = 8;

/** How fast the numbers behind the shares are trained, by optimiser. */
export const SHARE_RATE = { adam: 0.02, sgd: 0.1 } as const;

/** Deviation of what the prompts begin with: alike they would stay alike. In units of the full range it is 5 of 255. */
const DEVIATION = 0.02;
/** The same before a sigmoid, whose slope is a quarter. */
const LOGIT_DEVIATION = 4 * DEVIATION;

/** Shares [K, T] of trained numbers [K, T]: over the prompts they sum to 1 for each target. */
export function sharesOf(numbers: Float32Array, prompts: number): Float32Array {
  const T = numbers.length / prompts;
  const shares = new Float32Array(numbers.length);
  for (let t = 0; t < T; t++) {
    let top = Number.NEGATIVE_INFINITY;
    for (let at = t; at < numbers.length; at += T) top = Math.max(top, numbers[at]);
    let mass = 0;
    for (let at = t; at < numbers.length; at += T) mass += Math.exp(numbers[at] - top);
    for (let at = t; at < numbers.length; at += T) shares[at] = Math.exp(numbers[at] - top) / mass;
  }
  return shares;
}

/** The gradient with respect to the numbers, of one with respect to the shares: d n_k = s_k (g_k - sum_j s_j g_j). */
export function pullBackShares(shares: Float32Array, gradient: Float32Array, prompts: number): Float32Array {
  const T = shares.length / prompts;
  const result = new Float32Array(shares.length);
  for (let t = 0; t < T; t++) {
    let mean = 0;
    for (let at = t; at < shares.length; at += T) mean += shares[at] * gradient[at];
    for (let at = t; at < shares.length; at += T) result[at] = shares[at] * (gradient[at] - mean);
  }
  return result;
}

/** Makes the start of one of several prompts different from that of the others, in place. */
export function setApart(parameters: Float32Array, kind: string, seed: number, at: number): Float32Array {
  // A low-rank prompt begins with random factors of its own.
  if (kind === 'low-rank') return parameters;
  const deviation = kind === 'padding' ? LOGIT_DEVIATION : DEVIATION;
  const random = seededRandom(seed ^ (0x3a7d * (at + 1)));
  for (let i = 0; i < parameters.length; i++) parameters[i] += deviation * standardNormal(random);
  return parameters;
}
