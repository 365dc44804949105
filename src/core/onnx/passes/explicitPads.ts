import { type Graph, intsAttribute, type Node, stringAttribute } from '../graph.ts';
import { range, windowExtent } from '../shapes.ts';

const WINDOWED = new Set(['Conv', 'ConvTranspose', 'MaxPool', 'AveragePool', 'LpPool']);

/** Writes `auto_pad` and `output_shape` out as pads, so that nobody after has to know them. Needs types. */
export function explicitPads(graph: Graph): Graph {
  return {
    ...graph,
    nodes: graph.nodes.map((node) => (WINDOWED.has(node.op) ? withPads(graph, node) : node)),
  };
}

function withPads(graph: Graph, node: Node): Node {
  const mode = stringAttribute(node, 'auto_pad', 'NOTSET');
  const shaped = node.attributes['output_shape'] !== undefined;
  const { auto_pad: _, output_shape: __, ...attributes } = node.attributes;
  const input = graph.types.get(node.inputs[0])?.dims.slice(2);
  const output = graph.types.get(node.outputs[0])?.dims.slice(2);
  const kernel = intsAttribute(node, 'kernel_shape') ?? graph.types.get(node.inputs[1])?.dims.slice(2);
  if (input === undefined || output === undefined || kernel === undefined) return node;
  if (mode === 'NOTSET' && !shaped) return { ...node, attributes };
  const rank = input.length;
  const strides = intsAttribute(node, 'strides') ?? new Array<number>(rank).fill(1);
  const dilations = intsAttribute(node, 'dilations') ?? new Array<number>(rank).fill(1);
  const extra = intsAttribute(node, 'output_padding') ?? new Array<number>(rank).fill(0);
  const transposed = node.op === 'ConvTranspose';
  const total = range(rank).map((i) => {
    const reach = windowExtent(kernel[i], dilations[i]);
    const [windows, positions] = transposed ? [input[i], output[i]] : [output[i], input[i]];
    return (windows - 1) * strides[i] + reach + (transposed ? extra[i] : 0) - positions;
  });
  const padded =
    mode === 'VALID' ? total.map(() => 0) : total.map((pad) => (transposed ? pad : Math.max(0, pad)));
  // An odd one goes to the end for SAME_UPPER, otherwise to the start (also with output_shape alone).
  const startFirst = mode !== 'SAME_UPPER';
  const before = padded.map((pad) => (startFirst ? Math.ceil(pad / 2) : Math.floor(pad / 2)));
  const pads = [...before, ...padded.map((pad, i) => pad - before[i])];
  return { ...node, attributes: { ...attributes, pads: { kind: 'ints', value: pads } } };
}
