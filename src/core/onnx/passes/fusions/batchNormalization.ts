import { consumersOf, type Graph, type Node, numberAttribute, producersOf } from '../../graph.ts';
import { makeTensor, numbersOf, type Tensor } from '../../tensor.ts';

/**
 * A BatchNormalization behind a Conv that nobody else reads becomes part of its weights:
 * s (Wx + c - m) / sqrt(v + e) + o = (kW) x + k (c - m) + o with k = s / sqrt(v + e).
 */
export function foldBatchNormalization(graph: Graph): Graph {
  const consumers = consumersOf(graph);
  const producers = producersOf(graph);
  const outputs = new Set(graph.outputs);
  const constants = new Map(graph.constants);
  const types = new Map(graph.types);
  const replaced = new Map<Node, Node | undefined>();
  for (const node of graph.nodes) {
    if (node.op !== 'BatchNormalization' || node.domain !== '') continue;
    const conv = producers.get(node.inputs[0]);
    if (conv?.op !== 'Conv' || conv.domain !== '' || replaced.has(conv)) continue;
    if (consumers.get(conv.outputs[0])!.length > 1 || outputs.has(conv.outputs[0])) continue;
    const weight = constants.get(conv.inputs[1]);
    const bias = conv.inputs[2] ? constants.get(conv.inputs[2]) : undefined;
    const statistics = node.inputs.slice(1, 5).map((name) => constants.get(name));
    if (weight === undefined || (conv.inputs[2] && bias === undefined)) continue;
    if (statistics.some((tensor) => tensor === undefined)) continue;
    const folded = foldInto(weight, bias, statistics as Tensor[], numberAttribute(node, 'epsilon', 1e-5));
    const names = [`${node.outputs[0]}/weight`, `${node.outputs[0]}/bias`];
    [folded.weight, folded.bias].forEach((tensor, i) => {
      constants.set(names[i], tensor);
      types.set(names[i], { type: tensor.type, dims: tensor.dims });
    });
    replaced.set(conv, undefined);
    replaced.set(node, { ...conv, inputs: [conv.inputs[0], ...names], outputs: [node.outputs[0]] });
  }
  const nodes = graph.nodes.flatMap((node) => (replaced.has(node) ? (replaced.get(node) ?? []) : node));
  return { ...graph, nodes, constants, types };
}

function foldInto(weight: Tensor, bias: Tensor | undefined, statistics: readonly Tensor[], epsilon: number) {
  const [scale, offset, mean, variance] = statistics.map(numbersOf);
  const w = Float32Array.from(numbersOf(weight));
  const maps = weight.dims[0];
  const size = w.length / maps;
  const c = bias === undefined ? new Float32Array(maps) : numbersOf(bias);
  const b = new Float32Array(maps);
  for (let m = 0; m < maps; m++) {
    const k = scale[m] / Math.sqrt(variance[m] + epsilon);
    for (let i = m * size; i < (m + 1) * size; i++) w[i] *= k;
    b[m] = k * (c[m] - mean[m]) + offset[m];
  }
  return { weight: makeTensor('float32', weight.dims, w), bias: makeTensor('float32', [maps], b) };
}
