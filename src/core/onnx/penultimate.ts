import { type Graph, intsAttribute, type Node, numberAttribute, producersOf } from './graph.ts';

/** Where a graph's penultimate features are: what its last linear layer before the class scores takes. */
export interface Penultimate {
  /** The value that holds them. */
  readonly value: string;
  /** Which axis counts features: 1 of [N, D] and [N, D, H, W], the last of [N, L, D]. The others are averaged over. */
  readonly axis: 'second' | 'last';
  /** Names of scale and zero point, where the value is quantised. */
  readonly quantised?: { readonly scale: string; readonly zeroPoint: string };
}

/** Places of a linear layer's operands among the inputs of its operator. */
interface LinearLayer {
  readonly weight: number;
  readonly axis: Penultimate['axis'];
  /** Places of scale and zero point of the first input, where that is quantised. */
  readonly quantised?: readonly [scale: number, zeroPoint: number];
}

const DENSE: LinearLayer = { weight: 1, axis: 'last' };
const CONVOLUTION: LinearLayer = { weight: 1, axis: 'second' };

/** Operators that multiply their first input with weights. Those of `com.microsoft` have names of their own. */
const LINEAR: Readonly<Record<string, LinearLayer>> = {
  Gemm: DENSE,
  FusedGemm: DENSE,
  MatMul: DENSE,
  FusedMatMul: DENSE,
  MatMulInteger: DENSE,
  DynamicQuantizeMatMul: DENSE,
  Conv: CONVOLUTION,
  FusedConv: CONVOLUTION,
  ConvInteger: CONVOLUTION,
  QLinearMatMul: { weight: 3, axis: 'last', quantised: [1, 2] },
  QGemm: { weight: 3, axis: 'last', quantised: [1, 2] },
  QLinearConv: { weight: 3, axis: 'second', quantised: [1, 2] },
  MatMulIntegerToFloat: { weight: 1, axis: 'last', quantised: [2, 4] },
};

/** Their input is quantised, and its scale stands elsewhere. */
const INTEGER = new Set(['MatMulInteger', 'ConvInteger']);

/** Operators through which the shape of a weight is still seen. */
const WEIGHT_CARRIERS = new Set(['DequantizeLinear', 'Transpose', 'Cast', 'Identity', 'Reshape', 'Squeeze']);

/** Between a weight and its layer there are one or two. */
const MOST_CARRIERS = 100;

/**
 * Finds the last linear layer (Gemm, MatMul, Conv and their quantised kin) with S outputs before the class scores, past
 * any softmax, bias, activation, pooling and reshaping, and tells where its input is.
 * @param output the class scores
 * @param weights shapes of the constants by name
 * @param sourceCount S
 * @returns undefined where there is no such layer, or where it takes the image itself
 */
export function findPenultimate(
  graph: Graph,
  output: string,
  weights: ReadonlyMap<string, readonly number[]>,
  sourceCount: number,
): Penultimate | undefined {
  const producers = producersOf(graph);
  const reached = new Set([output]);
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i];
    if (!node.outputs.some((name) => reached.has(name))) continue;
    const layer = LINEAR[node.op];
    const weight = layer && weightShape(node.inputs[layer.weight], producers, weights);
    if (layer && weight) {
      // Of [M, C, kH, kW] the first; a dense layer's weights stand either way.
      const counts = layer.axis === 'second' ? weight.slice(0, 1) : weight;
      return counts.includes(sourceCount) ? inputOf(node, layer, producers, weights) : undefined;
    }
    for (const input of node.inputs) if (input && !weights.has(input)) reached.add(input);
  }
  return undefined;
}

function weightShape(
  name: string | undefined,
  producers: ReadonlyMap<string, Node>,
  weights: ReadonlyMap<string, readonly number[]>,
  steps = 0,
): readonly number[] | undefined {
  if (name === undefined || steps > MOST_CARRIERS) return undefined;
  const shape = weights.get(name);
  if (shape) return shape;
  const producer = producers.get(name);
  if (producer?.op === 'Mul') {
    // Whole steps times the scale of each output, as weights are stored in 8 bits.
    const [a, b] = producer.inputs.map((input) => weightShape(input, producers, weights, steps + 1));
    return a && b && (elements(a) < elements(b) ? b : a);
  }
  if (!producer || !WEIGHT_CARRIERS.has(producer.op)) return undefined;
  const carried = weightShape(producer.inputs[0], producers, weights, steps + 1);
  const order = producer.op === 'Transpose' ? intsAttribute(producer, 'perm') : undefined;
  return order ? order.map((axis) => carried?.[axis] ?? 0) : carried;
}

const elements = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

function inputOf(
  node: Node,
  layer: LinearLayer,
  producers: ReadonlyMap<string, Node>,
  weights: ReadonlyMap<string, readonly number[]>,
): Penultimate | undefined {
  const { axis, quantised } = layer;
  let value = node.inputs[0];
  let producer = producers.get(value);
  if (producer === undefined || weights.has(value) || numberAttribute(node, 'transA', 0) === 1)
    return undefined;
  if (quantised) {
    const [scale, zeroPoint] = quantised.map((at) => node.inputs[at] ?? '');
    return { value, axis, quantised: { scale, zeroPoint } };
  }
  if (INTEGER.has(node.op)) {
    if (producer.op !== 'DynamicQuantizeLinear') return undefined;
    value = producer.inputs[0];
    producer = producers.get(value);
    if (producer === undefined) return undefined;
  }
  if (producer.op === 'DequantizeLinear') {
    // Its float output stays private to the layer, so that onnxruntime still runs the two as one integer operator.
    const [from, scale, zeroPoint = ''] = producer.inputs;
    return { value: from, axis, quantised: { scale, zeroPoint } };
  }
  return { value, axis };
}
