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
  const errors = new Float64Array(T);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const gradient = new Float64Array(T * width);
    for (const i of images) {
      scoresOf(features, ahead, i, S, errors);
      toDistribution(errors);
      for (let t = 0; t < T; t++) errors[t] = (errors[t] - (truths[i] === t ? 1 : 0)) / images.length;
      addOuter(gradient, errors, features, i, S);
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
  // A' [T, n], and the bias behind each row.
  const length = n + 1;
  let counts = new Float64Array(T * length);
  let ahead = counts.slice();
  const errors = new Float64Array(T);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const gradient = new Float64Array(T * length);
    for (let i = 0; i < n; i++) {
      scoresOf(gram, ahead, i, n, errors);
      toDistribution(errors);
      for (let t = 0; t < T; t++) {
        const error = (errors[t] - (truths[images[i]] === t ? 1 : 0)) / n;
        const at = t * length + i;
        gradient[at] = error + decay * ahead[at];
        gradient[t * length + n] += error;
      }
    }
    const next = ahead.map((value, at) => value - step * gradient[at]);
    const momentum = iteration / (iteration + 3);
    ahead = next.map((value, at) => value + momentum * (value - counts[at]));
    counts = next;
  }
  const width = S + 1;
  const weights = new Float64Array(T * width);
  for (let i = 0; i < n; i++) {
    for (let t = 0; t < T; t++) {
      const count = counts[t * length + i];
      for (let s = 0; s < S; s++) weights[t * width + s] += count * features[images[i] * S + s];
    }
  }
  for (let t = 0; t < T; t++) weights[t * width + S] = counts[t * length + n];
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

/**
 * Scores [T] of an image into `scores`. Four labels at a time: sums that wait for each other keep no processor busy. Each sum
 * is in the order of the sources.
 */
function scoresOf(
  features: Float32Array | Float64Array,
  weights: Float64Array,
  i: number,
  S: number,
  scores: Float64Array,
): void {
  const T = scores.length;
  const width = S + 1;
  const from = i * S;
  let t = 0;
  for (; t + 4 <= T; t += 4) {
    const [a, b, c, d] = [t * width, (t + 1) * width, (t + 2) * width, (t + 3) * width];
    let [sumA, sumB, sumC, sumD] = [weights[a + S], weights[b + S], weights[c + S], weights[d + S]];
    for (let s = 0; s < S; s++) {
      const value = features[from + s];
      sumA += weights[a + s] * value;
      sumB += weights[b + s] * value;
      sumC += weights[c + s] * value;
      sumD += weights[d + s] * value;
    }
    scores[t] = sumA;
    scores[t + 1] = sumB;
    scores[t + 2] = sumC;
    scores[t + 3] = sumD;
  }
  for (; t < T; t++) {
    const row = t * width;
    let sum = weights[row + S];
    for (let s = 0; s < S; s++) sum += weights[row + s] * features[from + s];
    scores[t] = sum;
  }
}

/** Adds the products of errors [T] and the features of an image, and of a one behind them, to a gradient [T, S + 1]. */
function addOuter(
  gradient: Float64Array,
  errors: Float64Array,
  features: Float32Array,
  i: number,
  S: number,
): void {
  const T = errors.length;
  const width = S + 1;
  const from = i * S;
  let t = 0;
  for (; t + 4 <= T; t += 4) {
    const [a, b, c, d] = [t * width, (t + 1) * width, (t + 2) * width, (t + 3) * width];
    const [errorA, errorB, errorC, errorD] = [errors[t], errors[t + 1], errors[t + 2], errors[t + 3]];
    for (let s = 0; s < S; s++) {
      const value = features[from + s];
      gradient[a + s] += errorA * value;
      gradient[b + s] += errorB * value;
      gradient[c + s] += errorC * value;
      gradient[d + s] += errorD * value;
    }
  }
  for (; t < T; t++) {
    const [row, error] = [t * width, errors[t]];
    for (let s = 0; s < S; s++) gradient[row + s] += error * features[from + s];
  }
  for (t = 0; t < T; t++) gradient[t * width + S] += errors[t];
}

/** Scores to probabilities, in place. */
function toDistribution(scores: Float64Array): void {
  const top = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (let t = 0; t < scores.length; t++) {
    scores[t] = Math.exp(scores[t] - top);
    sum += scores[t];
  }
  for (let t = 0; t < scores.length; t++) scores[t] /= sum;
}

function predict({ features, S, T }: Problem, weights: Float64Array, i: number): number {
  const scores = new Float64Array(T);
  scoresOf(features, weights, i, S, scores);
  return argmax(scores);
}
