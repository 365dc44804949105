import { invalidArgument } from '../errors.ts';
import { seededRandom, shuffle } from '../random.ts';
import { phrase } from '../text/text.ts';
import { wholeGroups } from '../wholeGroups.ts';
import { checkOutputs, type LabelledOutputs } from './labelledOutputs.ts';
import type { Mapping } from './mapping.ts';
import { argmax } from './scoring.ts';

/** Settings of the learned linear mapping. */
export interface LinearOptions {
  /** Candidates for the L2 penalty. */
  readonly penalties?: readonly number[];
  /** Share of the images that choose the penalty. */
  readonly validationShare?: number;
  readonly seed?: number | undefined;
  readonly iterations?: number;
}

/**
 * Learned linear mapping (AutoVP's FullyMap): multinomial logistic regression from logits to targets. The L2 penalty
 * is the one that is best on a held-back part; the mapping is then fitted to all images. A label without images gets no source.
 */
export function linearMapping(outputs: LabelledOutputs, options: LinearOptions = {}): Mapping {
  checkOutputs(outputs);
  const {
    penalties = [0.001, 0.01, 0.1, 1, 10],
    validationShare = 0.25,
    seed = 1,
    iterations = 60,
  } = options;
  const { sourceCount: S, targetCount: T } = outputs;
  if (outputs.truths.length < 2)
    throw invalidArgument(phrase('A learned mapping needs at least two labeled images.'));
  const { features, mean, scale } = standardise(outputs);
  const order = shuffle(
    Array.from({ length: outputs.truths.length }, (_, i) => i),
    seededRandom(seed),
  );
  const wanted = Math.min(order.length - 1, Math.max(1, Math.round(order.length * validationShare)));
  const held: number[] = [];
  const kept: number[] = [];
  const units = wholeGroups(order, (i) => outputs.groups?.[i] ?? -1);
  for (const [at, unit] of units.entries())
    (held.length < wanted && at < units.length - 1 ? held : kept).push(...unit);
  const problem: Problem = { features, truths: outputs.truths, S, T, products: productsOf(features, S) };
  let best = { penalty: penalties[0], hits: -1 };
  for (const penalty of penalties) {
    const weights = regress(problem, kept, penalty, iterations);
    const hits = held.filter((i) => predict(problem, weights, i) === outputs.truths[i]).length;
    if (hits >= best.hits) best = { penalty, hits };
  }
  const weights = regress(problem, order, best.penalty, iterations);
  const bias = Array.from({ length: T }, (_, t) => {
    let sum = weights[t * (S + 1) + S];
    for (let s = 0; s < S; s++) sum -= (weights[t * (S + 1) + s] * mean[s]) / scale;
    return sum;
  });
  // All that is known of a label without images is that the others are not it.
  const learned = new Set(Array.from(outputs.truths));
  const targets = Array.from({ length: T }, (_, t) =>
    Array.from({ length: learned.has(t) ? S : 0 }, (_, source) => ({
      source,
      weight: weights[t * (S + 1) + source] / scale,
    })).sort((a, b) => b.weight - a.weight || a.source - b.source),
  );
  return { sourceCount: S, targets, aggregation: { kind: 'linear', bias } };
}

/** Multiplications of one pass of a linear fit from which on fewer penalties are tried, one, and none. */
const FEWER = 2e7;
const ONE = 1e8;
const NONE = 2e9;

/**
 * The same in the time that somebody waits: of many images and labels fewer penalties are tried.
 * @throws {SemapError} `invalid-argument` for too many
 */
export function quickLinearMapping(outputs: LabelledOutputs): Mapping {
  const work = outputs.logits.length * outputs.targetCount;
  if (work > NONE) throw invalidArgument(phrase('Too many images and classes to fit it here.'));
  if (work > ONE) return linearMapping(outputs, { penalties: [0.1], iterations: 30 });
  return linearMapping(outputs, work > FEWER ? { penalties: [0.01, 0.1, 1] } : {});
}

interface Problem {
  /** [N, S] centred and scaled. */
  readonly features: Float32Array;
  readonly truths: ArrayLike<number>;
  readonly S: number;
  readonly T: number;
  readonly products: () => Float64Array;
}

/** Logits centred per source and divided by one common scale, so that an image has about unit length: (z - mean) / scale. */
export function standardise({ logits, sourceCount: S }: LabelledOutputs) {
  const rows = logits.length / S;
  const mean = new Float64Array(S);
  for (let at = 0; at < logits.length; at++) mean[at % S] += logits[at] / rows;
  const features = logits.map((z, at) => z - mean[at % S]);
  const square = features.reduce((sum, value) => sum + value * value, 0) / rows;
  const scale = Math.sqrt(square) || 1;
  return { features: features.map((value) => value / scale), mean, scale };
}

/**
 * Minimises mean cross-entropy + penalty / (2 N) |W|^2 by accelerated gradient descent. The features have about unit
 * length, so the curvature is below one half and a step of one is safe. W lies in the span of the images: where they are
 * fewer than the sources, what each image counts for is sought instead, by the same steps.
 */
function regress(
  problem: Problem,
  images: readonly number[],
  penalty: number,
  iterations: number,
): Float64Array {
  return images.length < problem.S
    ? regressByImages(problem, images, penalty, iterations)
    : regressBySources(problem, images, penalty, iterations);
}

