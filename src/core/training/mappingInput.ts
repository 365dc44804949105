import { invalidArgument } from '../errors.ts';
import { largest } from '../largest.ts';
import { type Mapping, massOf } from '../mapping/mapping.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import type { LossValues } from '../onnx/gradientGraph.ts';
import { crossEntropy, linearMapping, logSumExpMapping } from '../onnx/scores.ts';
import { phrase } from '../text/text.ts';

/** How target scores are made of logits in a gradient graph: ln sum_s M e^z + o, or z M + o. */
export type ScoreForm = 'log-sum-exp' | 'linear';

/** A mapping as inputs of a gradient graph. */
export interface MappingInput {
  readonly form: ScoreForm;
  /** Row-major [S, T]. */
  readonly matrix: Float32Array;
  /** [T] */
  readonly offsets: Float32Array;
  /** A factor on the scores in the loss; it changes no prediction. */
  readonly sharpness: number;
}

/** Rows of a step: images already normalised, and what they count. */
export interface StepRows {
  /** [N, 3, H, W], channels in the backbone's order. */
  readonly images: Float32Array;
  /** [N] */
  readonly labels: Int32Array;
  /** [N]; 1 / N for the mean. */
  readonly weights: Float32Array;
}

export interface StepResult {
  readonly loss: number;
  /** [N, S] */
  readonly logits: Float32Array;
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

/** Loss of mapped scores; inputs `mapping` [S, T], `offsets` [T], `sharpness` [], `labels` and `weights` [N]. */
export function mappedLoss(b: GraphBuilder, logits: string, form: ScoreForm, targets: number): LossValues {
  const scores = (form === 'linear' ? linearMapping : logSumExpMapping)(b, logits, targets);
  const whole = b.add(scores, b.input('offsets', 'float32', [targets]));
  return { loss: crossEntropy(b, b.mul(whole, b.input('sharpness', 'float32', []))) };
}

/** The loss of {@link mappedLoss}, computed here: sum over rows of weight x cross-entropy. */
export function weightedLoss(
  logits: Float32Array,
  sourceCount: number,
  { form, matrix, offsets, sharpness }: MappingInput,
  labels: ArrayLike<number>,
  weights: ArrayLike<number>,
): number {
  const T = offsets.length;
  let loss = 0;
  for (let row = 0; row < labels.length; row++) {
    if (weights[row] === 0) continue;
    const z = logits.subarray(row * sourceCount, (row + 1) * sourceCount);
    const top = z.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    const scores = new Float64Array(T);
    for (let s = 0; s < sourceCount; s++) {
      const value = form === 'linear' ? z[s] : Math.exp(z[s] - top);
      for (let t = 0; t < T; t++) scores[t] += value * matrix[s * T + t];
    }
    for (let t = 0; t < T; t++) {
      if (form === 'log-sum-exp') scores[t] = Math.log(Math.max(scores[t], 1e-38)) + top;
      scores[t] = sharpness * (scores[t] + offsets[t]);
    }
    const highest = largest(scores);
    const mass = scores.reduce((sum, score) => sum + Math.exp(score - highest), 0);
    loss += weights[row] * (Math.log(mass) + highest - scores[labels[row]]);
  }
  return loss;
}
