import { phrase } from '../../../text/text.ts';
import { intsAttribute, numberAttribute } from '../../graph.ts';
import { frontAxis, productOf, range } from '../../shapes.ts';
import { type RuleContext, type RuleTable, UncoveredError } from '../rule.ts';

/** The axes a reduction sums over, and its g and y with those axes kept at 1. */
function reduced(r: RuleContext): { axes: number[]; g: string; y: string; count: number } {
  const { b, node, x } = r;
  const dims = b.dims(x[0]);
  const given = x[1] ? b.numbers(x[1]) : intsAttribute(node, 'axes');
  if (x[1] && given === undefined) throw new UncoveredError(phrase('computed axes'));
  const none = given === undefined || given.length === 0;
  const all = numberAttribute(node, 'noop_with_empty_axes', 0) === 1 ? [] : range(dims.length);
  const axes = none ? all : Array.from(given, (axis) => frontAxis(axis, dims.length));
  const kept = dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  return {
    axes,
    g: b.reshape(r.full(), kept),
    y: b.reshape(r.y[0], kept),
    count: productOf(axes.map((axis) => dims[axis])),
  };
}

/** Reductions: gradients keep the reduced axes at 1 and are expanded by whoever multiplies them next. */
export const REDUCTION_RULES: RuleTable = {
  // y = sum x; dx = g
  ReduceSum: (r) => [reduced(r).g],
  // y = sum x / n; dx = g / n
  ReduceMean: (r) => {
    const { g, count } = reduced(r);
    return [r.b.scale(g, 1 / count)];
  },
  // y = max x or min x; dx = g at the winners, shared evenly between equals
  ReduceMax: (r) => winners(r),
  ReduceMin: (r) => winners(r),
  // y = sum |x|; dx = g sign x
  ReduceL1: (r) => [r.b.mul(reduced(r).g, r.b.op('Sign', [r.x[0]]))],
  // y = sqrt sum x^2; dx = g x / y, and 0 at the origin
  ReduceL2: (r) => {
    const { b, x } = r;
    const { g, y } = reduced(r);
    return [b.mul(b.div(g, b.op('Max', [y, b.scalarOf(1e-30)])), x[0])];
  },
  // y = sum x^2; dx = 2 g x
  ReduceSumSquare: (r) => [r.b.mul(r.b.scale(reduced(r).g, 2), r.x[0])],
  // y = ln sum x; dx = g / e^y
  ReduceLogSum: (r) => {
    const { g, y } = reduced(r);
    return [r.b.div(g, r.b.op('Exp', [y]))];
  },
  // y = ln sum e^x; dx = g e^(x - y)
  ReduceLogSumExp: (r) => {
    const { g, y } = reduced(r);
    return [r.b.mul(g, r.b.op('Exp', [r.b.sub(r.x[0], y)]))];
  },
  // y = product x; dx = g y / x (x without zeros)
  ReduceProd: (r) => {
    const { g, y } = reduced(r);
    return [r.b.div(r.b.mul(g, y), r.x[0])];
  },
};

function winners(r: RuleContext): string[] {
  const { b, x } = r;
  const { axes, g, y } = reduced(r);
  const won = b.cast(b.op('Equal', [x[0], y]), 'float32');
  return [b.mul(won, b.div(g, b.sum(won, axes)))];
}
