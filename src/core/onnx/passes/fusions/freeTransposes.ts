import { GraphBuilder } from '../../builder.ts';
import { type Graph, intsAttribute } from '../../graph.ts';
import { range } from '../../shapes.ts';

/**
 * A Transpose that moves nothing but axes of one element becomes a Reshape, which costs nothing: of one image at a time,
 * [N, L, D] and [L, N, D] are the same memory.
 */
export function freeTransposes(graph: Graph): Graph {
  const b = new GraphBuilder(graph);
  const nodes = graph.nodes.flatMap((node) => {
    if (node.op !== 'Transpose' || node.domain !== '') return [node];
    const [value] = node.inputs;
    const dims = b.dims(value);
    const permutation = intsAttribute(node, 'perm') ?? range(dims.length).reverse();
    const moved = permutation.filter((axis) => dims[axis] !== 1);
    if (moved.some((axis, i) => i > 0 && moved[i - 1] > axis)) return [node];
    b.node('Reshape', [value, b.ints(permutation.map((axis) => dims[axis]))], {}, { outputs: node.outputs });
    return b.takeNodes();
  });
  return b.finish(graph.outputs, nodes);
}
