import { unsupportedModel } from '../errors.ts';
import { phrase } from '../text/text.ts';
import type { GraphBuilder } from './builder.ts';
import { type Graph, numberAttribute, producersOf } from './graph.ts';
import { LEAST_PROBABILITY, MOST_PROBABILITY, type OutputKind, type RowForm } from './scoreReading.ts';
import { frontAxis, productOf } from './shapes.ts';
import { makeTensor } from './tensor.ts';

/** Operators that leave the scores what they are, on the way from a Softmax to the output. */
const CARRIERS = new Set(
  'Identity Reshape Flatten Squeeze Transpose QuantizeLinear DequantizeLinear'.split(' '),
);

/**
 * The logits [N, S] of a classifier whose output is [N, S] or [N, S, 1, 1], [S] of one image, [1, N, S], or as `form` says.
 * A Softmax at the end is replaced by LogSoftmax: log p without the rounding of p to zero (nor to 1/256, where the
 * probabilities are quantised once more). A Sigmoid at the end is left out.
 */
export function classScores(
  b: GraphBuilder,
  graph: Graph,
  form: RowForm,
): { logits: string; kind: OutputKind } {
  const output = graph.outputs[0];
  const [rows, classes] = rowsAndClasses(b.dims(output), form);
  const toRows = (value: string) => {
    if (!form.classesFirst) return b.reshape(value, [rows, classes]);
    return b.transpose(b.reshape(value, [classes, rows]), [1, 0]);
  };
  const producers = producersOf(graph);
  let value = output;
  for (let node = producers.get(value); node !== undefined; node = producers.get(value)) {
    if (!CARRIERS.has(node.op)) break;
    value = node.inputs[0];
  }
  const last = producers.get(value);
  const kind = form.kind ?? (last?.op === 'Softmax' ? 'probabilities' : 'logits');
  const own = () => {
    if (kind === 'logits') return toRows(output);
    if (kind === 'sigmoid' || form.binary)
      return last?.op === 'Sigmoid' ? toRows(last.inputs[0]) : odds(b, toRows(output));
    const softmaxDims = last?.op === 'Softmax' ? b.dims(value) : [];
    const axis =
      last?.op === 'Softmax' ? frontAxis(numberAttribute(last, 'axis', -1), softmaxDims.length) : -1;
    if (last?.op === 'Softmax' && softmaxDims[axis] === classes)
      return toRows(b.op('LogSoftmax', [last.inputs[0]], { axis }));
    return b.op('Log', [b.op('Max', [toRows(output), b.scalarOf(LEAST_PROBABILITY)])]);
  };
  const logits = own();
  return { logits: form.binary ? b.op('Concat', [b.zeros([rows, 1]), logits], { axis: 1 }) : logits, kind };
}

/** ln p / (1 - p). */
function odds(b: GraphBuilder, p: string): string {
  const within = b.op('Min', [b.op('Max', [p, b.scalarOf(LEAST_PROBABILITY)]), b.scalarOf(MOST_PROBABILITY)]);
  return b.sub(b.op('Log', [within]), b.op('Log', [b.sub(b.scalarOf(1), within)]));
}

/** N and S. @throws {SemapError} `unsupported-model` where there is no such thing */
function rowsAndClasses(dims: readonly number[], { classesFirst, binary }: RowForm): [number, number] {
  if (binary) return [productOf(dims), 1];
  const wide = dims.filter((dim) => dim > 1);
  if (classesFirst && wide.length <= 2) return [wide[1] ?? 1, wide[0] ?? 1];
  // Without a batch in front it is the row of one image.
  if (dims.length === 1) return [1, dims[0]];
  if (dims.length === 3 && dims[0] === 1 && wide.length === 2) return [dims[1], dims[2]];
  const classes = productOf(dims.slice(1));
  if (dims.length === 0 || (dims.length > 2 && classes !== Math.max(...dims.slice(1)))) {
    throw unsupportedModel(
      phrase('The model output has shape [{0}] instead of one row of scores per image.', dims.join(', ')),
    );
  }
  return [dims[0], classes];
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

/**
 * Cross-entropy of class scores with shares of truth, as graph inputs `truths` (float32 [N, T], rows that sum to 1) and
 * `weights` (as in {@link crossEntropy}): sum over i of weights_i sum_t truths_it (ln sum_u e^score_iu - score_it).
 * @param scores [N, T]
 * @returns the loss, without dimensions
 */
export function softCrossEntropy(b: GraphBuilder, scores: string): string {
  const truths = b.input('truths', 'float32', b.dims(scores));
  const [rows] = b.dims(scores);
  const weights = b.reshape(b.input('weights', 'float32', [rows]), [rows, 1]);
  return b.neg(b.sum(b.mul(logSoftmax(b, scores), b.mul(truths, weights)), [0, 1], false));
}

/** LogSoftmax over the last of two axes in plain operators: some providers have no kernel for it, and N x T is small. */
export function logSoftmax(b: GraphBuilder, scores: string): string {
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
