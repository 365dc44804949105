import { type Graph, intsAttribute, type Node, numberAttribute, producersOf } from './graph.ts';
import { productOf } from './shapes.ts';
import { numbersOf } from './tensor.ts';

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

/** Arithmetic that makes weights of what is stored. The larger operand has their shape. */
const WEIGHT_ARITHMETIC = new Set(['Mul', 'Div', 'Sub', 'Add']);

/** Between a weight and its layer there are a few. */
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
  const shapeOf = weightShapes(graph, producers, weights);
  const reached = new Set([output]);
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i];
    if (!node.outputs.some((name) => reached.has(name))) continue;
    const layer = LINEAR[node.op];
    const weight = layer && shapeOf(node.inputs[layer.weight]);
    if (layer && weight) {
      // Of [M, C, kH, kW] the first; a dense layer's weights stand either way.
      const counts = layer.axis === 'second' ? weight.slice(0, 1) : weight;
      return counts.includes(sourceCount) ? inputOf(node, layer, producers, weights) : undefined;
    }
    for (const input of node.inputs) if (input && !weights.has(input)) reached.add(input);
  }
  return undefined;
}

/** Tells the shape of a value; undefined for what the image changes, and behind operators that make no weights. */
type ShapeOf = (name: string | undefined) => readonly number[] | undefined;

/**
 * Shapes of values that only constants make, as weights are stored in fewer bits: whole steps less a zero point, times the
 * scale of each output, as a matrix that stands the other way.
 */
function weightShapes(
  { constants }: Graph,
  producers: ReadonlyMap<string, Node>,
  weights: ReadonlyMap<string, readonly number[]>,
): ShapeOf {
  // Each value once: arithmetic may take one twice, again and again.
  const found = new Map<string, readonly number[] | undefined>(weights);
  const shapeOf = (name: string, steps: number): readonly number[] | undefined => {
    if (found.has(name) || steps > MOST_CARRIERS) return found.get(name);
    found.set(name, undefined);
    const node = producers.get(name);
    const shape = node && shapeMadeBy(node, steps);
    found.set(name, shape);
    return shape;
  };
  const shapeMadeBy = (node: Node, steps: number): readonly number[] | undefined => {
    const { op, inputs } = node;
    const isArithmetic = WEIGHT_ARITHMETIC.has(op);
    if (!isArithmetic && !WEIGHT_CARRIERS.has(op)) return undefined;
    const first = shapeOf(inputs[0], steps + 1);
    if (!first) return undefined;
    if (isArithmetic) {
      const other = shapeOf(inputs[1], steps + 1);
      return other && (productOf(other) > productOf(first) ? other : first);
    }
    const shape = op === 'Reshape' ? constants.get(inputs[1] ?? '') : undefined;
    if (shape) return reshaped(first, numbersOf(shape));
    if (op !== 'Transpose') return first;
    const order = intsAttribute(node, 'perm');
    return order ? order.map((axis) => first[axis] ?? 0) : first.toReversed();
  };
  return (name) => (name === undefined ? undefined : shapeOf(name, 0));
}

function reshaped(dims: readonly number[], asked: ArrayLike<number>): readonly number[] {
  const shape = Array.from(asked, (dim, axis) => (dim === 0 ? (dims[axis] ?? 0) : dim));
  const rest = productOf(shape.filter((dim) => dim !== -1));
  return shape.map((dim) => (dim === -1 ? productOf(dims) / rest : dim));
}

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
