import { SemapError } from '../errors.ts';
import { phrase } from '../text/text.ts';
import type { GraphBuilder } from './builder.ts';
import { type Graph, numberAttribute, producersOf } from './graph.ts';
import { frontAxis, productOf } from './shapes.ts';

/** What a classifier's output is. Probabilities become logits as log p. */
export type ScoreKind = 'logits' | 'probabilities';

/** Operators that leave the scores what they are, on the way from a Softmax to the output. */
const CARRIERS = new Set([
  'Identity',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Transpose',
  'QuantizeLinear',
  'DequantizeLinear',
]);

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
    throw new SemapError(
      'unsupported-model',
      phrase("The model's output has shape [{0}], not one row of scores an image.", dims.join(', ')),
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
  if (last?.op === 'Softmax' && softmaxDims[axis] === classes) {
    return { logits: b.reshape(b.op('LogSoftmax', [last.inputs[0]], { axis }), shape), kind };
  }
  const clipped = b.op('Max', [b.reshape(output, shape), b.scalarOf(LEAST_PROBABILITY)]);
  return { logits: b.op('Log', [clipped]), kind };
}
