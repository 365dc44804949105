import type { RuleContext, RuleTable } from '../rule.ts';

/** Sums the gradient of input `index` of a broadcasting operator down to that input's shape. */
function reduceTo({ b, x, y }: RuleContext, gradient: string, index: number): string {
  return b.unbroadcast(gradient, b.dims(y[0]), b.dims(x[index]));
}

const pass = ({ g }: RuleContext) => [g];
const zero = () => [];

/** Element-wise arithmetic with broadcasting: an operand's gradient is summed over the axes it was repeated along. */
export const ARITHMETIC_RULES: RuleTable = {
  // y = a + b; da = g, db = g
  Add: (r) => [0, 1].map((i) => (r.wants(i) ? reduceTo(r, r.g, i) : undefined)),
  Sum: (r) => r.x.map((_, i) => (r.wants(i) ? reduceTo(r, r.g, i) : undefined)),

  // y = a - b; da = g, db = -g
  Sub: (r) => [
    r.wants(0) ? reduceTo(r, r.g, 0) : undefined,
    r.wants(1) ? r.b.neg(reduceTo(r, r.g, 1)) : undefined,
  ],

  // y = a b; da = g b, db = g a
  Mul: (r) => [
    r.wants(0) ? reduceTo(r, r.b.mul(r.g, r.x[1]), 0) : undefined,
    r.wants(1) ? reduceTo(r, r.b.mul(r.g, r.x[0]), 1) : undefined,
  ],

  // y = a / b; da = g / b, db = -g y / b
  Div: (r) => {
    const da = r.b.div(r.g, r.x[1]);
    return [
      r.wants(0) ? reduceTo(r, da, 0) : undefined,
      r.wants(1) ? reduceTo(r, r.b.neg(r.b.mul(da, r.y[0])), 1) : undefined,
    ];
  },

  // y = a^e; da = g e a^(e-1), de = g y ln a
  Pow: (r) => {
    const { b, g, x, y } = r;
    const exponent = b.scalar(x[1]);
    const slope = () => {
      if (exponent === 2) return b.scale(x[0], 2);
      const e = b.cast(x[1], 'float32');
      return b.mul(e, b.op('Pow', [x[0], b.sub(e, b.scalarOf(1))]));
    };
    return [
      r.wants(0) ? reduceTo(r, b.mul(g, slope()), 0) : undefined,
      r.wants(1) ? reduceTo(r, b.mul(g, b.mul(y[0], b.op('Log', [x[0]]))), 1) : undefined,
    ];
  },

  // y = a - b trunc(a / b) or floor; da = g, db = -g (a - y) / b
  Mod: (r) => {
    const { b, g, x, y } = r;
    const turns = () => b.div(b.sub(x[0], y[0]), x[1]);
    return [
      r.wants(0) ? reduceTo(r, g, 0) : undefined,
      r.wants(1) ? reduceTo(r, b.neg(b.mul(g, turns())), 1) : undefined,
    ];
  },

  // y = max(a, b); da = g [a >= b], db = g [b > a]: a tie has one winner, and a constant never wins it
  Max: (r) => extremum(r, 'Greater'),
  // y = min(a, b); da = g [a <= b], db = g [b < a]
  Min: (r) => extremum(r, 'Less'),

  // y = a where c, else b; da = g [c], db = g [not c]
  Where: (r) => {
    const { b, g, x } = r;
    const zeroValue = b.scalarOf(0);
    return [
      undefined,
      r.wants(1) ? reduceTo(r, b.where(x[0], g, zeroValue), 1) : undefined,
      r.wants(2) ? reduceTo(r, b.where(x[0], zeroValue, g), 2) : undefined,
    ];
  },

  // y = -x; dx = -g
  Neg: ({ b, g }) => [b.neg(g)],
  // y = |x|; dx = g sign x
  Abs: ({ b, g, x }) => [b.mul(g, b.op('Sign', [x[0]]))],
  // y = 1 / x; dx = -g y^2
  Reciprocal: ({ b, g, y }) => [b.neg(b.mul(g, b.mul(y[0], y[0])))],
  // y = e^x; dx = g y
  Exp: ({ b, g, y }) => [b.mul(g, y[0])],
  // y = ln x; dx = g / x
  Log: ({ b, g, x }) => [b.div(g, x[0])],
  // y = sqrt x; dx = g / (2 y)
  Sqrt: ({ b, g, y }) => [b.div(b.scale(g, 0.5), y[0])],

  // Steps are flat between their jumps: dx = 0
  Sign: zero,
  Floor: zero,
  Ceil: zero,
  Round: zero,
  Hardmax: zero,

  // y = x; dx = g. A gradient is carried in float32 whatever type the value has.
  Identity: pass,
  Cast: pass,
  Dropout: pass,
};

function extremum(r: RuleContext, op: 'Greater' | 'Less'): (string | undefined)[] {
  const { b, g, x } = r;
  if (x.length !== 2) throw new RangeError(`${op} of ${x.length} values is split up before`);
  const zeroValue = b.scalarOf(0);
  if (!r.wants(1)) return [reduceTo(r, b.where(b.op(op, [x[0], x[1]]), g, zeroValue), 0)];
  const second = b.op(op, [x[1], x[0]]);
  return [
    r.wants(0) ? reduceTo(r, b.where(second, zeroValue, g), 0) : undefined,
    reduceTo(r, b.where(second, g, zeroValue), 1),
  ];
}
