import { consumersOf, float, type Graph, type Node, numberAttribute } from '../../graph.ts';
import { scalarOf } from '../../tensor.ts';

const PRODUCTS = new Set(['MatMul', 'FusedMatMul']);

/** A product with a number that only matrix products read becomes their `alpha`: (c A) B = c (A B). */
export function fuseScaledProducts(graph: Graph): Graph {
  const consumers = consumersOf(graph);
  const outputs = new Set(graph.outputs);
  const dead = new Set<Node>();
  const changed = new Map<Node, Node>();
  for (const node of graph.nodes) {
    if (node.op !== 'Mul' || outputs.has(node.outputs[0])) continue;
    const factor = scalarOf(graph.constants.get(node.inputs[1]));
    const readers = consumers.get(node.outputs[0]) ?? [];
    if (factor === undefined || graph.constants.get(node.inputs[1])!.dims.length > 0 || readers.length === 0)
      continue;
    const suits = (reader: Node) =>
      PRODUCTS.has(reader.op) && reader.inputs.filter((input) => input === node.outputs[0]).length === 1;
    if (!readers.every(suits)) continue;
    // The node that made a factor may itself be one that has been taken up.
    for (const reader of readers) {
      const current = changed.get(reader) ?? reader;
      changed.set(reader, {
        ...current,
        op: 'FusedMatMul',
        domain: 'com.microsoft',
        inputs: current.inputs.map((input) => (input === node.outputs[0] ? node.inputs[0] : input)),
        attributes: { ...current.attributes, alpha: float(numberAttribute(current, 'alpha', 1) * factor) },
      });
    }
    dead.add(node);
  }
  return {
    ...graph,
    nodes: graph.nodes.filter((node) => !dead.has(node)).map((node) => changed.get(node) ?? node),
    opsets: dead.size > 0 ? new Map(graph.opsets).set('com.microsoft', 1) : graph.opsets,
  };
}
