import { type Graph, intsAttribute, type Node, numberAttribute, stringAttribute } from '../graph.ts';
import { windowOf } from '../outputTypes.ts';
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
  const { strides, dilations } = windowOf(node, rank);
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

/**
 * Writes a pooling with `ceil_mode` as one without, where that gives the same: windows that hang over the end become
 * windows over more padding. (onnxruntime's kernels drop a window that begins behind the image, its shape inference does
 * not: without ceil_mode the two agree.)
 * @param dims shape of the pooled value, if known
 */
export function settleCeilMode(node: Node, dims: readonly number[] | undefined): Node {
  if (numberAttribute(node, 'ceil_mode', 0) === 0 || dims === undefined || node.domain !== '') return node;
  if (stringAttribute(node, 'auto_pad', 'NOTSET') !== 'NOTSET') return node;
  const rank = dims.length - 2;
  const kernel = intsAttribute(node, 'kernel_shape');
  if (kernel?.length !== rank) return node;
  const { strides, dilations, pads } = windowOf(node, rank);
  const overhang = range(rank).map((i) => {
    const padded = dims[i + 2] + pads[i] + pads[i + rank];
    const reach = windowExtent(kernel[i], dilations[i]);
    const windows = Math.ceil((padded - reach) / strides[i]) + 1;
    // The last window must begin on the image or on the padding before it.
    const kept = (windows - 1) * strides[i] >= dims[i + 2] + pads[i] ? windows - 1 : windows;
    return Math.max(0, (kept - 1) * strides[i] + reach - padded);
  });
  const ends = range(rank).map((i) => pads[i + rank] + overhang[i]);
  const counted = node.op === 'AveragePool' && numberAttribute(node, 'count_include_pad', 0) === 1;
  const harmless =
    overhang.every((extra) => extra === 0) || (!counted && ends.every((pad, i) => pad < kernel[i]));
  if (!harmless) return node;
  const { ceil_mode: _, ...attributes } = node.attributes;
  return {
    ...node,
    attributes: { ...attributes, pads: { kind: 'ints', value: [...pads.slice(0, rank), ...ends] } },
  };
}
