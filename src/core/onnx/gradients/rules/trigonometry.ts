import type { GraphBuilder } from '../../builder.ts';
import type { RuleContext, RuleTable } from '../rule.ts';

/** 1 + sign x^2. */
function onePlusSquare(b: GraphBuilder, x: string, sign: 1 | -1 = 1): string {
  const square = b.mul(x, x);
  return sign === 1 ? b.add(b.scalarOf(1), square) : b.sub(b.scalarOf(1), square);
}

const overRoot = ({ b, g, x }: RuleContext, square: (b: GraphBuilder, x: string) => string) =>
  b.div(g, b.op('Sqrt', [square(b, x[0])]));

/** Circular and hyperbolic functions and their inverses. */
export const TRIGONOMETRY_RULES: RuleTable = {
  // y = sin x; dx = g cos x
  Sin: ({ b, g, x }) => [b.mul(g, b.op('Cos', [x[0]]))],
  // y = cos x; dx = -g sin x
  Cos: ({ b, g, x }) => [b.neg(b.mul(g, b.op('Sin', [x[0]])))],
  // y = tan x; dx = g (1 + y^2)
  Tan: ({ b, g, y }) => [b.mul(g, onePlusSquare(b, y[0]))],
  // y = arcsin x; dx = g / sqrt(1 - x^2)
  Asin: (r) => [overRoot(r, (b, x) => onePlusSquare(b, x, -1))],
  // y = arccos x; dx = -g / sqrt(1 - x^2)
  Acos: (r) => [r.b.neg(overRoot(r, (b, x) => onePlusSquare(b, x, -1)))],
  // y = arctan x; dx = g / (1 + x^2)
  Atan: ({ b, g, x }) => [b.div(g, onePlusSquare(b, x[0]))],
  // y = sinh x; dx = g cosh x
  Sinh: ({ b, g, x }) => [b.mul(g, b.op('Cosh', [x[0]]))],
  // y = cosh x; dx = g sinh x
  Cosh: ({ b, g, x }) => [b.mul(g, b.op('Sinh', [x[0]]))],
  // y = arsinh x; dx = g / sqrt(1 + x^2)
  Asinh: (r) => [overRoot(r, (b, x) => onePlusSquare(b, x))],
  // y = arcosh x; dx = g / sqrt(x^2 - 1)
  Acosh: (r) => [overRoot(r, (b, x) => b.neg(onePlusSquare(b, x, -1)))],
  // y = artanh x; dx = g / (1 - x^2)
  Atanh: ({ b, g, x }) => [b.div(g, onePlusSquare(b, x[0], -1))],
};
