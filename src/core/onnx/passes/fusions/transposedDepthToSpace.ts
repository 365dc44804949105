import { GraphBuilder } from '../../builder.ts';
import { type Graph, type Node, numberAttribute, stringAttribute } from '../../graph.ts';

/**
 * DepthToSpace as two transpositions: of columns into lines, of lines into images. onnxruntime's CPU has fast kernels for
 * both, which each move one axis, and takes half the time of its DepthToSpace, which moves two at once.
 */
export function transposeDepthToSpace(graph: Graph): Graph {
  const b = new GraphBuilder(graph);
  const nodes = graph.nodes.flatMap((node) => {
    if (node.op !== 'DepthToSpace' || node.domain !== '') return [node];
    if (stringAttribute(node, 'mode', 'DCR') !== 'DCR') return [node];
    return transposed(b, node);
  });
  return b.finish(graph.outputs, nodes);
}

function transposed(b: GraphBuilder, node: Node): Node[] {
  const stride = numberAttribute(node, 'blocksize', 1);
  const [batch, maps, rows, columns] = b.dims(node.inputs[0]);
  const channels = maps / stride / stride;
  const phases = b.reshape(node.inputs[0], [batch, stride, stride, channels * rows * columns]);
  const lines = b.transpose(phases, [0, 1, 3, 2]);
  const split = b.reshape(lines, [batch, stride, channels * rows, columns * stride]);
  const whole = b.transpose(split, [0, 2, 1, 3]);
  b.node(
    'Reshape',
    [whole, b.ints([batch, channels, rows * stride, columns * stride])],
    {},
    { outputs: node.outputs },
  );
  return b.takeNodes();
}
