import {
  type AttributeLike,
  FreshNames,
  type Graph,
  type GraphInput,
  makeNode,
  type Node,
  type ValueType,
} from './graph.ts';
import { inferOutputTypes } from './outputTypes.ts';
import { broadcast, productOf, range, sameShape } from './shapes.ts';
import { codeOf, type DataType, makeTensor, numbersOf, type Tensor } from './tensor.ts';

/**
 * Adds nodes to a graph. A value is its name; the builder knows every value's type, so a shape that does not fit ends in
 * an error at the line that wrote it.
 */
export class GraphBuilder {
  readonly #inputs: GraphInput[];
  readonly #constants: Map<string, Tensor>;
  readonly #types: Map<string, ValueType>;
  readonly #nodes: Node[] = [];
  readonly #shared = new Map<string, string>();
  readonly #scaled = new Map<string, { value: string; factor: number }>();
  readonly #opsets: Map<string, number>;
  readonly #graph: Graph;
  readonly #names = new FreshNames((name) => this.#types.has(name));
  #count = 0;

  /** Starts from `graph`, every value of which must have a type. */
  constructor(graph: Graph) {
    this.#graph = graph;
    this.#inputs = [...graph.inputs];
    this.#constants = new Map(graph.constants);
    this.#types = new Map(graph.types);
    this.#opsets = new Map(graph.opsets);
    for (const [name, { type, dims }] of graph.constants) this.#types.set(name, { type, dims });
  }

