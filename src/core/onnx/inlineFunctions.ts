import { unsupportedModel } from '../errors.ts';
import { phrase } from '../text/text.ts';
import type { Attribute, Node } from './graph.ts';
import type { FunctionProto, ModelProto, NodeProto } from './protobuf/schema.ts';

const MAX_DEPTH = 32;
/** Calls, and the names and attributes of the nodes they make: functions that call others twice double at each level. */
const MAX_WORK = 500_000;

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
  const bodies = new Map<FunctionProto, FunctionBody>();
  const bodyOf = (proto: FunctionProto): FunctionBody => {
    let body = bodies.get(proto);
    if (body === undefined) {
      const defaults = readNode({ attribute: proto.attributeProto ?? [] }).attributes;
      body = { nodes: (proto.node ?? []).map(readNode), defaults };
      bodies.set(proto, body);
    }
    return body;
  };
  const result: Node[] = [];
  let calls = 0;
  let work = 0;
  const expand = (node: Node, depth: number): void => {
    const called = functions.get(key(node.domain, node.op));
    if (called === undefined) {
      result.push(node);
      return;
    }
    if (depth > MAX_DEPTH) {
      throw unsupportedModel(
        phrase(
          'Function "{0}" calls itself, or functions are nested more than {1} deep.',
          node.op,
          MAX_DEPTH,
        ),
      );
    }
    const { nodes: inside, defaults } = bodyOf(called);
    const attributes = { ...defaults, ...node.attributes };
    work += 1 + node.inputs.length + Object.keys(attributes).length;
    const prefix = `${node.op}_call${calls++}/`;
    const names = new Map<string, string>();
    for (const [i, name] of (called.input ?? []).entries()) names.set(name, node.inputs[i] ?? '');
    for (const [i, name] of (called.output ?? []).entries())
      if (node.outputs[i]) names.set(name, node.outputs[i]);
    const rename = (name: string) => (name === '' ? '' : (names.get(name) ?? `${prefix}${name}`));
    for (const inner of inside) {
      work += 1 + inner.inputs.length + inner.outputs.length + Object.keys(inner.attributes).length;
      if (work > MAX_WORK) {
        throw unsupportedModel(
          phrase(
            'This model calls its functions too often: expanded, they have more than {0} nodes, names and attributes.',
            MAX_WORK,
          ),
          { hint: phrase('Export it without functions.') },
        );
      }
      expand(
        {
          ...inner,
          name: `${prefix}${inner.name}`,
          inputs: inner.inputs.map(rename),
          outputs: inner.outputs.map(rename),
          attributes: bind(inner.attributes, attributes),
        },
        depth + 1,
      );
    }
  };
  for (const node of nodes) expand(node, 0);
  return result;
}

interface FunctionBody {
  readonly nodes: readonly Node[];
  readonly defaults: Readonly<Record<string, Attribute>>;
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
