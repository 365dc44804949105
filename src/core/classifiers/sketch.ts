import { type Attribute, type AttributeLike, makeNode, type Node } from '../onnx/graph.ts';
import type { ValueInfoProto } from '../onnx/protobuf/schema.ts';
import { codeOf, type DataType, makeTensor, type Tensor } from '../onnx/tensor.ts';
import { nodeToProto } from '../onnx/writeGraph.ts';

type Attributes = Readonly<Record<string, AttributeLike>>;

/** Begins the names of all values that SeMap adds. */
const PREFIX = 'semap/';

/** From this operator set on, reductions take their axes as an input. */
const AXES_AS_INPUT = 18;

/** Of what a branch gives. */
export interface BranchOutput {
  readonly type: DataType;
  /** A name for a dimension that is not known. */
  readonly dims: readonly (number | string)[];
}

/** Nodes that are added around graphs of others; a value is its name. Unlike a `GraphBuilder`, it need not know shapes. */
export class Sketch {
  readonly constants = new Map<string, Tensor>();
  readonly opset: number;
  #nodes: Node[] = [];
  #count = 0;
  readonly #shared = new Map<string, string>();

  constructor(opset: number) {
    this.opset = opset;
  }

  /** The nodes so far, in their order. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** Adds nodes of others behind those so far. */
  append(nodes: readonly Node[]): void {
    this.#nodes = this.#nodes.concat(nodes);
  }

  op(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const output = this.#fresh(op);
    this.#nodes.push(makeNode(op, inputs, [output], attributes));
    return output;
  }

  /** Of an operator with two outputs. */
  two(op: string, inputs: readonly string[], attributes: Attributes = {}): readonly [string, string] {
    const outputs = [this.#fresh(op), this.#fresh(op)] as const;
    this.#nodes.push(makeNode(op, inputs, outputs, attributes));
    return outputs;
  }

  /** Gives a value a name of its own. */
  name(value: string, name: string): void {
    this.#nodes.push(makeNode('Identity', [value], [name]));
  }

  tensor(tensor: Tensor, hint = 'constant'): string {
    const name = this.#fresh(hint);
    this.constants.set(name, tensor);
    return name;
  }

  floats(values: ArrayLike<number>, dims: readonly number[] = [values.length]): string {
    return this.tensor(makeTensor('float32', dims, Float32Array.from(values)));
  }

  /** One float, without dimensions. */
  float(value: number): string {
    return this.#once(`f${Object.is(value, -0) ? '-0' : value}`, () => this.floats([value], []));
  }

  /** One number of 64 bits, without dimensions. */
  double(value: number): string {
    return this.#once(`d${value}`, () => this.tensor(makeTensor('float64', [], Float64Array.of(value))));
  }

  /** A list of int64. */
  ints(...values: readonly number[]): string {
    return this.#once(`i${values}`, () => this.tensor(makeTensor('int64', [values.length], values)));
  }

  /** One whole number, without dimensions. */
  index(value: number): string {
    return this.#once(`n${value}`, () => this.tensor(makeTensor('int64', [], [value])));
  }

  /** No dimensions. */
  noDims(): string {
    return this.#once('none', () => this.tensor(makeTensor('int64', [0], [])));
  }

  bools(values: readonly boolean[], dims: readonly number[]): string {
    return this.tensor(makeTensor('bool', dims, values.map(Number)));
  }

  zeroByte(): string {
    return this.#once('byte', () => this.tensor(makeTensor('uint8', [], [0])));
  }

  cast(value: string, type: DataType): string {
    return this.op('Cast', [value], { to: codeOf(type) });
  }

  /** ReduceSum, ReduceMax, ... over some axes. */
  reduce(op: string, value: string, axes: readonly number[], keep = true): string {
    const keepdims = keep ? 1 : 0;
    return op === 'ReduceSum' || this.opset >= AXES_AS_INPUT
      ? this.op(op, [value, this.ints(...axes)], { keepdims })
      : this.op(op, [value], { axes, keepdims });
  }

  /** Some elements along an axis of a list. */
  gather(value: string, indices: readonly number[], axis: number): string {
    return this.op('Gather', [value, this.ints(...indices)], { axis });
  }

  /** One of two values, of which only that one is computed. */
  branch(condition: string, output: BranchOutput, yes: () => string, no: () => string): string {
    const body = (name: string, make: () => string): Attribute => {
      const before = this.#nodes;
      this.#nodes = [];
      const value = make();
      const node = this.#nodes.map(nodeToProto);
      this.#nodes = before;
      return { kind: 'graph', value: { name, node, output: [valueInfo(value, output)] } };
    };
    return this.op('If', [condition], { then_branch: body('then', yes), else_branch: body('else', no) });
  }

  #once(key: string, make: () => string): string {
    const known = this.#shared.get(key) ?? make();
    this.#shared.set(key, known);
    return known;
  }

  #fresh(hint: string): string {
    return `${PREFIX}${hint}_${this.#count++}`;
  }
}

function valueInfo(name: string, { type, dims }: BranchOutput): ValueInfoProto {
  const dim = dims.map((one) => (typeof one === 'number' ? { dimValue: BigInt(one) } : { dimParam: one }));
  return { name, type: { tensorType: { elemType: codeOf(type), shape: { dim } } } };
}
