import {
  consumersOf,
  float,
  type Graph,
  intsAttribute,
  makeNode,
  type Node,
  numberAttribute,
  onlyReader,
  otherInput,
} from '../../graph.ts';
import { filled, frontAxis } from '../../shapes.ts';
import { makeTensor, numbersOf, scalarOf, type Tensor } from '../../tensor.ts';
import { movesRows } from '../movesRows.ts';

/**
 * The nine nodes that exporters spell LayerNormalization with before operator set 17 (mean, difference, square, mean,
 * offset, root, quotient, scale, shift, over the last axis) become one.
 */
export function fuseLayerNormalization(graph: Graph): Graph {
  const consumers = consumersOf(graph);
  const only = (value: string, op: string) => onlyReader(graph, consumers, value, op);
  const constant = (name: string) => graph.constants.get(name);
  const meansLastAxis = (node: Node): boolean => {
    const rank = graph.types.get(node.inputs[0])?.dims.length ?? 0;
    const given = node.inputs[1] ? constant(node.inputs[1]) : undefined;
    const axes = given === undefined ? intsAttribute(node, 'axes') : Array.from(numbersOf(given));
    return (
      axes?.length === 1 &&
      frontAxis(axes[0], rank) === rank - 1 &&
      numberAttribute(node, 'keepdims', 1) === 1
    );
  };

  const dead = new Set<Node>();
  const fused = new Map<Node, Node>();
  for (const mean of graph.nodes) {
    if (mean.op !== 'ReduceMean' || !meansLastAxis(mean)) continue;
    const x = mean.inputs[0];
    const centred = only(mean.outputs[0], 'Sub');
    if (centred === undefined || centred.inputs[0] !== x) continue;
    const readers = consumers.get(centred.outputs[0]) ?? [];
    const square = readers.find(({ op }) => op === 'Pow' || op === 'Mul');
    const quotient = readers.find(({ op }) => op === 'Div');
    if (readers.length !== 2 || square === undefined || quotient === undefined) continue;
    if (square.op === 'Pow' && scalarOf(constant(square.inputs[1])) !== 2) continue;
    if (square.op === 'Mul' && square.inputs[0] !== square.inputs[1]) continue;
    const variance = only(square.outputs[0], 'ReduceMean');
    if (variance === undefined || !meansLastAxis(variance)) continue;
    const offset = only(variance.outputs[0], 'Add');
    const epsilon = offset && scalarOf(constant(otherInput(offset, variance.outputs[0])));
    const root = offset && only(offset.outputs[0], 'Sqrt');
    if (root === undefined || epsilon === undefined || only(root.outputs[0], 'Div') !== quotient) continue;
    if (quotient.inputs[0] !== centred.outputs[0]) continue;
    const scaled = only(quotient.outputs[0], 'Mul');
    const scale = scaled && otherInput(scaled, quotient.outputs[0]);
    const shifted = scaled && only(scaled.outputs[0], 'Add');
    const shift = shifted && otherInput(shifted, scaled!.outputs[0]);
    if (scale === undefined || shift === undefined) continue;
    if (constant(scale)?.dims.length !== 1 || constant(shift)?.dims.length !== 1) continue;
    for (const node of [mean, centred, square, variance, offset!, root, quotient, scaled!]) dead.add(node);
    const attributes = { axis: -1, epsilon: float(epsilon) };
    fused.set(shifted!, makeNode('LayerNormalization', [x, scale, shift], shifted!.outputs, attributes));
  }
  const nodes = graph.nodes.filter((node) => !dead.has(node)).map((node) => fused.get(node) ?? node);
  return { ...graph, nodes };
}

/** Transpositions and the like between a normalization and its linear layers. */
const MOST_MOVES = 20;

/**
 * A LayerNormalization that only feeds linear layers hands its scale and shift to their weights:
 * (s n + o) W + c = n (diag(s) W) + (o W + c). What is left is the standardised value itself, which the backward pass
 * needs anyway.
 */