  /** The graph with the nodes added so far behind its own; `nodes` replaces the graph's own. */
  finish(outputs: readonly string[], nodes: readonly Node[] = this.#graph.nodes): Graph {
    return {
      ...this.#graph,
      inputs: this.#inputs,
      outputs,
      nodes: [...nodes, ...this.#nodes],
      constants: this.#constants,
      types: this.#types,
      opsets: this.#opsets,
    };
  }

  /** Takes the nodes added since the last call out of the builder. */
  takeNodes(): Node[] {
    return this.#nodes.splice(0);
  }

  // --- values ---

  knows(value: string): boolean {
    return this.#types.has(value);
  }

  typeOf(value: string): ValueType {
    const type = this.#types.get(value);
    if (type === undefined) throw new TypeError(`the type of "${value}" is not known`);
    return type;
  }

  dims(value: string): readonly number[] {
    return this.typeOf(value).dims;
  }

  tensor(value: string): Tensor | undefined {
    return this.#constants.get(value);
  }

  /** Values of a constant, or undefined. */
  numbers(value: string | undefined): ArrayLike<number> | undefined {
    const tensor = value ? this.#constants.get(value) : undefined;
    return tensor === undefined ? undefined : numbersOf(tensor);
  }

  /** The one element of a constant, or undefined. */
  scalar(value: string | undefined): number | undefined {
    const numbers = this.numbers(value);
    return numbers?.length === 1 ? numbers[0] : undefined;
  }

  /** Declares a further graph input. */
  input(name: string, type: DataType, dims: readonly number[]): string {
    this.#inputs.push({ name, type, dims });
    this.#types.set(name, { type, dims });
    return name;
  }

  /** Gives a value that something else makes a type, and a name nothing else has. */
  declare(hint: string, type: ValueType): string {
    const name = this.#names.make(hint);
    this.#types.set(name, type);
    return name;
  }

  constant(tensor: Tensor, hint = 'constant'): string {
    const name = this.#fresh(hint);
    this.#constants.set(name, tensor);
    this.#types.set(name, { type: tensor.type, dims: tensor.dims });
    return name;
  }

  /** A float constant, a scalar unless `dims` says otherwise. */
  floats(values: ArrayLike<number>, dims: readonly number[]): string {
    return this.constant(makeTensor('float32', dims, values));
  }

  scalarOf(value: number): string {
    return this.shared(`f${Object.is(value, -0) ? '-0' : value}`, () => this.floats([value], []));
  }

  /** A list of int64. */
  ints(values: readonly number[]): string {
    return this.shared(`i${values}`, () => this.constant(makeTensor('int64', [values.length], values)));
  }

  zeros(dims: readonly number[]): string {
    return this.full(this.scalarOf(0), dims);
  }

  /** What `make` makes, once per key. */
  shared(key: string, make: () => string): string {
    let value = this.#shared.get(key);
    if (value === undefined) {
      value = make();
      this.#shared.set(key, value);
    }
    return value;
  }

  // --- nodes ---

  op(op: string, inputs: readonly string[], attributes?: Readonly<Record<string, AttributeLike>>): string {
    return this.node(op, inputs, attributes)[0];
  }

  /** Adds a node. `types` replaces the shape rule of the operator, `outputs` the names it would get. */
  node(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeLike>> = {},
    options: { domain?: string; outputs?: readonly string[]; types?: readonly ValueType[] } = {},
  ): readonly string[] {
    const draft = makeNode(op, inputs, ['?'], attributes, options.domain);
    const types =
      options.types ??
      inferOutputTypes({
        node: draft,
        input: (index) => this.typeOf(inputs[index]),
        ints: (index) => {
          const values = this.numbers(inputs[index]);
          return values === undefined ? undefined : Array.from(values);
        },
      });
    const outputs = options.outputs ?? types.map(() => this.#fresh(op));
    for (const [i, output] of outputs.entries()) this.#types.set(output, types[i]);
    if (options.domain && !this.#opsets.has(options.domain)) this.#opsets.set(options.domain, 1);
    this.#nodes.push({ ...draft, name: `${op}_${outputs[0]}`, outputs });
    return outputs;
  }

  #fresh(hint: string): string {
    for (;;) {
      const name = `semap/${hint}_${this.#count++}`;
      if (!this.#types.has(name)) return name;
    }
  }

  add(a: string, b: string): string {
    return this.op('Add', [a, b]);
  }

  sub(a: string, b: string): string {
    return this.op('Sub', [a, b]);
  }

  mul(a: string, b: string): string {
    return this.op('Mul', [a, b]);
  }

  div(a: string, b: string): string {
    return this.op('Div', [a, b]);
  }

  /** a times a number. Factors in a row are multiplied here; those that cancel (a quantiser's scale) vanish. */
  scale(a: string, factor: number): string {
    const before = this.#scaled.get(a) ?? { value: a, factor: 1 };
    const total = before.factor * factor;
    if (Math.abs(total - 1) < 1e-12) return before.value;
    const result = this.mul(before.value, this.scalarOf(total));
    this.#scaled.set(result, { value: before.value, factor: total });
    return result;
  }

  neg(a: string): string {
    return this.op('Neg', [a]);
  }

  where(condition: string, yes: string, no: string): string {
    return this.op('Where', [condition, yes, no]);
  }

  cast(a: string, type: DataType): string {
    return this.typeOf(a).type === type ? a : this.op('Cast', [a], { to: codeOf(type) });
  }

  reshape(a: string, dims: readonly number[]): string {
    return sameShape(this.dims(a), dims) ? a : this.op('Reshape', [a, this.ints(dims)]);
  }

  transpose(a: string, permutation: readonly number[]): string {
    return permutation.every((axis, i) => axis === i) ? a : this.op('Transpose', [a], { perm: permutation });
  }

  /** With the last two axes swapped. */
  transposeLast(a: string): string {
    const axes = range(this.dims(a).length);
    return this.transpose(a, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
  }

  /** Expanded to `dims`. */
  full(a: string, dims: readonly number[]): string {
    return sameShape(this.dims(a), dims) ? a : this.op('Expand', [a, this.ints(dims)]);
  }

  sum(a: string, axes: readonly number[], keep = true): string {
    return axes.length === 0 ? a : this.op('ReduceSum', [a, this.ints(axes)], { keepdims: keep ? 1 : 0 });
  }

  mean(a: string, axes: readonly number[]): string {
    return this.op('ReduceMean', [a, this.ints(axes)], { keepdims: 1 });
  }

  /** Elements `start` up to `end` along each of `axes`. */
  slice(
    a: string,
    axes: readonly number[],
    start: readonly number[],
    end: readonly number[],
    steps?: readonly number[],
  ): string {
    const inputs = [a, this.ints(start), this.ints(end), this.ints(axes)];
    return this.op('Slice', steps === undefined ? inputs : [...inputs, this.ints(steps)]);
  }

  /** Zeros added before and after each axis (all befores first, then all afters); negative numbers crop. */
  pad(a: string, pads: readonly number[]): string {
    const dims = this.dims(a);
    const rank = dims.length;
    const axes = range(rank).filter((i) => pads[i] < 0 || pads[i + rank] < 0);
    let result = a;
    if (axes.length > 0) {
      const start = axes.map((i) => Math.max(0, -pads[i]));
      const end = axes.map((i) => dims[i] - Math.max(0, -pads[i + rank]));
      result = this.slice(a, axes, start, end);
    }
    const growth = pads.map((pad) => Math.max(0, pad));
    return growth.some((pad) => pad > 0) ? this.op('Pad', [result, this.ints(growth)]) : result;
  }

  /**
   * Sums a gradient of a broadcast result down to an operand's shape. `gradient` has shape `full` or one that broadcasts
   * to it: an axis it leaves at 1 counts `full` times.
   */
  unbroadcast(gradient: string, full: readonly number[], operand: readonly number[]): string {
    const lead = full.length - operand.length;
    const given = this.dims(gradient);
    let result = this.reshape(gradient, [...new Array<number>(full.length - given.length).fill(1), ...given]);
    const dims = this.dims(result);
    const target = full.map((_, axis) => (axis < lead ? 1 : operand[axis - lead]));
    const collapsed = range(full.length).filter((axis) => target[axis] === 1 && full[axis] !== 1);
    result = this.sum(
      result,
      collapsed.filter((axis) => dims[axis] !== 1),
    );
    result = this.scale(
      result,
      productOf(collapsed.filter((axis) => dims[axis] === 1).map((axis) => full[axis])),
    );
    return this.reshape(result, this.dims(result).slice(lead));
  }

  /** The shape two values broadcast to. */
  broadcastDims(...values: readonly string[]): number[] {
    return broadcast(...values.map((value) => this.dims(value)));
  }
}
