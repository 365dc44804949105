import type { DataType } from '../../../../../src/core/onnx/tensor.ts';

/** A tensor of the interpreter: every number in double precision, whatever its ONNX type. */
export interface Values {
  readonly type: DataType;
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

export function size(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

export function strides(dims: readonly number[]): number[] {
  const result = new Array<number>(dims.length).fill(1);
  for (let i = dims.length - 2; i >= 0; i--) result[i] = result[i + 1] * dims[i + 1];
  return result;
}

/** Calls `visit` with every coordinate of a shape, in row-major order. */
export function eachIndex(dims: readonly number[], visit: (index: number[], flat: number) => void): void {
  const index = new Array<number>(dims.length).fill(0);
  const total = size(dims);
  for (let flat = 0; flat < total; flat++) {
    visit(index, flat);
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      if (++index[axis] < dims[axis]) break;
      index[axis] = 0;
    }
  }
}

export function flatten(index: readonly number[], step: readonly number[]): number {
  let flat = 0;
  for (let i = 0; i < index.length; i++) flat += index[i] * step[i];
  return flat;
}

/** A new tensor with `at(index)` at every coordinate. */
export function generate(
  type: DataType,
  dims: readonly number[],
  at: (index: number[], flat: number) => number,
): Values {
  const data = new Float64Array(size(dims));
  eachIndex(dims, (index, flat) => {
    data[flat] = at(index, flat);
  });
  return { type, dims: [...dims], data };
}

/** The element of `a` that broadcasting pairs with a coordinate of a shape of at least its rank. */
export function broadcastAt(a: Values, index: readonly number[]): number {
  const step = strides(a.dims);
  const lead = index.length - a.dims.length;
  let flat = 0;
  for (let i = 0; i < a.dims.length; i++) if (a.dims[i] !== 1) flat += index[i + lead] * step[i];
  return a.data[flat];
}

export function at(a: Values, index: readonly number[]): number {
  return a.data[flatten(index, strides(a.dims))];
}
