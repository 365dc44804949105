import { invalidArgument } from '../errors.ts';
import { largest } from '../largest.ts';
import { type Mapping, massOf } from '../mapping/mapping.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import type { LossValues } from '../onnx/gradientGraph.ts';
import { linearMapping, logSumExpMapping, softCrossEntropy } from '../onnx/scores.ts';
import { phrase } from '../text/text.ts';

/** How target scores are made of logits in a gradient graph: ln sum_s M e^z + o, or z M + o. */
export type ScoreForm = 'log-sum-exp' | 'linear';

/** A mapping as inputs of a gradient graph. */
export interface MappingInput {
  readonly form: ScoreForm;
  /** Row-major [S, T]; of K prompts [K, S, T]. */
  readonly matrix: Float32Array;
  /** [T] */
  readonly offsets: Float32Array;
  /** A factor on the scores in the loss; it changes no prediction. */
  readonly sharpness: number;
  /** Of K prompts [K, T]: how much each counts for a target, together 1; absent for one. */
  readonly shares?: Float32Array | undefined;
}

/** Rows of a step: images already normalised, and what they count. */
export interface StepRows {
  /** [N, 3, H, W], channels in the backbone's order. */
  readonly images: Float32Array;
  /** Row-major [N, T]: how much of each target a row is; 1 together. */
  readonly truths: Float32Array;
  /** [N]; 1 / N for the mean. */
  readonly weights: Float32Array;
}

export interface StepResult {
  readonly loss: number;
  /** [N, T], before the sharpness. */
  readonly scores: Float32Array;
  /** [N, S]; absent where features are scored. */
  readonly logits?: Float32Array | undefined;
  /** [N, D], where these are scored. */
  readonly features?: Float32Array | undefined;
}

/**
 * A mapping's weights, aggregation and offsets as a matrix and offsets that give the same scores.
 * @throws {SemapError} `invalid-argument` for aggregations that are no matrix
 */
export function mappingInput(
  { sourceCount, targets, aggregation, offsets = [] }: Mapping,
  sharpness = 1,
): MappingInput {
  const T = targets.length;
  const matrix = new Float32Array(sourceCount * T);
  const { kind } = aggregation;
  if (kind === 'max' || kind === 'conse') {
    throw invalidArgument(phrase('Cannot train a prompt with the aggregation "{0}".', kind), {
      hint: phrase('Choose log-mean-exp or mean-logits.'),
    });
  }
  const alpha = kind === 'log-mean-exp' ? aggregation.alpha : 1;
  targets.forEach((sources, t) => {
    const mass = kind === 'linear' ? 1 : massOf(sources) ** alpha;
    for (const { source, weight } of sources) matrix[source * T + t] = weight / mass;
  });
  const bias = kind === 'linear' ? aggregation.bias : [];
  return {
    form: kind === 'linear' || kind === 'mean-logits' ? 'linear' : 'log-sum-exp',
    matrix,
    offsets: Float32Array.from({ length: T }, (_, t) => (offsets[t] ?? 0) + (bias[t] ?? 0)),
    sharpness,
  };
}

/**
 * Loss of mapped scores, and the scores; inputs `mapping` [S, T] (or [D, T]), `offsets` [T], `sharpness` [], `truths`
 * [N, T] and `weights` [N].
 * @param rows [N, S] logits, or [N, D] features
 */
export function mappedLoss(b: GraphBuilder, rows: string, form: ScoreForm, targets: number): LossValues {
  const mapped = (form === 'linear' ? linearMapping : logSumExpMapping)(b, rows, targets);
  const scores = b.add(mapped, b.input('offsets', 'float32', [targets]));
  const loss = softCrossEntropy(b, b.mul(scores, b.input('sharpness', 'float32', [])));
  return { loss, values: { scores } };
}

/**
 * The scores of {@link mappedLoss}, computed here.
 * @param rows row-major [N, width]: logits, or features
 */
export function mappedScores(
  rows: Float32Array,
  width: number,
  { form, matrix, offsets }: MappingInput,
): Float32Array {
  const T = offsets.length;
  const N = rows.length / width;
  const scores = new Float32Array(N * T);
  const sums = new Float64Array(T);
  for (let row = 0; row < N; row++) {
    const z = rows.subarray(row * width, (row + 1) * width);
    const top = form === 'linear' ? 0 : largest(z);
    sums.fill(0);
    for (let s = 0; s < width; s++) {
      const value = form === 'linear' ? z[s] : Math.exp(z[s] - top);
      for (let t = 0; t < T; t++) sums[t] += value * matrix[s * T + t];
    }
    for (let t = 0; t < T; t++) {
      const score = form === 'linear' ? sums[t] : Math.log(Math.max(sums[t], 1e-38)) + top;
      scores[row * T + t] = score + offsets[t];
    }
  }
  return scores;
}

/** The loss of {@link mappedLoss}, computed here, and its gradient with respect to the scores [N, T]. */
export function scoreLoss(
  scores: Float32Array,
  { truths, weights }: Pick<StepRows, 'truths' | 'weights'>,
  sharpness = 1,
): { readonly loss: number; readonly gradient: Float32Array } {
  const T = truths.length / weights.length;
  const gradient = new Float32Array(truths.length);
  let loss = 0;
  for (const [row, weight] of weights.entries()) {
    const from = row * T;
    const own = Float64Array.from(scores.subarray(from, from + T), (score) => sharpness * score);
    const top = largest(own);
    const mass = own.reduce((sum, score) => sum + Math.exp(score - top), 0);
    for (let t = 0; t < T; t++) {
      const share = truths[from + t];
      if (share > 0) loss += weight * share * (Math.log(mass) + top - own[t]);
      gradient[from + t] = weight * sharpness * (Math.exp(own[t] - top) / mass - share);
    }
  }
  return { loss, gradient };
}

/** The gradient of {@link mappedLoss} with respect to the matrix and offsets of a linear mapping, computed here. */
export function mappingGradient(
  { scores, logits, features = logits }: StepResult,
  rows: StepRows,
  sharpness: number,
): { readonly matrix: Float32Array; readonly offsets: Float32Array } {
  const { gradient } = scoreLoss(scores, rows, sharpness);
  const read = features!;
  const N = rows.weights.length;
  const T = scores.length / N;
  const width = read.length / N;
  const matrix = new Float32Array(width * T);
  const offsets = new Float32Array(T);
  for (let i = 0; i < N; i++) {
    for (let t = 0; t < T; t++) {
      const slope = gradient[i * T + t];
      offsets[t] += slope;
      for (let s = 0; s < width; s++) matrix[s * T + t] += slope * read[i * width + s];
    }
  }
  return { matrix, offsets };
}
