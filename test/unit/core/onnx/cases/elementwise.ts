import { float } from '../../../../../src/core/onnx/graph.ts';
import type { Random } from '../random.ts';
import { type Case, draft } from './draft.ts';

type Attributes = (random: Random) => Record<string, ReturnType<typeof float>>;

const unary =
  (op: string, low = -2, high = 2, attributes: Attributes = () => ({})): Case =>
  (random) => {
    const d = draft(random, random.dims(random.int(1, 4))).within(low, high);
    return [d, d.op(op, [d.x], attributes(random))];
  };

/** A shape that broadcasts with `dims`: some axes 1, some leading ones left out. */
function broadcastable(random: Random, dims: readonly number[]): number[] {
  const shape = dims.map((dim) => (random.chance(0.4) ? 1 : dim));
  return shape.slice(random.chance(0.3) ? random.int(0, dims.length - 1) : 0);
}

/** x with a constant on either side, or with something computed from x. */
const binary =
  (op: string, low = -2, high = 2): Case =>
  (random) => {
    const dims = random.dims(random.int(1, 4), 1, 3);
    const shapes = random.shuffle([dims, broadcastable(random, dims)]);
    const d = draft(random, shapes[0]).within(low, high);
    if (random.chance(0.5)) {
      const inputs = [d.x, d.weights(shapes[1], Math.max(low, -2) + 0.013, high)];
      return [d, d.op(op, random.chance(0.5) ? inputs : inputs.reverse())];
    }
    const square = d.op('Mul', [d.x, d.x]);
    const other = d.op('Add', [square, d.scalar(0.37)]);
    return [d, d.op(op, random.shuffle([d.x, other]))];
  };

