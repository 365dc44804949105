import { SemapError } from '../errors.ts';
import type { Attribute, Node } from './graph.ts';
import type { FunctionProto, ModelProto, NodeProto } from './protobuf/schema.ts';

const MAX_DEPTH = 32;
const MAX_NODES = 200_000;

/**
 * Replaces calls of the model's own functions (newer exporters write whole layers as functions) by their bodies, with
 * inner names made unique. Functions that call themselves end in an error.
 */
export function inlineFunctions(
  nodes: readonly Node[],
  model: ModelProto,
  readNode: (proto: NodeProto) => Node,
): Node[] {
  const functions = new Map<string, FunctionProto>();
  for (const proto of model.functions ?? []) functions.set(key(proto.domain ?? '', proto.name ?? ''), proto);
  if (functions.size === 0) return [...nodes];
  const result: Node[] = [];
  let calls = 0;
  const expand = (node: Node, depth: number): void => {
    const called = functions.get(key(node.domain, node.op));
    if (called === undefined) {
      result.push(node);
      return;
    }
    if (depth > MAX_DEPTH || result.length > MAX_NODES) {
      throw new SemapError('unsupported-model', `Function "${node.op}" is nested too deeply.`);
    }
    const prefix = `${node.op}_call${calls++}/`;
    const names = new Map<string, string>();
    (called.input ?? []).forEach((name, i) => {
      names.set(name, node.inputs[i] ?? '');
    });
    (called.output ?? []).forEach((name, i) => {
      if (node.outputs[i]) names.set(name, node.outputs[i]);
    });
    const rename = (name: string) => (name === '' ? '' : (names.get(name) ?? `${prefix}${name}`));
    const defaults = readNode({ attribute: called.attributeProto ?? [] }).attributes;
    for (const proto of called.node ?? []) {
      const inner = readNode(proto);
      expand(
        {
          ...inner,
          name: `${prefix}${inner.name}`,
          inputs: inner.inputs.map(rename),
          outputs: inner.outputs.map(rename),
          attributes: bind(inner.attributes, { ...defaults, ...node.attributes }),
        },
        depth + 1,
      );
    }
  };
  for (const node of nodes) expand(node, 0);
  return result;
}

function key(domain: string, name: string): string {
  return `${domain}:${name}`;
}

/** Attributes of the body that refer to the caller's get its values; what the caller left out stays out. */
function bind(
  attributes: Readonly<Record<string, Attribute>>,
  given: Readonly<Record<string, Attribute>>,
): Record<string, Attribute> {
  const bound: Record<string, Attribute> = {};
  for (const [name, attribute] of Object.entries(attributes)) {
    if (attribute.kind !== 'reference') bound[name] = attribute;
    else if (given[attribute.value] !== undefined) bound[name] = given[attribute.value];
  }
  return bound;
}