function regressBySources(
  { features, truths, S, T }: Problem,
  images: readonly number[],
  penalty: number,
  iterations: number,
) {
  const width = S + 1;
  let weights = new Float64Array(T * width);
  let ahead = weights.slice();
  const decay = penalty / images.length;
  const longest = images.reduce((most, i) => Math.max(most, squareNorm(features, i, S)), 0);
  const step = 1 / (0.5 * (longest + 1) + decay);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const gradient = new Float64Array(T * width);
    for (const i of images) {
      const p = distribution(features, ahead, i, S, T);
      for (let t = 0; t < T; t++) {
        const error = (p[t] - (truths[i] === t ? 1 : 0)) / images.length;
        const row = t * width;
        for (let s = 0; s < S; s++) gradient[row + s] += error * features[i * S + s];
        gradient[row + S] += error;
      }
    }
    const next = ahead.map((value, at) => {
      const shrink = at % width === S ? 0 : decay * value;
      return value - step * (gradient[at] + shrink);
    });
    const momentum = iteration / (iteration + 3);
    ahead = next.map((value, at) => value + momentum * (value - weights[at]));
    weights = next;
  }
  return weights;
}

/** The same steps on A [n, T] of W = A' F, F being the features of the images: one takes n^2 T multiplications. */
function regressByImages(
  { features, truths, S, T, products }: Problem,
  images: readonly number[],
  penalty: number,
  iterations: number,
): Float64Array {
  const n = images.length;
  const gram = gramOf(products, images);
  const decay = penalty / n;
  let longest = 0;
  for (let i = 0; i < n; i++) longest = Math.max(longest, gram[i * n + i]);
  const step = 1 / (0.5 * (longest + 1) + decay);
  let counts = new Float64Array(n * T);
  let bias = new Float64Array(T);
  let ahead = counts.slice();
  let biasAhead = bias.slice();
  const scores = new Float64Array(T);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const gradient = new Float64Array(n * T);
    const slope = new Float64Array(T);
    for (let i = 0; i < n; i++) {
      scores.set(biasAhead);
      for (let j = 0; j < n; j++) {
        const near = gram[i * n + j];
        for (let t = 0; t < T; t++) scores[t] += near * ahead[j * T + t];
      }
      const top = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
      let sum = 0;
      for (let t = 0; t < T; t++) {
        scores[t] = Math.exp(scores[t] - top);
        sum += scores[t];
      }
      for (let t = 0; t < T; t++) {
        const error = (scores[t] / sum - (truths[images[i]] === t ? 1 : 0)) / n;
        gradient[i * T + t] = error + decay * ahead[i * T + t];
        slope[t] += error;
      }
    }
    const momentum = iteration / (iteration + 3);
    const next = ahead.map((value, at) => value - step * gradient[at]);
    const biasNext = biasAhead.map((value, t) => value - step * slope[t]);
    ahead = next.map((value, at) => value + momentum * (value - counts[at]));
    biasAhead = biasNext.map((value, t) => value + momentum * (value - bias[t]));
    counts = next;
    bias = biasNext;
  }
  const width = S + 1;
  const weights = new Float64Array(T * width);
  for (let i = 0; i < n; i++) {
    for (let t = 0; t < T; t++) {
      const count = counts[i * T + t];
      for (let s = 0; s < S; s++) weights[t * width + s] += count * features[images[i] * S + s];
    }
  }
  for (let t = 0; t < T; t++) weights[t * width + S] = bias[t];
  return weights;
}

/** Inner products of all images, row-major [N, N]; made when they are first asked for. */
function productsOf(features: Float32Array, S: number): () => Float64Array {
  let made: Float64Array | undefined;
  return () => {
    if (made) return made;
    const N = features.length / S;
    made = new Float64Array(N * N);
    for (let i = 0; i < N; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let s = 0; s < S; s++) sum += features[i * S + s] * features[j * S + s];
        made[i * N + j] = sum;
        made[j * N + i] = sum;
      }
    }
    return made;
  };
}

function gramOf(products: Problem['products'], images: readonly number[]): Float64Array {
  const all = products();
  const N = Math.sqrt(all.length);
  const gram = new Float64Array(images.length ** 2);
  let at = 0;
  for (const i of images) for (const j of images) gram[at++] = all[i * N + j];
  return gram;
}

function squareNorm(features: Float32Array, i: number, S: number): number {
  let sum = 0;
  for (let s = 0; s < S; s++) sum += features[i * S + s] ** 2;
  return sum;
}

function scoresOf(
  features: Float32Array,
  weights: Float64Array,
  i: number,
  S: number,
  T: number,
): Float64Array {
  const scores = new Float64Array(T);
  for (let t = 0; t < T; t++) {
    let sum = weights[t * (S + 1) + S];
    for (let s = 0; s < S; s++) sum += weights[t * (S + 1) + s] * features[i * S + s];
    scores[t] = sum;
  }
  return scores;
}

function distribution(features: Float32Array, weights: Float64Array, i: number, S: number, T: number) {
  const scores = scoresOf(features, weights, i, S, T);
  const top = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  const exps = scores.map((score) => Math.exp(score - top));
  const sum = exps.reduce((total, value) => total + value, 0);
  return exps.map((value) => value / sum);
}

function predict({ features, S, T }: Problem, weights: Float64Array, i: number): number {
  return argmax(scoresOf(features, weights, i, S, T));
}
