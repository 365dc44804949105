import type { Attribute, Graph, Node } from './graph.ts';
import { readNode } from './readGraph.ts';
import { tensorFromProto } from './tensor.ts';
import { nodeToProto, tensorToProto } from './writeGraph.ts';

/** What a pass rewrites: a graph, or the body of an If, Loop or Scan. */
export type Body = Pick<Graph, 'nodes' | 'constants'>;

/** A node whose bodies, if it has any, went through `change`. */
export function mapBodies(node: Node, change: (body: Body) => Body): Node {
  if (!Object.values(node.attributes).some(({ kind }) => kind === 'graph')) return node;
  const attributes: Record<string, Attribute> = {};
  for (const [name, attribute] of Object.entries(node.attributes)) {
    if (attribute.kind !== 'graph') {
      attributes[name] = attribute;
      continue;
    }
    const { value } = attribute;
    const initializers = value.initializer ?? [];
    const { nodes, constants } = change({
      nodes: (value.node ?? []).map(readNode),
      constants: new Map(initializers.map((proto) => [proto.name ?? '', tensorFromProto(proto)])),
    });
    attributes[name] = {
      kind: 'graph',
      value: {
        ...value,
        node: nodes.map(nodeToProto),
        initializer: [...constants].map(([own, tensor]) => tensorToProto(own, tensor)),
      },
    };
  }
  return { ...node, attributes };
}
