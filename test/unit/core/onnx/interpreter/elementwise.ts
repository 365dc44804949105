import { type Node, numberAttribute } from '../../../../../src/core/onnx/graph.ts';
import { broadcast } from '../../../../../src/core/onnx/shapes.ts';
import { broadcastAt, generate, type Values } from './array.ts';

export type Operator = (inputs: readonly Values[], node: Node) => readonly Values[];

/** erf by its Taylor series, and by its continued fraction where that is long. */
function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a > 3) {
    let fraction = 0;
    for (let k = 60; k > 0; k--) fraction = k / 2 / (a + fraction);
    return Math.sign(x) * (1 - Math.exp(-a * a) / ((a + fraction) * Math.sqrt(Math.PI)));
  }
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** To the nearest integer, halves to the even one. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

const clamp = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

type Attributed = (node: Node) => (x: number) => number;
const number = numberAttribute;

const UNARY: Readonly<Record<string, Attributed>> = {
  Identity: () => (x) => x,
  Dropout: () => (x) => x,
  Neg: () => (x) => -x,
  Abs: () => Math.abs,
  Sign: () => Math.sign,
  Floor: () => Math.floor,
  Ceil: () => Math.ceil,
  Round: () => roundHalfEven,
  Exp: () => Math.exp,
  Log: () => Math.log,
  Sqrt: () => Math.sqrt,
  Reciprocal: () => (x) => 1 / x,
  Sin: () => Math.sin,
  Cos: () => Math.cos,
  Tan: () => Math.tan,
  Asin: () => Math.asin,
  Acos: () => Math.acos,
  Atan: () => Math.atan,
  Sinh: () => Math.sinh,
  Cosh: () => Math.cosh,
  Asinh: () => Math.asinh,
  Acosh: () => Math.acosh,
  Atanh: () => Math.atanh,
  Erf: () => erf,
  Not: () => (x) => (x ? 0 : 1),
  Relu: () => (x) => Math.max(x, 0),
  Sigmoid: () => sigmoid,
  Tanh: () => Math.tanh,
  Softplus: () => softplus,
  Softsign: () => (x) => x / (1 + Math.abs(x)),
  Mish: () => (x) => x * Math.tanh(softplus(x)),
  HardSwish: () => (x) => x * clamp(x / 6 + 0.5, 0, 1),
  HardSigmoid: (node) => {
    const [alpha, beta] = [number(node, 'alpha', 0.2), number(node, 'beta', 0.5)];
    return (x) => clamp(alpha * x + beta, 0, 1);
  },
  LeakyRelu: (node) => {
    const alpha = number(node, 'alpha', 0.01);
    return (x) => (x > 0 ? x : alpha * x);
  },
  ThresholdedRelu: (node) => {
    const alpha = number(node, 'alpha', 1);
    return (x) => (x > alpha ? x : 0);
  },
  Elu: (node) => {
    const alpha = number(node, 'alpha', 1);
    return (x) => (x > 0 ? x : alpha * Math.expm1(x));
  },
  Selu: (node) => {
    const [alpha, gamma] = [number(node, 'alpha', 1.67326319), number(node, 'gamma', 1.05070102)];
    return (x) => gamma * (x > 0 ? x : alpha * Math.expm1(x));
  },
  Celu: (node) => {
    const alpha = number(node, 'alpha', 1);
    return (x) => (x > 0 ? x : alpha * Math.expm1(x / alpha));
  },
  Shrink: (node) => {
    const [bias, limit] = [number(node, 'bias', 0), number(node, 'lambd', 0.5)];
    return (x) => (x > limit ? x - bias : x < -limit ? x + bias : 0);
  },
  Gelu: (node) => {
    const attribute = node.attributes['approximate'];
    const tanh = attribute?.kind === 'string' && attribute.value === 'tanh';
    if (tanh) return (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    return (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2));
  },
};

const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sum: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Pow: (a, b) => a ** b,
  Max: Math.max,
  Min: Math.min,
  And: (a, b) => (a && b ? 1 : 0),
  Or: (a, b) => (a || b ? 1 : 0),
  PRelu: (a, b) => (a > 0 ? a : a * b),
};

const COMPARISON: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  Equal: (a, b) => a === b,
  Greater: (a, b) => a > b,
  GreaterOrEqual: (a, b) => a >= b,
  Less: (a, b) => a < b,
  LessOrEqual: (a, b) => a <= b,
};

export function broadcastPair(
  a: Values,
  b: Values,
  compute: (a: number, b: number) => number,
  type = a.type,
): Values {
  const dims = broadcast(a.dims, b.dims);
  return generate(type, dims, (index) => compute(broadcastAt(a, index), broadcastAt(b, index)));
}

function entries<T>(table: Readonly<Record<string, T>>, wrap: (entry: T) => Operator): [string, Operator][] {
  return Object.entries(table).map(([name, entry]) => [name, wrap(entry)]);
}

export const ELEMENTWISE: Readonly<Record<string, Operator>> = {
  ...Object.fromEntries([
    ...entries(UNARY, (make) => ([x], node) => {
      const compute = make(node);
      return [{ ...x, data: x.data.map(compute) }];
    }),
    ...entries(BINARY, (compute) => (inputs) => [inputs.reduce((a, b) => broadcastPair(a, b, compute))]),
    ...entries(COMPARISON, (compare) => ([a, b]) => [
      broadcastPair(a, b, (p, q) => (compare(p, q) ? 1 : 0), 'bool'),
    ]),
  ]),
  Mean: (inputs) => {
    const sum = inputs.reduce((a, b) => broadcastPair(a, b, BINARY['Add']));
    return [{ ...sum, data: sum.data.map((value) => value / inputs.length) }];
  },
  Clip: ([x, low, high]) => {
    const [from, to] = [low?.data[0] ?? Number.NEGATIVE_INFINITY, high?.data[0] ?? Number.POSITIVE_INFINITY];
    return [{ ...x, data: x.data.map((value) => clamp(value, from, to)) }];
  },
  Where: ([condition, yes, no]) => {
    const dims = broadcast(condition.dims, yes.dims, no.dims);
    const value = (index: number[]) => broadcastAt(broadcastAt(condition, index) ? yes : no, index);
    return [generate(yes.type, dims, value)];
  },
  Cast: ([x], node) => {
    const to = number(node, 'to', 1);
    const whole = to !== 1 && to !== 10 && to !== 11;
    const convert = to === 9 ? (value: number) => (value ? 1 : 0) : Math.trunc;
    const type = to === 9 ? 'bool' : to === 7 ? 'int64' : to === 6 ? 'int32' : 'float32';
    return [{ type, dims: x.dims, data: whole ? x.data.map(convert) : x.data }];
  },
};
