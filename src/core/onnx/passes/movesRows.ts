import { type Graph, intsAttribute, type Node } from '../graph.ts';

/** Whether a node only moves rows: a Transpose or Reshape that leaves the last axis as it is. */
export function movesRows(node: Node, types: Graph['types']): boolean {
  const [from, to] = [node.inputs[0], node.outputs[0]].map((value) => types.get(value)?.dims ?? []);
  if (node.domain !== '' || from.length < 2) return false;
  if (node.op === 'Transpose') return intsAttribute(node, 'perm')?.at(-1) === from.length - 1;
  return node.op === 'Reshape' && from.at(-1) === to.at(-1);
}
