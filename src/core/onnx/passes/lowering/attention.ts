import type { GraphBuilder } from '../../builder.ts';
import { type Node, numberAttribute } from '../../graph.ts';
import { filled } from '../../shapes.ts';
import type { Lowering, LoweringTable } from './lowering.ts';

/** softmax(scale Q K' + bias) V for [batch, heads, tokens, width]. */
function attend(b: GraphBuilder, q: string, k: string, v: string, scale: number, bias?: string): string {
  const scores = b.op('MatMul', [b.scale(q, scale), b.transposeLast(k)]);
  const shifted = bias === undefined ? scores : b.add(scores, bias);
  return b.op('MatMul', [b.op('Softmax', [shifted], { axis: -1 }), v]);
}

/** [batch, tokens, heads * width] to [batch, heads, tokens, width]. */
function splitHeads(b: GraphBuilder, value: string, heads: number): string {
  const [batch, tokens, width] = b.dims(value);
  return b.transpose(b.reshape(value, [batch, tokens, heads, width / heads]), [0, 2, 1, 3]);
}

function joinHeads(b: GraphBuilder, value: string): string {
  const [batch, heads, tokens, width] = b.dims(value);
  return b.reshape(b.transpose(value, [0, 2, 1, 3]), [batch, tokens, heads * width]);
}

/** Whether an operator's inputs from `first` on are all left out. */
const endsBefore = (node: Node, first: number) => node.inputs.slice(first).every((input) => input === '');

/** [batch, heads, tokens, width] with every head `times` times in a row. */
function repeatHeads(b: GraphBuilder, value: string, times: number): string {
  if (times === 1) return value;
  const [batch, heads, tokens, width] = b.dims(value);
  const wide = b.full(b.reshape(value, [batch, heads, 1, tokens, width]), [
    batch,
    heads,
    times,
    tokens,
    width,
  ]);
  return b.reshape(wide, [batch, heads * times, tokens, width]);
}

/** Far enough below any score that its share is 0, and no infinity to make a NaN with. */
const MASKED = -1e30;

/** What is added to scores so that token i sees the tokens up to i only. */
function causalMask(b: GraphBuilder, queries: number, keys: number): string {
  const mask = filled(queries * keys, 0);
  for (let i = 0; i < queries; i++) mask.fill(MASKED, Math.min(keys, i + 1) + i * keys, (i + 1) * keys);
  return b.floats(mask, [queries, keys]);
}

/**
 * Of the standard: Q, K, V with 3 or 4 axes, optionally a mask (added, or of booleans), causal or not; several heads of
 * Q may share one of K and V. Caches and capped scores are not lowered.
 */
const attention: Lowering = ({ b, node, x }) => {
  const plain =
    endsBefore(node, 4) &&
    numberAttribute(node, 'softcap', 0) === 0 &&
    numberAttribute(node, 'softmax_precision', 1) === 1 &&
    node.outputs.slice(1).every((output) => output === '');
  if (!plain) return undefined;
  const joined = b.dims(x[0]).length === 3;
  const heads = numberAttribute(node, 'q_num_heads', 0);
  const shared = numberAttribute(node, 'kv_num_heads', heads);
  const split = (value: string, count: number) => (joined ? splitHeads(b, value, count) : value);
  const q = split(x[0], heads);
  const [k, v] = x.slice(1, 3).map((value) => {
    const own = split(value, shared);
    return repeatHeads(b, own, b.dims(q)[1] / b.dims(own)[1]);
  });
  const biases: string[] = [];
  if (x[3]) {
    const isBoolean = b.typeOf(x[3]).type === 'bool';
    biases.push(isBoolean ? b.where(x[3], b.scalarOf(0), b.scalarOf(MASKED)) : x[3]);
  }
  if (numberAttribute(node, 'is_causal', 0) !== 0) biases.push(causalMask(b, b.dims(q)[2], b.dims(k)[2]));
  const bias = biases.length === 0 ? undefined : biases.reduce((sum, one) => b.add(sum, one));
  const scale = numberAttribute(node, 'scale', 1 / Math.sqrt(b.dims(q)[3]));
  const mixed = attend(b, q, k, v, scale, bias);
  return [joined ? joinHeads(b, mixed) : mixed];
};

/** Of onnxruntime's transformer optimiser: query, key, value [batch, tokens, heads * width], and their biases in one. */
const multiHeadAttention: Lowering = ({ b, node, x }) => {
  const heads = numberAttribute(node, 'num_heads', 1);
  if (!x[1] || !x[2] || !endsBefore(node, 4) || b.dims(x[1]).length !== 3) return undefined;
  if (numberAttribute(node, 'unidirectional', 0) !== 0) return undefined;
  const width = b.dims(x[0])[2];
  const biased = x.slice(0, 3).map((value, i) => {
    return x[3] ? b.add(value, b.slice(x[3], [0], [i * width], [i * width + b.dims(value)[2]])) : value;
  });
  const [q, k, v] = biased.map((value) => splitHeads(b, value, heads));
  const scale = numberAttribute(node, 'scale', 0) || 1 / Math.sqrt(width / heads);
  return [joinHeads(b, attend(b, q, k, v, scale))];
};

/** Of onnxruntime's transformer optimiser: input [batch, tokens, D] times one matrix [D, 3 D] for Q, K and V. */
const packedAttention: Lowering = ({ b, node, x }) => {
  const heads = numberAttribute(node, 'num_heads', 1);
  if (!endsBefore(node, 3) || node.attributes['qkv_hidden_sizes'] !== undefined) return undefined;
  if (numberAttribute(node, 'unidirectional', 0) !== 0) return undefined;
  const product = b.op('MatMul', [x[0], x[1]]);
  const sum = x[2] ? b.add(product, x[2]) : product;
  const width = b.dims(sum)[2] / 3;
  const parts = b.node('Split', [sum, b.ints([width, width, width])], { axis: 2 });
  const [q, k, v] = parts.map((value) => splitHeads(b, value, heads));
  const scale = numberAttribute(node, 'scale', 0) || 1 / Math.sqrt(width / heads);
  return [joinHeads(b, attend(b, q, k, v, scale))];
};

export const ATTENTION_LOWERINGS: LoweringTable = {
  Attention: attention,
  'com.microsoft.MultiHeadAttention': multiHeadAttention,
  'com.microsoft.Attention': packedAttention,
};
