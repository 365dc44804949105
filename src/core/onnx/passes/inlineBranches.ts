import { type Graph, makeNode, type Node } from '../graph.ts';
import { readNode } from '../readGraph.ts';
import { scalarOf, type Tensor, tensorFromProto } from '../tensor.ts';

/** Replaces an `If` whose condition has turned out constant by the branch that is taken. */
export function inlineBranches(graph: Graph): Graph {
  const constants = new Map(graph.constants);
  let count = 0;
  const inline = (node: Node): Node[] => {
    const condition =
      node.op === 'If' && node.domain === '' ? scalarOf(constants.get(node.inputs[0])) : undefined;
    if (condition === undefined) return [node];
    const branch = node.attributes[condition !== 0 ? 'then_branch' : 'else_branch'];
    if (branch?.kind !== 'graph') return [node];
    const { node: protos = [], initializer = [], output = [] } = branch.value;
    const prefix = `if${count++}/`;
    const own = new Set([
      ...initializer.map(({ name }) => name ?? ''),
      ...protos.flatMap((proto) => proto.output ?? []),
    ]);
    const rename = (name: string) => (own.has(name) && name !== '' ? prefix + name : name);
    for (const proto of initializer) constants.set(rename(proto.name ?? ''), tensorFromProto(proto));
    const body = protos.map(readNode).flatMap((inner): Node[] => {
      const outputs = inner.outputs.map(rename);
      const value = inner.attributes['value'];
      if (inner.op === 'Constant' && value?.kind === 'tensor') {
        constants.set(outputs[0], value.value satisfies Tensor);
        return [];
      }
      return [{ ...inner, name: prefix + inner.name, inputs: inner.inputs.map(rename), outputs }];
    });
    const results = node.outputs.map((name, i) =>
      makeNode('Identity', [rename(output[i]?.name ?? '')], [name]),
    );
    return [...body, ...results];
  };
  return { ...graph, nodes: graph.nodes.flatMap(inline), constants };
}
