import { notOnnx, unsupportedModel } from '../errors.ts';
import { phrase } from '../text/text.ts';
import type { Attribute, Graph, GraphInput, Node } from './graph.ts';
import { inlineFunctions } from './inlineFunctions.ts';
import type { AttributeProto, GraphProto, ModelProto, NodeProto, ValueInfoProto } from './protobuf/schema.ts';
import { checkRank } from './shapes.ts';
import { dataTypeOf, makeTensor, type Tensor, tensorFromProto } from './tensor.ts';

const text = new TextDecoder();

/** Attributes that are longer lists belong to operators that no image classifier has, such as tree ensembles. */
const MAX_LIST = 1_000_000;

/**
 * The graph of a decoded model: model-local functions inlined, `Constant` nodes and initialisers as constants, nodes in
 * topological order.
 * @throws SemapError `not-onnx` for a graph that is not one (cycles, values nobody makes), `unsupported-model`
 */
export function readGraph(model: ModelProto): Graph {
  const proto = model.graph;
  if (proto === undefined || (proto.node ?? []).length === 0)
    throw notOnnx(phrase('This file contains no ONNX graph.'));
  if (proto.sparseInitializer !== undefined)
    throw unsupportedModel(phrase('Sparse weights are not supported.'));
  const opsets = new Map<string, number>();
  for (const { domain, version } of model.opsetImport ?? []) opsets.set(standard(domain), version ?? 0);
  if (!opsets.has('')) throw notOnnx(phrase('This model does not state its ONNX operator set.'));

  const constants = new Map<string, Tensor>();
  for (const tensor of proto.initializer ?? []) constants.set(tensor.name ?? '', tensorFromProto(tensor));
  // Before IR version 4 every initialiser is listed as an input as well.
  const inputs = (proto.input ?? []).filter(({ name }) => !constants.has(name ?? '')).map(readInput);
  const nodes: Node[] = [];
  for (const node of inlineFunctions((proto.node ?? []).map(readNode), model, readNode)) {
    if (node.op === 'Constant' && node.domain === '') constants.set(node.outputs[0], readConstant(node));
    else nodes.push(node);
  }
  const outputs = (proto.output ?? []).map(({ name }) => name ?? '');
  if (outputs.length === 0) throw notOnnx(phrase('This graph has no output.'));
  const given = new Set([...inputs.map(({ name }) => name), ...constants.keys()]);
  const sorted = sortNodes(nodes, given);
  const known = new Set([...given, ...sorted.flatMap(({ outputs }) => outputs)]);
  const missing = outputs.find((name) => !known.has(name));
  if (missing !== undefined) throw notOnnx(phrase('No node of the graph produces output "{0}".', missing));
  return {
    inputs,
    outputs,
    declared: (proto.output ?? []).map(readOutput),
    nodes: sorted,
    constants,
    types: new Map(),
    irVersion: model.irVersion ?? 0,
    opsets,
  };
}

function standard(domain: string | undefined): string {
  return domain === undefined || domain === 'ai.onnx' ? '' : domain;
}

function readInput(info: ValueInfoProto): GraphInput {
  const name = info.name ?? '';
  const tensorType = info.type?.tensorType;
  const type = dataTypeOf(tensorType?.elemType ?? 0);
  if (tensorType === undefined || type === undefined)
    throw unsupportedModel(phrase('Input "{0}" is not a tensor of a supported type.', name));
  return { name, type, dims: declaredDims(info) };
}

/** Of no declared type: floats of no declared shape. */
function readOutput(info: ValueInfoProto): GraphInput {
  const type = dataTypeOf(info.type?.tensorType?.elemType ?? 0) ?? 'float32';
  return { name: info.name ?? '', type, dims: declaredDims(info) };
}

function declaredDims(info: ValueInfoProto): (number | string)[] {
  checkRank(info.type?.tensorType?.shape?.dim?.length ?? 0, info.name ?? '');
  return (info.type?.tensorType?.shape?.dim ?? []).map((dim, axis) =>
    dim.dimValue !== undefined && dim.dimValue > 0n ? Number(dim.dimValue) : dim.dimParam || `?${axis}`,
  );
}

export function readNode(proto: NodeProto): Node {
  const attributes: Record<string, Attribute> = {};
  for (const attribute of proto.attribute ?? []) attributes[attribute.name ?? ''] = readAttribute(attribute);
  return {
    op: proto.opType ?? '',
    domain: standard(proto.domain),
    name: proto.name || (proto.output?.[0] ?? ''),
    inputs: proto.input ?? [],
    outputs: proto.output ?? [],
    attributes,
  };
}

