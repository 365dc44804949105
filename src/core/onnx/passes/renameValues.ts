import type { Graph } from '../graph.ts';

/** The name a prepared graph's input has, whatever the model called it. */
export const INPUT_NAME = 'input';

/** Puts all values of a model under a prefix, so that what is composed with it (labels, loss, ...) has names of its own. */
export function renameValues(graph: Graph): Graph {
  const input = graph.inputs[0].name;
  const rename = (name: string) => (name === '' ? '' : name === input ? INPUT_NAME : `model/${name}`);
  const renameKeys = <T>(map: ReadonlyMap<string, T>) =>
    new Map([...map].map(([name, value]) => [rename(name), value]));
  return {
    ...graph,
    inputs: graph.inputs.map((given) => ({ ...given, name: rename(given.name) })),
    outputs: graph.outputs.map(rename),
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(rename),
      outputs: node.outputs.map(rename),
    })),
    constants: renameKeys(graph.constants),
    types: renameKeys(graph.types),
  };
}
