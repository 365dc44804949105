import type { GraphBuilder } from '../../builder.ts';
import { float, numberAttribute } from '../../graph.ts';
import { filled } from '../../shapes.ts';
import type { RuleContext, RuleTable } from '../rule.ts';

/**
 * Steps as steep HardSigmoids: min(max(2^100 v, 0), 1) is exactly 0 or 1 for every v that is not denormally small, and
 * unlike Greater, Where or Sign it keeps onnxruntime's blocked convolution layout, which costs a sixth less on
 * MobileNetV2. The factor is a power of two, so the product and the comparison are exact.
 */
const STEEP = 2 ** 100;

/** With bound 0 there is no offset that could overflow against a large bound: a steeper step is safe. */
const steepnessAt = (bound: number) => (bound === 0 ? 2 ** 120 : STEEP);

/** 1 where value > bound, else 0. */
export function above(b: GraphBuilder, value: string, bound: number): string {
  const steepness = steepnessAt(bound);
  return b.op('HardSigmoid', [value], { alpha: float(steepness), beta: float(-bound * steepness) });
}

/** 1 where value < bound, else 0. */
export function below(b: GraphBuilder, value: string, bound: number): string {
  const steepness = steepnessAt(bound);
  return b.op('HardSigmoid', [value], { alpha: float(-steepness), beta: float(bound * steepness) });
}

/** 1 where value >= 0, else 0. */
export function atLeastZero(b: GraphBuilder, value: string): string {
  return b.op('HardSigmoid', [value], { alpha: float(2 ** 120), beta: float(1) });
}

/** 1 where low < value < high, else 0. */
function between({ b, formulation }: RuleContext, value: string, low: number, high: number): string {
  if (high > 2 ** 27) return above(b, value, low);
  if (low < -(2 ** 27)) return below(b, value, high);
  // A narrow range far from 0 would be lost in the rounding of the dip's offset, and an empty one has no dip.
  const wide = Math.max(Math.abs(low), Math.abs(high)) <= 4 * (high - low) && high - low > 2 ** -60;
  if (formulation.blockedMasks && wide && isBlocked(b, value)) return inDip(b, value, low, high);
  return b.mul(above(b, value, low), below(b, value, high));
}

/** Whether onnxruntime keeps a value in its blocked layout where convolutions make and read it. */
function isBlocked(b: GraphBuilder, value: string): boolean {
  const dims = b.dims(value);
  return dims.length === 4 && dims[1] % 4 === 0;
}

/**
 * 1 where low < value < high, else 0, in two passes over memory instead of three: HardSwish(v) = v clip(v/6 + 1/2, 0, 1)
 * is negative for -3 < v < 0 and nowhere else, and onnxruntime computes it within the convolution that makes v. So v is
 * a depthwise 1 x 1 convolution of the value, 0 at `low` and -3 at `high`; the step makes 1 of everything negative. At
 * low = 0, as Relu6 has it, v is exact however small the value is.
 */
function inDip(b: GraphBuilder, value: string, low: number, high: number): string {
  const channels = b.dims(value)[1];
  const [slope, offset] = dipLine(low, high);
  const weight = b.shared(`dip ${slope} ${channels}`, () =>
    b.floats(filled(channels, slope), [channels, 1, 1, 1]),
  );
  const inputs = [value, weight];
  if (offset !== 0)
    inputs.push(
      b.shared(`dip offset ${offset} ${channels}`, () => b.floats(filled(channels, offset), [channels])),
    );
  const v = b.op('Conv', inputs, { group: channels, kernel_shape: [1, 1] });
  return below(b, b.op('HardSwish', [v]), 0);
}

/**
 * Slope and offset of a line in single precision that is 0 at `low` and -3 at `high`, or past them where rounding decides:
 * with one rounding (a fused product and sum) or two.
 */
function dipLine(low: number, high: number): readonly [slope: number, offset: number] {
  const { fround, abs } = Math;
  const sums = (slope: number, offset: number, value: number) => [
    slope * value + offset,
    fround(fround(slope * value) + offset),
  ];
  let slope = fround(-3 / (high - low));
  for (;;) {
    let offset = fround(-slope * low);
    while (sums(slope, offset, low).some((v) => v < 0)) offset = fround(offset + abs(offset) * 2 ** -23);
    if (sums(slope, offset, high).every((v) => v <= -3)) return [slope, offset];
    slope = fround(slope * (1 + 2 ** -23));
  }
}

