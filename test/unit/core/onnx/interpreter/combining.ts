import {
  intsAttribute,
  type Node,
  numberAttribute,
  stringAttribute,
} from '../../../../../src/core/onnx/graph.ts';
import {
  broadcast,
  einsumSizes,
  frontAxis,
  parseEinsum,
  range,
} from '../../../../../src/core/onnx/shapes.ts';
import { at, broadcastAt, eachIndex, generate, size, type Values } from './array.ts';
import { broadcastPair, type Operator, roundHalfEven } from './elementwise.ts';

function transposed(a: Values, swap: boolean): Values {
  if (!swap) return a;
  const dims = [...a.dims.slice(0, -2), a.dims.at(-1)!, a.dims.at(-2)!];
  return generate(a.type, dims, (index) => at(a, [...index.slice(0, -2), index.at(-1)!, index.at(-2)!]));
}

function matmul(a: Values, b: Values): Values {
  const left = a.dims.length === 1 ? { ...a, dims: [1, a.dims[0]] } : a;
  const right = b.dims.length === 1 ? { ...b, dims: [b.dims[0], 1] } : b;
  const stack = broadcast(left.dims.slice(0, -2), right.dims.slice(0, -2));
  const [rows, inner, columns] = [left.dims.at(-2)!, left.dims.at(-1)!, right.dims.at(-1)!];
  const result = generate(a.type, [...stack, rows, columns], (index) => {
    const [head, i, j] = [index.slice(0, -2), index.at(-2)!, index.at(-1)!];
    let sum = 0;
    for (let k = 0; k < inner; k++)
      sum += broadcastAt(left, [...head, i, k]) * broadcastAt(right, [...head, k, j]);
    return sum;
  });
  const dims = [...stack, ...(a.dims.length === 1 ? [] : [rows]), ...(b.dims.length === 1 ? [] : [columns])];
  return { ...result, dims };
}

const scaled = (a: Values, factor: number): Values => ({ ...a, data: a.data.map((value) => value * factor) });

/** Combines the elements along `axes` of each remaining coordinate. */
function reduce(
  x: Values,
  axes: readonly number[],
  keep: boolean,
  combine: (values: number[]) => number,
): Values {
  const kept = x.dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const inner = axes.map((axis) => x.dims[axis]);
  const result = generate(x.type, kept, (index) => {
    const values: number[] = [];
    eachIndex(inner, (offset) => {
      const full = [...index];
      axes.forEach((axis, i) => {
        full[axis] = offset[i];
      });
      values.push(at(x, full));
    });
    return combine(values);
  });
  return keep ? result : { ...result, dims: x.dims.filter((_, axis) => !axes.includes(axis)) };
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly number[]) => sum(values) / values.length;

const reduction =
  (combine: (values: number[]) => number): Operator =>
  ([x, axesInput], node) => {
    const rank = x.dims.length;
    const given = axesInput === undefined ? intsAttribute(node, 'axes') : Array.from(axesInput.data);
    const axes =
      given === undefined || given.length === 0 ? range(rank) : given.map((axis) => frontAxis(axis, rank));
    return [reduce(x, axes, numberAttribute(node, 'keepdims', 1) === 1, combine)];
  };

/** (x - m) / sqrt(v + e) over `axes`, with m and 1 / sqrt(v + e). */
function standardise(x: Values, axes: readonly number[], epsilon: number) {
  const m = reduce(x, axes, true, mean);
  const centred = broadcastPair(x, m, (a, b) => a - b);
  const v = reduce({ ...centred, data: centred.data.map((value) => value * value) }, axes, true, mean);
  const inverse = { ...v, data: v.data.map((value) => 1 / Math.sqrt(value + epsilon)) };
  return { normalised: broadcastPair(centred, inverse, (a, b) => a * b), mean: m, inverse };
}

