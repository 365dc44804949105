import { unsupportedModel } from '../errors.ts';
import { phrase } from '../text/text.ts';
import type { GraphBuilder } from './builder.ts';
import { type Graph, numberAttribute, producersOf } from './graph.ts';
import { frontAxis, productOf } from './shapes.ts';
import { makeTensor } from './tensor.ts';

/** What a classifier's output is. Probabilities become logits as log p. */
export type ScoreKind = 'logits' | 'probabilities';

/** Operators that leave the scores what they are, on the way from a Softmax to the output. */
const CARRIERS = new Set(
  'Identity Reshape Flatten Squeeze Transpose QuantizeLinear DequantizeLinear'.split(' '),
);

/** Keeps log p finite where a kernel rounded p to zero. */
const LEAST_PROBABILITY = 1e-30;

/**
 * The logits [N, S] of a classifier whose output is [N, S] or [N, S, 1, 1], or [S] of one image.
 * A Softmax at the end is replaced by LogSoftmax: log p without the rounding of p to zero (nor to 1/256, where the
 * probabilities are quantised once more).
 */
export function classScores(
  b: GraphBuilder,
  graph: Graph,
  given: ScoreKind | undefined,
): { logits: string; kind: ScoreKind } {
  const output = graph.outputs[0];
  const dims = b.dims(output);
  const classes = dims.length === 1 ? dims[0] : productOf(dims.slice(1));
  if (dims.length === 0 || (dims.length > 2 && classes !== Math.max(...dims.slice(1)))) {
    throw unsupportedModel(
      phrase('The model output has shape [{0}] instead of one row of scores per image.', dims.join(', ')),
    );
  }
  const producers = producersOf(graph);
  let value = output;
  for (let node = producers.get(value); node !== undefined; node = producers.get(value)) {
    if (!CARRIERS.has(node.op)) break;
    value = node.inputs[0];
  }
  const last = producers.get(value);
  const kind = given ?? (last?.op === 'Softmax' ? 'probabilities' : 'logits');
  // Without a batch in front it is the row of one image.
  const shape = [dims.length === 1 ? 1 : dims[0], classes];
  if (kind === 'logits') return { logits: b.reshape(output, shape), kind };
  const softmaxDims = last?.op === 'Softmax' ? b.dims(value) : [];
  const axis = last?.op === 'Softmax' ? frontAxis(numberAttribute(last, 'axis', -1), softmaxDims.length) : -1;
  if (last?.op === 'Softmax' && softmaxDims[axis] === classes)
    return { logits: b.reshape(b.op('LogSoftmax', [last.inputs[0]], { axis }), shape), kind };
  const clipped = b.op('Max', [b.reshape(output, shape), b.scalarOf(LEAST_PROBABILITY)]);
  return { logits: b.op('Log', [clipped]), kind };
}

/**
 * Cross-entropy of class scores, as graph inputs `labels` (int32 [N]) and `weights` (float32 [N]; 1/N each for the mean,
 * 0 for rows that only fill a batch up): sum over i of weights_i (ln sum_t e^score_it - score_i,label_i).
 * @param scores [N, T]
 * @returns the loss, without dimensions
 */
export function crossEntropy(b: GraphBuilder, scores: string): string {
  const [rows, classes] = b.dims(scores);
  const labels = b.reshape(b.input('labels', 'int32', [rows]), [rows, 1]);
  const weights = b.reshape(b.input('weights', 'float32', [rows]), [rows, 1]);
  const columns = b.constant(
    makeTensor(
      'int32',
      [1, classes],
      Int32Array.from({ length: classes }, (_, i) => i),
    ),
  );
  const target = b.mul(b.cast(b.op('Equal', [labels, columns]), 'float32'), weights);
  return b.neg(b.sum(b.mul(logSoftmax(b, scores), target), [0, 1], false));
}

/** LogSoftmax over the last of two axes in plain operators: some providers have no kernel for it, and N x T is small. */
function logSoftmax(b: GraphBuilder, scores: string): string {
  const shifted = b.sub(scores, b.op('ReduceMax', [scores, b.ints([1])], { keepdims: 1 }));
  return b.sub(shifted, b.op('Log', [b.sum(b.op('Exp', [shifted]), [1])]));
}

/**
 * Target scores of a mapping matrix M, a graph input `mapping` (float32 [S, T], not negative):
 * score_t = ln sum_s M_st e^z_s, computed relative to the largest logit. With M_st = |S_t|^-alpha on the sources of t
 * this is log-mean-exp aggregation. A target without sources gets the lowest score and no gradient; so do sources
 * more than 87 below the image's largest logit, where e^z underflows.
 */
export function logSumExpMapping(b: GraphBuilder, logits: string, targets: number): string {
  const mapping = b.input('mapping', 'float32', [b.dims(logits)[1], targets]);
  const largest = b.op('ReduceMax', [logits, b.ints([1])], { keepdims: 1 });
  const mass = b.op('MatMul', [b.op('Exp', [b.sub(logits, largest)]), mapping]);
  return b.add(b.op('Log', [b.op('Max', [mass, b.scalarOf(1e-38)])]), largest);
}

/** Target scores z W with a graph input `mapping` W (float32 [S, T]): mean logits, BLM, a linear mapping. */
export function linearMapping(b: GraphBuilder, logits: string, targets: number): string {
  return b.op('MatMul', [logits, b.input('mapping', 'float32', [b.dims(logits)[1], targets])]);
}