/** The `type` field decides; files of early exporters lack it, then the field that is set does. */
function readAttribute(proto: AttributeProto): Attribute {
  if (proto.refAttrName) return { kind: 'reference', value: proto.refAttrName };
  switch (proto.type || guessType(proto)) {
    case 1:
      return { kind: 'float', value: proto.f ?? 0 };
    case 2:
      return { kind: 'int', value: Number(proto.i ?? 0n) };
    case 3:
      return { kind: 'string', value: text.decode(proto.s ?? new Uint8Array(0)) };
    case 4:
      return proto.t === undefined
        ? { kind: 'unsupported', value: 'empty tensor' }
        : { kind: 'tensor', value: tensorFromProto(proto.t, proto.name) };
    case 5:
      return { kind: 'graph', value: proto.g ?? {} };
    case 6:
      return listOr(proto.floats, (floats) => ({ kind: 'floats', value: Array.from(floats) }));
    case 7:
      return listOr(proto.ints, (ints) => ({ kind: 'ints', value: Array.from(ints, Number) }));
    case 8:
      return listOr(proto.strings, (strings) => ({
        kind: 'strings',
        value: Array.from(strings, (bytes) => text.decode(bytes)),
      }));
    default:
      return { kind: 'unsupported', value: `attribute type ${proto.type ?? 0}` };
  }
}

function listOr<T>(list: ArrayLike<T> = [], read: (list: ArrayLike<T>) => Attribute): Attribute {
  return list.length > MAX_LIST
    ? { kind: 'unsupported', value: `a list of ${list.length} values` }
    : read(list);
}

function guessType(proto: AttributeProto): number {
  if (proto.f !== undefined) return 1;
  if (proto.i !== undefined) return 2;
  if (proto.s !== undefined) return 3;
  if (proto.t !== undefined) return 4;
  if (proto.g !== undefined) return 5;
  if (proto.floats !== undefined) return 6;
  if (proto.ints !== undefined) return 7;
  return proto.strings === undefined ? 0 : 8;
}

function readConstant(node: Node): Tensor {
  const { value, value_float, value_floats, value_int, value_ints } = node.attributes;
  if (value?.kind === 'tensor') return value.value;
  if (value_float?.kind === 'float') return makeTensor('float32', [], [value_float.value]);
  if (value_floats?.kind === 'floats')
    return makeTensor('float32', [value_floats.value.length], value_floats.value);
  if (value_int?.kind === 'int') return makeTensor('int64', [], [value_int.value]);
  if (value_ints?.kind === 'ints') return makeTensor('int64', [value_ints.value.length], value_ints.value);
  throw unsupportedModel(phrase('Constant "{0}" has an unsupported type.', node.outputs[0]));
}

/**
 * Nodes in an order in which inputs come first (Kahn's algorithm; keeps the file's order where that is one already).
 * @throws SemapError `not-onnx` when a value has two makers or none, or nodes wait for each other in a circle
 */
function sortNodes(nodes: readonly Node[], given: ReadonlySet<string>): Node[] {
  const maker = new Map<string, number>();
  nodes.forEach((node, index) => {
    for (const output of node.outputs) {
      if (!output) continue;
      if (maker.has(output) || given.has(output))
        throw notOnnx(phrase('Two nodes produce the value "{0}".', output));
      maker.set(output, index);
    }
  });
  const waiting = new Array<number>(nodes.length).fill(0);
  const dependents: number[][] = nodes.map(() => []);
  nodes.forEach((node, index) => {
    for (const input of new Set([...node.inputs, ...capturedValues(node)])) {
      if (!input || given.has(input)) continue;
      const source = maker.get(input);
      if (source === undefined) {
        throw notOnnx(phrase('Node "{0}" reads "{1}", which no node produces.', node.name, input), {
          hint: phrase('Weights may be missing from the file.'),
        });
      }
      waiting[index]++;
      dependents[source].push(index);
    }
  });
  const order: Node[] = [];
  const ready = nodes.map((_, index) => index).filter((index) => waiting[index] === 0);
  if (nodes.every((_, index) => dependents[index].every((later) => later > index))) return [...nodes];
  for (let head = 0; head < ready.length; head++) {
    order.push(nodes[ready[head]]);
    for (const later of dependents[ready[head]]) if (--waiting[later] === 0) ready.push(later);
  }
  if (order.length < nodes.length) {
    const stuck = nodes[waiting.findIndex((count) => count > 0)];
    throw notOnnx(phrase('The graph has a cycle through node "{0}".', stuck.name));
  }
  return order;
}

/** Values of the enclosing graph that the bodies of If, Loop and Scan read. */
export function capturedValues(node: Node): string[] {
  const captured: string[] = [];
  for (const attribute of Object.values(node.attributes)) {
    if (attribute.kind === 'graph') for (const name of freeValues(attribute.value)) captured.push(name);
  }
  return captured;
}

function freeValues(graph: GraphProto): Set<string> {
  const own = new Set([
    ...(graph.input ?? []).map(({ name }) => name ?? ''),
    ...(graph.initializer ?? []).map(({ name }) => name ?? ''),
    ...(graph.node ?? []).flatMap(({ output }) => output ?? []),
  ]);
  const free = new Set<string>();
  const read = (name: string) => {
    if (name && !own.has(name)) free.add(name);
  };
  for (const node of graph.node ?? []) {
    for (const name of node.input ?? []) read(name);
    for (const { g } of node.attribute ?? []) if (g) for (const name of freeValues(g)) read(name);
  }
  for (const { name } of graph.output ?? []) read(name ?? '');
  return free;
}