/** Activations: y = f(x) element by element, dx = g f'(x). Where f' can be written in y, x need not be kept. */
export const ACTIVATION_RULES: RuleTable = {
  // y = max(x, 0); f' = [y > 0]
  Relu: ({ b, g, y, masked }) => [masked.has(g) ? g : b.mul(g, above(b, y[0], 0))],

  // y = min(max(x, low), high); f' = [low < y < high]
  Clip: (r) => {
    const { b, g, x, y } = r;
    const low = x[1] ? b.scalar(x[1]) : Number.NEGATIVE_INFINITY;
    const high = x[2] ? b.scalar(x[2]) : Number.POSITIVE_INFINITY;
    if (low === undefined || high === undefined) {
      // Computed bounds: f' = [x = y], the clipped ones differ.
      return [b.mul(g, b.cast(b.op('Equal', [x[0], y[0]]), 'float32'))];
    }
    return [b.mul(g, between(r, y[0], low, high))];
  },

  // y = x for x > 0, else a x; f' = 1 or a
  LeakyRelu: ({ b, g, x, node }) => {
    const slope = numberAttribute(node, 'alpha', 0.01);
    return [b.where(b.op('Greater', [x[0], b.scalarOf(0)]), g, b.scale(g, slope))];
  },

  // y = x for x > 0, else s x with s per channel; dx = g or g s, ds = sum of g x where x <= 0
  PRelu: ({ b, g, x, wants }) => {
    const [value, slope] = x;
    const positive = b.op('Greater', [value, b.scalarOf(0)]);
    const full = b.dims(value);
    const dSlope = () => b.where(positive, b.scalarOf(0), b.mul(g, value));
    return [
      wants(0) ? b.where(positive, g, b.mul(g, slope)) : undefined,
      wants(1) ? b.unbroadcast(dSlope(), full, b.dims(slope)) : undefined,
    ];
  },

  // y = x for x > a, else 0; f' = [x > a]
  ThresholdedRelu: ({ b, g, x, node }) => [b.mul(g, above(b, x[0], numberAttribute(node, 'alpha', 1)))],

  // y = x for x > 0, else a (e^x - 1); f' = 1 or y + a
  Elu: ({ b, g, x, y, node }) => {
    const alpha = numberAttribute(node, 'alpha', 1);
    const positive = b.op('Greater', [x[0], b.scalarOf(0)]);
    return [b.where(positive, g, b.mul(g, b.add(y[0], b.scalarOf(alpha))))];
  },

  // y = c x for x > 0, else c a (e^x - 1); f' = c or y + c a
  Selu: ({ b, g, x, y, node }) => {
    const alpha = numberAttribute(node, 'alpha', 1.6732632);
    const gamma = numberAttribute(node, 'gamma', 1.050701);
    const positive = b.op('Greater', [x[0], b.scalarOf(0)]);
    const slope = b.where(positive, b.scalarOf(gamma), b.add(y[0], b.scalarOf(gamma * alpha)));
    return [b.mul(g, slope)];
  },

  // y = x for x > 0, else a (e^(x/a) - 1); f' = 1 or y / a + 1
  Celu: ({ b, g, x, y, node }) => {
    const alpha = numberAttribute(node, 'alpha', 1);
    const positive = b.op('Greater', [x[0], b.scalarOf(0)]);
    return [b.where(positive, g, b.mul(g, b.add(b.scale(y[0], 1 / alpha), b.scalarOf(1))))];
  },

  // y = 1 / (1 + e^-x); f' = y (1 - y)
  Sigmoid: ({ b, g, y }) => {
    // 1 - y by a HardSigmoid: exact on [0, 1], and it keeps the blocked layout.
    const complement = b.op('HardSigmoid', [y[0]], { alpha: float(-1), beta: float(1) });
    return [b.mul(g, b.mul(y[0], complement))];
  },

  // y = tanh x; f' = 1 - y^2
  Tanh: ({ b, g, y }) => [b.mul(g, b.sub(b.scalarOf(1), b.mul(y[0], y[0])))],

  // y = min(max(a x + c, 0), 1); f' = a [0 < y < 1]
  HardSigmoid: (r) => {
    const { b, g, y, node } = r;
    return [b.mul(b.scale(g, numberAttribute(node, 'alpha', 0.2)), between(r, y[0], 0, 1))];
  },

  // y = x h, h = min(max(x/6 + 1/2, 0), 1); f' = h + [-3 < x < 3] x/6
  HardSwish: (r) => {
    const { b, g, x } = r;
    const h = b.op('HardSigmoid', [x[0]], { alpha: float(1 / 6), beta: float(0.5) });
    const inside = between(r, x[0], -3, 3);
    return [b.mul(g, b.add(h, b.mul(inside, b.scale(x[0], 1 / 6))))];
  },

  // y = ln(1 + e^x); f' = 1 / (1 + e^-x)
  Softplus: ({ b, g, x }) => [b.mul(g, b.op('Sigmoid', [x[0]]))],

  // y = x / (1 + |x|); f' = 1 / (1 + |x|)^2
  Softsign: ({ b, g, x }) => {
    const root = b.add(b.scalarOf(1), b.op('Abs', [x[0]]));
    return [b.div(g, b.mul(root, root))];
  },

  // y = 2/sqrt(pi) integral of e^-t^2; f' = 2/sqrt(pi) e^-x^2
  Erf: ({ b, g, x }) => [b.mul(g, b.scale(b.op('Exp', [b.neg(b.mul(x[0], x[0]))]), 2 / Math.sqrt(Math.PI)))],

  // y = x P(x) with the normal distribution P and density p; f' = P(x) + x p(x)
  Gelu: ({ b, g, x }) => {
    const u = b.scale(x[0], Math.SQRT1_2);
    // (1 + erf u) / 2 as one clipped line: it never leaves [0, 1].
    const p = b.op('HardSigmoid', [b.op('Erf', [u])], { alpha: float(0.5), beta: float(0.5) });
    const density = b.op('Exp', [b.sub(b.scalarOf(-0.5 * Math.log(2 * Math.PI)), b.mul(u, u))]);
    return [b.mul(g, b.add(p, b.mul(density, x[0])))];
  },
};
