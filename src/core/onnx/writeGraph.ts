import { unsupportedModel } from '../errors.ts';
import { phrase } from '../text/text.ts';
import { type Attribute, FreshNames, type Graph, type GraphInput, type Node } from './graph.ts';
import { encodeModel } from './protobuf/encode.ts';
import type {
  AttributeProto,
  ModelProto,
  NodeProto,
  TensorProto,
  ValueInfoProto,
} from './protobuf/schema.ts';
import { readNode } from './readGraph.ts';
import { codeOf, type Tensor, tensorFromProto } from './tensor.ts';

const text = new TextEncoder();

/** The graph as the bytes of an ONNX file. Output types are written where the graph knows them. */
export function writeGraph(graph: Graph): Uint8Array {
  return encodeModel(graphToModel(graph));
}

export function graphToModel(graph: Graph): ModelProto {
  // onnxruntime wants node names unique; models do not always keep to that.
  const used = new Set<string>();
  const names = new FreshNames((name) => used.has(name));
  const unique = (node: Node) => {
    const name = names.make(node.name);
    used.add(name);
    return { ...node, name };
  };
  return {
    irVersion: graph.irVersion,
    producerName: 'SeMap',
    graph: {
      name: 'semap',
      node: graph.nodes.map((node) => nodeToProto(unique(node))),
      initializer: [...graph.constants].map(([name, tensor]) => tensorToProto(name, tensor)),
      input: graph.inputs.map(inputToProto),
      output: graph.outputs.map((name) => {
        const type = graph.types.get(name);
        return type === undefined ? { name } : inputToProto({ name, ...type });
      }),
    },
    opsetImport: [...graph.opsets].map(([domain, version]) => ({ domain, version })),
  };
}

export function tensorToProto(name: string, tensor: Tensor): TensorProto {
  return {
    name,
    dims: BigInt64Array.from(tensor.dims, BigInt),
    dataType: codeOf(tensor.type),
    rawData: tensor.bytes,
  };
}

function inputToProto({ name, type, dims }: GraphInput): ValueInfoProto {
  const dim = dims.map((value) =>
    typeof value === 'number' ? { dimValue: BigInt(value) } : { dimParam: value },
  );
  return { name, type: { tensorType: { elemType: codeOf(type), shape: { dim } } } };
}

export function nodeToProto(node: Node): NodeProto {
  return {
    opType: node.op,
    name: node.name,
    domain: node.domain || undefined,
    input: [...node.inputs],
    output: [...node.outputs],
    attribute: Object.entries(node.attributes).map(([name, attribute]) => attributeToProto(name, attribute)),
  };
}

function attributeToProto(name: string, attribute: Attribute): AttributeProto {
  switch (attribute.kind) {
    case 'float':
      return { name, type: 1, f: attribute.value };
    case 'int':
      return { name, type: 2, i: saturate(attribute.value) };
    case 'string':
      return { name, type: 3, s: text.encode(attribute.value) };
    case 'tensor':
      return { name, type: 4, t: tensorToProto('', attribute.value) };
    case 'graph':
      return { name, type: 5, g: attribute.value };
    case 'floats':
      return { name, type: 6, floats: Float32Array.from(attribute.value) };
    case 'ints':
      return { name, type: 7, ints: BigInt64Array.from(attribute.value, saturate) };
    case 'strings':
      return { name, type: 8, strings: attribute.value.map((value) => text.encode(value)) };
    default:
      throw unsupportedModel(phrase('Attribute "{0}" has an unsupported type.', name));
  }
}

/** "As far as it goes" is written as the largest int64, which as a number rounds up to 2^63. */
function saturate(value: number): bigint {
  if (value >= 2 ** 63) return 2n ** 63n - 1n;
  if (value <= -(2 ** 63)) return -(2n ** 63n);
  return BigInt(value);
}

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