export function foldLayerNormScale(graph: Graph): Graph {
  const consumers = consumersOf(graph);
  const constants = new Map(graph.constants);
  const types = new Map(graph.types);
  const changed = new Map<Node, Node>();
  const put = (name: string, tensor: Tensor) => {
    constants.set(name, tensor);
    types.set(name, { type: tensor.type, dims: tensor.dims });
    return name;
  };
  for (const node of graph.nodes) {
    if (node.op !== 'LayerNormalization' || node.domain !== '' || node.outputs.length > 1) continue;
    const [, scaleName, shiftName] = node.inputs;
    const scale = constants.get(scaleName);
    const shift = shiftName ? constants.get(shiftName) : undefined;
    const rank = graph.types.get(node.inputs[0])?.dims.length ?? 0;
    if (scale === undefined || shift === undefined || scale.dims.length !== 1) continue;
    if (frontAxis(numberAttribute(node, 'axis', -1), rank) !== rank - 1) continue;
    const layers = readersBehindMoves(node.outputs[0]).map(([product, value]) => linearLayer(product, value));
    if (graph.outputs.includes(node.outputs[0]) || layers.length === 0) continue;
    if (layers.some((layer) => layer === undefined)) continue;
    for (const { product, sum, weightName, biasName } of layers as Layer[]) {
      const [weight, bias] = absorb(constants.get(weightName)!, constants.get(biasName)!, scale, shift);
      const name = product.outputs[0];
      changed.set(product, { ...product, inputs: [product.inputs[0], put(`${name}/weight`, weight)] });
      const biasValue = put(`${name}/bias`, bias);
      changed.set(sum, {
        ...sum,
        inputs: sum.inputs.map((input) => (input === biasName ? biasValue : input)),
      });
    }
    const width = scale.dims[0];
    const one = put(`semap/one${width}`, makeTensor('float32', [width], filled(width, 1)));
    const zero = put(`semap/zero${width}`, makeTensor('float32', [width], new Float32Array(width)));
    changed.set(node, { ...node, inputs: [node.inputs[0], one, zero] });
  }
  return { ...graph, nodes: graph.nodes.map((node) => changed.get(node) ?? node), constants, types };

  /** Readers of a value and of what only moves its rows, each with what it reads. */
  function readersBehindMoves(value: string): [reader: Node, value: string][] {
    const readers: [Node, string][] = [];
    const moved = [value];
    for (const one of moved) {
      for (const reader of consumers.get(one) ?? []) {
        const isMove = movesRows(reader, types) && !graph.outputs.includes(reader.outputs[0]);
        if (isMove && moved.length < MOST_MOVES) moved.push(reader.outputs[0]);
        else readers.push([reader, one]);
      }
    }
    return readers;
  }

  function linearLayer(product: Node, input: string): Layer | undefined {
    if (product.op !== 'MatMul' || product.inputs[0] !== input || changed.has(product)) return undefined;
    const weightName = product.inputs[1];
    if (constants.get(weightName)?.dims.length !== 2) return undefined;
    const readers = consumers.get(product.outputs[0]) ?? [];
    const [sum] = readers;
    if (readers.length !== 1 || sum.op !== 'Add' || graph.outputs.includes(product.outputs[0]))
      return undefined;
    const biasName = otherInput(sum, product.outputs[0]);
    return constants.get(biasName)?.dims.length === 1 ? { product, sum, weightName, biasName } : undefined;
  }
}

interface Layer {
  readonly product: Node;
  readonly sum: Node;
  readonly weightName: string;
  readonly biasName: string;
}

function absorb(weight: Tensor, bias: Tensor, scale: Tensor, shift: Tensor): [Tensor, Tensor] {
  const [rows, columns] = weight.dims;
  const w = Float32Array.from(numbersOf(weight));
  const c = Float64Array.from(numbersOf(bias));
  const [s, o] = [numbersOf(scale), numbersOf(shift)];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      c[j] += o[i] * w[i * columns + j];
      w[i * columns + j] *= s[i];
    }
  }
  return [makeTensor('float32', weight.dims, w), makeTensor('float32', bias.dims, Float32Array.from(c))];
}