export const ELEMENTWISE_CASES: Readonly<Record<string, Case>> = {
  ...Object.fromEntries(
    'Neg Abs Exp Sin Cos Erf Relu Sigmoid Tanh Softplus Softsign Mish HardSwish Identity'
      .split(' ')
      .map((op) => [op, unary(op, -4, 4)]),
  ),
  ...Object.fromEntries('Atan Sinh Cosh Asinh'.split(' ').map((op) => [op, unary(op)])),
  ...Object.fromEntries('Tan Asin Acos Atanh'.split(' ').map((op) => [op, unary(op, -0.8, 0.8)])),
  Acosh: unary('Acosh', 1.2, 3),
  Log: unary('Log', 0.2, 3),
  Sqrt: unary('Sqrt', 0.2, 3),
  Reciprocal: unary('Reciprocal', 0.3, 3),
  LeakyRelu: unary('LeakyRelu', -2, 2, (r) => ({ alpha: float(r.between(-0.2, 0.4)) })),
  Elu: unary('Elu', -3, 3, (r) => ({ alpha: float(r.between(0.2, 2)) })),
  Selu: unary('Selu', -3, 3, (r) => (r.chance(0.5) ? {} : { alpha: float(1.1), gamma: float(0.7) })),
  Celu: unary('Celu', -3, 3, (r) => ({ alpha: float(r.between(0.3, 2)) })),
  HardSigmoid: unary('HardSigmoid', -4, 4, (r) => ({ alpha: float(r.between(0.1, 0.5)), beta: float(0.4) })),
  ThresholdedRelu: unary('ThresholdedRelu', -2, 2, (r) => ({ alpha: float(r.between(0.2, 1)) })),
  Shrink: unary('Shrink', -2, 2, (r) => ({
    lambd: float(r.between(0.2, 1)),
    bias: float(r.between(0, 0.5)),
  })),
  Add: binary('Add'),
  Sub: binary('Sub'),
  Mul: binary('Mul'),
  Div: binary('Div', 0.4, 2),
  Max: binary('Max'),
  Min: binary('Min'),
  'variadic Sum, Max, Min, Mean': (random) => {
    const d = draft(random, random.dims(3, 1, 3));
    const shifted = d.op('Sub', [d.scalar(0.211), d.x]);
    const inputs = random.shuffle([d.x, d.weights(d.dims), shifted, d.scalar(-0.317)]);
    return [d, d.op(random.pick(['Sum', 'Max', 'Min', 'Mean']), inputs.slice(0, random.int(3, 4)))];
  },
  'Pow with constant exponents': (random) => {
    const d = draft(random, random.dims(3)).within(0.3, 2);
    const exponent = random.chance(0.5)
      ? d.scalar(random.pick([2, 3, 0.5, -1, 1.7]))
      : d.weights([d.dims[2]], -2, 3);
    return [d, d.op('Pow', [d.x, exponent])];
  },
  'Pow with computed exponents': (random) => {
    const d = draft(random, random.dims(2)).within(0.3, 2);
    return [
      d,
      d.op('Pow', random.shuffle([d.x, d.op('Neg', [d.x])].map((v, i) => (i ? d.op('Exp', [v]) : v)))),
    ];
  },
  'Clip with one or two bounds': (random) => {
    const d = draft(random, random.dims(3));
    const low = random.chance(0.7) ? d.scalar(random.between(-1.5, 0)) : '';
    const high = random.chance(0.7) ? d.scalar(random.between(0.1, 1.5)) : '';
    return [d, d.op('Clip', [d.x, low, high])];
  },
  'Clip and HardSwish of planes': (random) => {
    const dims = [random.int(1, 2), 4 * random.int(1, 3), random.int(1, 3), random.int(1, 3)];
    const d = draft(random, dims).within(-4, 4);
    if (random.chance(0.3)) return [d, d.op('HardSwish', [d.x])];
    return [d, d.op('Clip', [d.x, d.scalar(random.between(-3, 0)), d.scalar(random.between(0.1, 3))])];
  },
  PRelu: (random) => {
    const dims = random.dims(4, 1, 3);
    const d = draft(random, dims);
    if (random.chance(0.7)) return [d, d.op('PRelu', [d.x, d.weights([dims[1], 1, 1])])];
    const slope = d.op('ReduceMean', [d.x, d.ints([0])], { keepdims: 1 });
    return [d, d.op('PRelu', [d.x, slope])];
  },
  'Gelu of the standard and of com.microsoft': (random) => {
    const d = draft(random, random.dims(3)).within(-4, 4);
    if (random.chance(0.4)) return [d, d.op('Gelu', [d.x], {}, { domain: 'com.microsoft' })];
    d.opset = 20;
    return [d, d.op('Gelu', [d.x], random.chance(0.5) ? { approximate: 'tanh' } : {})];
  },
  'Gelu as exporters write it': (random) => {
    const d = draft(random, random.dims(3)).within(-4, 4);
    const half = d.scalar(0.5);
    const scaled = d.op('Div', [d.x, d.scalar(Math.SQRT2)]);
    const plusOne = d.op('Add', [d.op('Erf', [scaled]), d.scalar(1)]);
    if (random.chance(0.5)) return [d, d.op('Mul', [d.op('Mul', [d.x, plusOne]), half])];
    return [d, d.op('Mul', [d.op('Mul', [d.x, half]), plusOne])];
  },
  Where: (random) => {
    const dims = random.dims(3, 1, 3);
    const d = draft(random, dims);
    const shape = broadcastable(random, dims);
    const count = shape.reduce((product, dim) => product * dim, 1);
    const mask = d.constant(
      'bool',
      shape,
      Array.from({ length: count }, () => random.int(0, 1)),
    );
    const condition = random.chance(0.5) ? mask : d.op('Greater', [d.x, d.scalar(0.1)]);
    const other = random.chance(0.5) ? d.weights(broadcastable(random, dims)) : d.op('Exp', [d.x]);
    return [d, d.op('Where', [condition, ...random.shuffle([d.x, other])])];
  },
};
