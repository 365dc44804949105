import { unsupportedModel } from '../errors.ts';
import type { Attribute, Graph, Node } from '../onnx/graph.ts';
import type { GraphProto } from '../onnx/protobuf/schema.ts';
import { phrase } from '../text/text.ts';

/** Operators that mean something else from an operator set on. */
const CHANGED: Readonly<Record<string, number>> = { GridSample: 20, GroupNormalization: 21 };

/**
 * Puts a backbone's values under a prefix, so that several stand in one graph.
 * @param renamed values that have another name instead: the input
 */
export function prefixed(graph: Graph, prefix: string, renamed: ReadonlyMap<string, string>): Graph {
  const rename = (name: string) => (name === '' ? '' : (renamed.get(name) ?? prefix + name));
  return {
    ...graph,
    outputs: graph.outputs.map(rename),
    nodes: graph.nodes.map((node) => renamedNode(node, prefix, rename)),
    constants: new Map([...graph.constants].map(([name, tensor]) => [rename(name), tensor])),
    types: new Map(),
  };
}

function renamedNode(node: Node, prefix: string, rename: (name: string) => string): Node {
  const attributes: Record<string, Attribute> = {};
  for (const [name, attribute] of Object.entries(node.attributes)) {
    attributes[name] =
      attribute.kind === 'graph' ? { kind: 'graph', value: renamedBody(attribute.value, rename) } : attribute;
  }
  return {
    ...node,
    name: prefix + node.name,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
    attributes,
  };
}

/** The body of an If, Loop or Scan: it may read values of the graph around it by their names. */
function renamedBody(graph: GraphProto, rename: (name: string) => string): GraphProto {
  const info = <T extends { name?: string | undefined }>(one: T): T => ({
    ...one,
    name: rename(one.name ?? ''),
  });
  const { valueInfo: _, ...body } = graph;
  return {
    ...body,
    ...(graph.input && { input: graph.input.map(info) }),
    ...(graph.output && { output: graph.output.map(info) }),
    ...(graph.initializer && { initializer: graph.initializer.map(info) }),
    ...(graph.node && {
      node: graph.node.map((node) => ({
        ...node,
        input: (node.input ?? []).map(rename),
        output: (node.output ?? []).map(rename),
        attribute: (node.attribute ?? []).map((one) =>
          one.g ? { ...one, g: renamedBody(one.g, rename) } : one,
        ),
      })),
    }),
  };
}

/** @throws {SemapError} `unsupported-model` where a backbone cannot stand in a graph of a later operator set, or be written again */
export function mustBeMovable(graph: Graph, opset: number, name: string): void {
  const from = graph.opsets.get('') ?? 0;
  const changed = graph.nodes.find(
    ({ op, domain }) => domain === '' && from < CHANGED[op] && opset >= CHANGED[op],
  );
  if (changed)
    throw unsupportedModel(
      phrase(
        '{0} cannot be exported together with a backbone of ONNX operator set {1}: its operator {2} has changed since {3}.',
        name,
        opset,
        changed.op,
        from,
      ),
      { hint: phrase('Leave one of the backbones out of the alignment.') },
    );
  const isText = [...graph.constants.values()].some(({ type }) => type === 'string');
  const odd = graph.nodes.find(({ attributes }) =>
    Object.values(attributes).some(({ kind }) => kind === 'unsupported' || kind === 'reference'),
  );
  if (isText || odd)
    throw unsupportedModel(
      phrase('{0} cannot be exported: SeMap cannot copy its operator {1}.', name, odd?.op ?? 'Constant'),
    );
}
