import type { Attribute, Graph, Node } from '../graph.ts';
import { toFloat32 as convert, dataTypeOf, isFloat } from '../tensor.ts';
import { type Body, mapBodies } from '../writeGraph.ts';

/** The numbers that `Cast` and its kin use for float16, float64 and bfloat16. */
function isOtherFloat(code: number): boolean {
  const type = dataTypeOf(code);
  return type !== undefined && type !== 'float32' && isFloat(type);
}

/**
 * Half and double precision become single: constants, inputs and the types nodes cast to. A gradient in half precision
 * would underflow (2^-24 is its smallest step), and no provider has all kernels in double.
 */
export function toFloat32(graph: Graph): Graph {
  return {
    ...graph,
    inputs: graph.inputs.map((input) =>
      isFloat(input.type) ? { ...input, type: 'float32' as const } : input,
    ),
    ...convertBody(graph),
  };
}

function convertBody({ nodes, constants }: Body): Body {
  return {
    constants: new Map([...constants].map(([name, tensor]) => [name, convert(tensor)])),
    nodes: nodes.map((node) => convertNode(mapBodies(node, convertBody))),
  };
}

function convertNode(node: Node): Node {
  const attributes: Record<string, Attribute> = {};
  for (const [name, attribute] of Object.entries(node.attributes)) {
    const isType = name === 'to' || name === 'dtype' || name === 'output_dtype';
    if (isType && attribute.kind === 'int' && isOtherFloat(attribute.value)) {
      attributes[name] = { kind: 'int', value: 1 };
    } else if (attribute.kind === 'tensor') {
      attributes[name] = { kind: 'tensor', value: convert(attribute.value) };
    } else attributes[name] = attribute;
  }
  return { ...node, attributes };
}
