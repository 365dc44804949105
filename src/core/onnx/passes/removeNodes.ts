import { type Graph, type Node, numberAttribute } from '../graph.ts';
import { capturedValues } from '../readGraph.ts';
import { scalarOf } from '../tensor.ts';

/** Without the nodes and constants that no output needs. */
export function removeDead(graph: Graph): Graph {
  const needed = new Set(graph.outputs);
  const kept: Node[] = [];
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i];
    if (!node.outputs.some((output) => needed.has(output))) continue;
    for (const input of node.inputs) needed.add(input);
    for (const input of capturedValues(node)) needed.add(input);
    kept.push(node);
  }
  return {
    ...graph,
    nodes: kept.reverse(),
    constants: new Map([...graph.constants].filter(([name]) => needed.has(name))),
  };
}

/** Without nodes that hand on what they get: Identity, and Dropout outside of training or of nothing. Graph outputs keep their names. */
export function removeIdentity(graph: Graph): Graph {
  const renamed = new Map<string, string>();
  const outputs = new Set(graph.outputs);
  const read = new Set(
    [...graph.outputs, ...graph.nodes.flatMap((node) => [...node.inputs, ...capturedValues(node)])].filter(
      Boolean,
    ),
  );
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => renamed.get(input) ?? input);
    const next = inputs.some((input, i) => input !== node.inputs[i]) ? { ...node, inputs } : node;
    const captures = Object.values(node.attributes).some(({ kind }) => kind === 'graph');
    if (isIdentity(next, graph.constants, read) && !outputs.has(node.outputs[0]) && !captures) {
      renamed.set(node.outputs[0], inputs[0]);
    } else nodes.push(next);
  }
  return { ...graph, nodes };
}

function isIdentity(node: Node, constants: Graph['constants'], read: ReadonlySet<string>): boolean {
  if (node.domain !== '') return false;
  if (node.op === 'Identity') return true;
  if (node.op !== 'Dropout' || numberAttribute(node, 'training_mode', 0) !== 0) return false;
  // A Dropout whose mask is read, or that is told at run time how much to drop, stays.
  const [, ratio, training] = node.inputs;
  const isZero = (name: string | undefined) => !!name && scalarOf(constants.get(name)) === 0;
  return !read.has(node.outputs[1] || '') && (!training || isZero(training) || isZero(ratio));
}
