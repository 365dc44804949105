import type { GraphProto } from './protobuf/schema.ts';
import type { DataType, Tensor } from './tensor.ts';

/** Element type and shape of a value; every dimension is known. */
export interface ValueType {
  readonly type: DataType;
  readonly dims: readonly number[];
}

/** A graph input; a dimension is a number, or a name for one that may vary. */
export interface GraphInput {
  readonly name: string;
  readonly type: DataType;
  readonly dims: readonly (number | string)[];
}

/** An attribute with its kind, because 1 the int and 1 the float are not the same to a kernel. */
export type Attribute =
  | { readonly kind: 'int' | 'float'; readonly value: number }
  | { readonly kind: 'string' | 'unsupported'; readonly value: string }
  | { readonly kind: 'ints' | 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'tensor'; readonly value: Tensor }
  | { readonly kind: 'graph'; readonly value: GraphProto }
  /** In a function's body: the value is the caller's attribute of that name. */
  | { readonly kind: 'reference'; readonly value: string };

export type Attributes = Readonly<Record<string, Attribute>>;

/** One operator application. Missing optional inputs and unused outputs are empty strings. */
export interface Node {
  readonly op: string;
  /** '' is the ONNX standard. */
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

/** A computation: nodes in an order in which every value is made before it is used. Passes return a new one. */
export interface Graph {
  readonly inputs: readonly GraphInput[];
  readonly outputs: readonly string[];
  /** What the file says about its outputs; absent in graphs that were not read from a file. */
  readonly declared?: readonly GraphInput[];
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<string, Tensor>;
  /** Types of values as far as a pass has found them out. */
  readonly types: ReadonlyMap<string, ValueType>;
  readonly irVersion: number;
  /** Operator set versions by domain. */
  readonly opsets: ReadonlyMap<string, number>;
}

/** Marks a number as a float attribute. */
export function float(value: number): Attribute {
  return { kind: 'float', value };
}

/** How rules write attributes: a bare number is an int, a bare list is ints. */
export type AttributeLike = number | string | readonly number[] | Attribute | undefined;

function attributesOf(values: Readonly<Record<string, AttributeLike>>): Attributes {
  const attributes: Record<string, Attribute> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    if (typeof value === 'number') attributes[name] = { kind: 'int', value };
    else if (typeof value === 'string') attributes[name] = { kind: 'string', value };
    else if (Array.isArray(value)) attributes[name] = { kind: 'ints', value };
    else attributes[name] = value as Attribute;
  }
  return attributes;
}

export function makeNode(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, AttributeLike>> = {},
  domain = '',
): Node {
  return { op, domain, name: `${op}_${outputs[0]}`, inputs, outputs, attributes: attributesOf(attributes) };
}

/** A numeric attribute (int or float), or `fallback` where it is absent. */
export function numberAttribute(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes[name];
  return attribute?.kind === 'int' || attribute?.kind === 'float' ? attribute.value : fallback;
}

export function intsAttribute(node: Node, name: string): readonly number[] | undefined {
  const attribute = node.attributes[name];
  return attribute?.kind === 'ints' ? attribute.value : undefined;
}

export function stringAttribute(node: Node, name: string, fallback: string): string {
  const attribute = node.attributes[name];
  return attribute?.kind === 'string' ? attribute.value : fallback;
}

/** Operator with its domain where that is not the standard one, as error messages and tables write it. */
export function operatorName(node: Node): string {
  return node.domain === '' ? node.op : `${node.domain}.${node.op}`;
}

/** Which nodes read each value. */
export function consumersOf(graph: Graph): Map<string, Node[]> {
  const consumers = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const input of new Set(node.inputs)) {
      const list = consumers.get(input);
      if (list === undefined) consumers.set(input, [node]);
      else list.push(node);
    }
  }
  return consumers;
}

/** The other one of a node's two inputs. */
export function otherInput({ inputs }: Node, value: string): string {
  return inputs[inputs[0] === value ? 1 : 0];
}

/** The node that alone reads a value, which is no output, where its operator is `op`: a step of a chain. */
export function onlyReader(
  graph: Graph,
  consumers: ReadonlyMap<string, readonly Node[]>,
  value: string,
  op: string,
): Node | undefined {
  const readers = consumers.get(value) ?? [];
  return readers.length === 1 && readers[0].op === op && !graph.outputs.includes(value)
    ? readers[0]
    : undefined;
}

/** Which node makes each value. */
export function producersOf(graph: Graph): Map<string, Node> {
  const producers = new Map<string, Node>();
  for (const node of graph.nodes) for (const output of node.outputs) if (output) producers.set(output, node);
  return producers;
}

/** Operators that read a value's shape and not its elements. */
export const SHAPE_READERS = new Set(['Shape', 'Size']);

/** Values that `outputs` are computed from. */
export function neededValues(graph: Graph, outputs: Iterable<string>): Set<string> {
  const needed = new Set(outputs);
  for (const node of [...graph.nodes].reverse()) {
    if (node.outputs.some((output) => needed.has(output))) for (const input of node.inputs) needed.add(input);
  }
  return needed;
}

/** Makes value names that are not taken yet. */
export class FreshNames {
  readonly #taken: (name: string) => boolean;
  /** Where counting goes on: from the start each time, many names of one prefix would take quadratic time. */
  readonly #next = new Map<string, number>();

  constructor(taken: (name: string) => boolean) {
    this.#taken = taken;
  }

  /** A name that starts with `prefix`. The caller takes it. */
  make(prefix: string): string {
    for (let i = this.#next.get(prefix) ?? 0; ; i++) {
      const name = i === 0 ? prefix : `${prefix}_${i}`;
      if (this.#taken(name)) continue;
      this.#next.set(prefix, i);
      return name;
    }
  }
}

/** A type as onnxruntime infers it: a dimension it cannot know is a name. */
export type InferredType = Omit<GraphInput, 'name'>;

/** What the passes ask of an ONNX runtime. The core says what to run; the engine runs it. */
export interface GraphRunner {
  /** Loads a model without running it. @returns types of its outputs, by name */
  infer(model: Uint8Array): Promise<ReadonlyMap<string, InferredType>>;
  /** Runs a model once. @returns its outputs, by name */
  run(model: Uint8Array, inputs: ReadonlyMap<string, Tensor>): Promise<ReadonlyMap<string, Tensor>>;
}
