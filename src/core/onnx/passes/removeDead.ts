import type { Graph, Node } from '../graph.ts';
import { capturedValues } from '../readGraph.ts';

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
