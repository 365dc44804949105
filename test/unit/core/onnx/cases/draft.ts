import { type AttributeLike, type Graph, makeNode, type Node } from '../../../../../src/core/onnx/graph.ts';
import { type DataType, makeTensor, type Tensor } from '../../../../../src/core/onnx/tensor.ts';
import type { Random } from '../random.ts';

/** A graph under construction, with one input `x`. */
export class Draft {
  readonly random: Random;
  readonly x = 'x';
  readonly dims: readonly number[];
  /** Values the input is drawn from. */
  low = -2;
  high = 2;
  opset = 18;
  readonly nodes: Node[] = [];
  readonly #constants = new Map<string, Tensor>();

  constructor(random: Random, dims: readonly number[]) {
    this.random = random;
    this.dims = dims;
  }

  within(low: number, high: number): this {
    this.low = low;
    this.high = high;
    return this;
  }

  constant(type: DataType, dims: readonly number[], values: ArrayLike<number>): string {
    const name = `c${this.#constants.size}`;
    this.#constants.set(name, makeTensor(type, dims, values));
    return name;
  }

  ints(values: readonly number[]): string {
    return this.constant('int64', [values.length], values);
  }

  scalar(value: number): string {
    return this.constant('float32', [], [value]);
  }

  weights(dims: readonly number[], low = -1, high = 1): string {
    const count = dims.reduce((product, dim) => product * dim, 1);
    return this.constant('float32', dims, this.random.floats(count, low, high));
  }

  op(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeLike>> = {},
    options: { domain?: string; outputs?: number } = {},
  ): string {
    const outputs = Array.from({ length: options.outputs ?? 1 }, (_, i) => `v${this.nodes.length}_${i}`);
    this.nodes.push(makeNode(op, inputs, outputs, attributes, options.domain));
    return outputs[0];
  }

  graph(output: string): Graph {
    return {
      inputs: [{ name: this.x, type: 'float32', dims: this.dims }],
      outputs: [output],
      nodes: this.nodes,
      constants: this.#constants,
      types: new Map(),
      irVersion: 8,
      opsets: new Map([
        ['', this.opset],
        ['com.microsoft', 1],
      ]),
    };
  }
}

/** Draws one random use of an operator: the draft and the name of its output. */
export type Case = (random: Random) => readonly [Draft, string];

export function draft(random: Random, dims: readonly number[]): Draft {
  return new Draft(random, dims);
}