const multiply = (a: Values, b: Values) => broadcastPair(a, b, (p, q) => p * q);
const plus = (a: Values, b: Values) => broadcastPair(a, b, (p, q) => p + q);
const perChannel = (a: Values, rank: number): Values => ({
  ...a,
  dims: [a.dims[0], ...new Array<number>(rank - 2).fill(1)],
});

const exponential = (values: readonly number[]) => {
  const largest = Math.max(...values);
  return { largest, total: sum(values.map((value) => Math.exp(value - largest))) };
};

const BOUNDS: Readonly<Record<string, readonly [number, number]>> = { uint8: [0, 255], int8: [-128, 127] };

/** Scale or zero point, with its axis in place. */
function aligned(a: Values, node: Node, rank: number): Values {
  if (size(a.dims) === 1) return { ...a, dims: [] };
  const axis = frontAxis(numberAttribute(node, 'axis', 1), rank);
  return { ...a, dims: range(rank).map((i) => (i === axis ? a.dims[0] : 1)) };
}

/** Operators that combine many elements into one. */
export const COMBINING: Readonly<Record<string, Operator>> = {
  MatMul: ([a, b]) => [matmul(a, b)],
  FusedMatMul: ([a, b], node) => [
    scaled(
      matmul(
        transposed(a, numberAttribute(node, 'transA', 0) === 1),
        transposed(b, numberAttribute(node, 'transB', 0) === 1),
      ),
      numberAttribute(node, 'alpha', 1),
    ),
  ],
  Gemm: ([a, b, c], node) => {
    const product = scaled(
      matmul(
        transposed(a, numberAttribute(node, 'transA', 0) === 1),
        transposed(b, numberAttribute(node, 'transB', 0) === 1),
      ),
      numberAttribute(node, 'alpha', 1),
    );
    return [c === undefined ? product : plus(product, scaled(c, numberAttribute(node, 'beta', 1)))];
  },
  Einsum: (inputs, node) => {
    const shapes = inputs.map(({ dims }) => dims);
    const equation = parseEinsum(
      stringAttribute(node, 'equation', ''),
      shapes.map((shape) => shape.length),
    );
    const sizes = einsumSizes(equation, shapes);
    const summed = [...sizes.keys()].filter((letter) => !equation.output.includes(letter));
    const inner = summed.map((letter) => sizes.get(letter)!);
    const dims = equation.output.split('').map((letter) => sizes.get(letter)!);
    return [
      generate(inputs[0].type, dims, (index) => {
        let total = 0;
        eachIndex(inner, (offset) => {
          const value = (letter: string) => {
            const position = equation.output.indexOf(letter);
            return position < 0 ? offset[summed.indexOf(letter)] : index[position];
          };
          total += inputs.reduce(
            (product, input, i) => product * broadcastAt(input, equation.inputs[i].split('').map(value)),
            1,
          );
        });
        return total;
      }),
    ];
  },
  ReduceSum: reduction(sum),
  ReduceMean: reduction(mean),
  ReduceMax: reduction((values) => Math.max(...values)),
  ReduceMin: reduction((values) => Math.min(...values)),
  ReduceProd: reduction((values) => values.reduce((a, b) => a * b, 1)),
  ReduceL1: reduction((values) => sum(values.map(Math.abs))),
  ReduceL2: reduction((values) => Math.sqrt(sum(values.map((value) => value * value)))),
  ReduceSumSquare: reduction((values) => sum(values.map((value) => value * value))),
  ReduceLogSum: reduction((values) => Math.log(sum(values))),
  ReduceLogSumExp: reduction((values) => {
    const { largest, total } = exponential(values);
    return largest + Math.log(total);
  }),
  ArgMax: ([x], node) => {
    const axis = frontAxis(numberAttribute(node, 'axis', 0), x.dims.length);
    const first = reduce(x, [axis], true, (values) => values.indexOf(Math.max(...values)));
    return [{ ...first, type: 'int64' }];
  },
  Softmax: ([x], node) => {
    const axes = [frontAxis(numberAttribute(node, 'axis', -1), x.dims.length)];
    const largest = reduce(x, axes, true, (values) => Math.max(...values));
    const raised = broadcastPair(x, largest, (a, b) => Math.exp(a - b));
    return [broadcastPair(raised, reduce(raised, axes, true, sum), (a, b) => a / b)];
  },
  LogSoftmax: ([x], node) => {
    const axes = [frontAxis(numberAttribute(node, 'axis', -1), x.dims.length)];
    const normaliser = reduce(x, axes, true, (values) => {
      const { largest, total } = exponential(values);
      return largest + Math.log(total);
    });
    return [broadcastPair(x, normaliser, (a, b) => a - b)];
  },
  BatchNormalization: ([x, scale, offset, m, v], node) => {
    const epsilon = numberAttribute(node, 'epsilon', 1e-5);
    return [
      generate(x.type, x.dims, (index, flat) => {
        const c = index[1];
        return (scale.data[c] * (x.data[flat] - m.data[c])) / Math.sqrt(v.data[c] + epsilon) + offset.data[c];
      }),
    ];
  },
  LayerNormalization: ([x, scale, offset], node) => {
    const rank = x.dims.length;
    const axes = range(rank).slice(frontAxis(numberAttribute(node, 'axis', -1), rank));
    const { normalised, mean: m, inverse } = standardise(x, axes, numberAttribute(node, 'epsilon', 1e-5));
    const result = multiply(normalised, scale);
    return [offset === undefined ? result : plus(result, offset), m, inverse];
  },
  InstanceNormalization: ([x, scale, offset], node) => {
    const rank = x.dims.length;
    const { normalised } = standardise(x, range(rank).slice(2), numberAttribute(node, 'epsilon', 1e-5));
    return [plus(multiply(normalised, perChannel(scale, rank)), perChannel(offset, rank))];
  },
  GroupNormalization: ([x, scale, offset], node) => {
    const groups = numberAttribute(node, 'num_groups', 1);
    const grouped = { ...x, dims: [x.dims[0], groups, size(x.dims.slice(1)) / groups] };
    const { normalised } = standardise(grouped, [2], numberAttribute(node, 'epsilon', 1e-5));
    // Scale and offset are per group in operator set 18, per channel from 21 on.
    if (scale.dims[0] !== groups) {
      const whole = { ...normalised, dims: x.dims };
      const rank = x.dims.length;
      return [plus(multiply(whole, perChannel(scale, rank)), perChannel(offset, rank))];
    }
    const result = plus(multiply(normalised, perChannel(scale, 3)), perChannel(offset, 3));
    return [{ ...result, dims: x.dims }];
  },
  LpNormalization: ([x], node) => {
    const axis = frontAxis(numberAttribute(node, 'axis', -1), x.dims.length);
    const p = numberAttribute(node, 'p', 2);
    const norm = reduce(
      x,
      [axis],
      true,
      (values) => sum(values.map((value) => Math.abs(value) ** p)) ** (1 / p),
    );
    return [broadcastPair(x, norm, (a, b) => a / b)];
  },
  QuantizeLinear: ([x, scale, zero], node) => {
    const type = zero?.type ?? 'uint8';
    const [low, high] = BOUNDS[type];
    const s = aligned(scale, node, x.dims.length);
    const z = zero === undefined ? undefined : aligned(zero, node, x.dims.length);
    return [
      generate(type, x.dims, (index, flat) => {
        const level = roundHalfEven(x.data[flat] / broadcastAt(s, index));
        return Math.min(Math.max(level + (z === undefined ? 0 : broadcastAt(z, index)), low), high);
      }),
    ];
  },
  DequantizeLinear: ([q, scale, zero], node) => {
    const s = aligned(scale, node, q.dims.length);
    const z = zero === undefined ? undefined : aligned(zero, node, q.dims.length);
    return [
      generate('float32', q.dims, (index, flat) => {
        return (q.data[flat] - (z === undefined ? 0 : broadcastAt(z, index))) * broadcastAt(s, index);
      }),
    ];
  },
};
