import { phrase } from '../../../text/text.ts';
import { numberAttribute } from '../../graph.ts';
import { frontAxis, range } from '../../shapes.ts';
import { type RuleContext, type RuleTable, UncoveredError } from '../rule.ts';

/**
 * y = s (x - m) / d + o with mean m and deviation d over some axes. With n = (x - m) / d, h = g s and c = h - mean h:
 * dx = (c - n mean(c n)) / d. As the mean of n is 0, that of c n is the same as that of h n, and h itself is not needed.
 */
function standardised(
  { b }: RuleContext,
  h: string,
  normalised: string,
  inverse: string,
  axes: readonly number[],
): string {
  const centred = b.sub(h, b.mean(h, axes));
  return b.mul(b.sub(centred, b.mul(normalised, b.mean(b.mul(centred, normalised), axes))), inverse);
}

/** n and 1 / d computed again from x. */
function statistics({ b, x }: RuleContext, axes: readonly number[], epsilon: number) {
  const centred = b.sub(x[0], b.mean(x[0], axes));
  const variance = b.mean(b.mul(centred, centred), axes);
  const deviation = b.op('Sqrt', [b.add(variance, b.scalarOf(epsilon))]);
  const inverse = b.op('Reciprocal', [deviation]);
  return { normalised: b.mul(centred, inverse), inverse };
}

export const NORMALISATION_RULES: RuleTable = {
  // y = s (x - m) / sqrt(v + e) + o with constant statistics per channel; dx = g s / sqrt(v + e)
  BatchNormalization: ({ b, node, x, g }) => {
    const [scale, variance] = [b.numbers(x[1]), b.numbers(x[4])];
    if (scale === undefined || variance === undefined)
      throw new UncoveredError(phrase('computed statistics'));
    if (numberAttribute(node, 'training_mode', 0) !== 0) throw new UncoveredError(phrase('training mode'));
    const epsilon = numberAttribute(node, 'epsilon', 1e-5);
    const factors = Float32Array.from(scale, (s, i) => s / Math.sqrt(variance[i] + epsilon));
    const rank = b.dims(x[0]).length;
    return [b.mul(g, b.floats(factors, [scale.length, ...new Array<number>(Math.max(0, rank - 2)).fill(1)]))];
  },

  // Statistics over the trailing axes, scale over the same axes.
  LayerNormalization: (r) => {
    const { b, node, x, y, formulation } = r;
    const dims = b.dims(x[0]);
    const first = frontAxis(numberAttribute(node, 'axis', -1), dims.length);
    const axes = range(dims.length).slice(first);
    if (r.wants(1) || (x[2] && r.wants(2))) throw new UncoveredError(phrase('computed scale'));
    const unit = isFilled(b.numbers(x[1]), 1);
    const plain = unit && (!x[2] || isFilled(b.numbers(x[2]), 0));
    const g = r.full();
    const h = unit ? g : b.mul(g, x[1]);
    if (!formulation.layerNormStatistics) {
      const { normalised, inverse } = statistics(r, axes, numberAttribute(node, 'epsilon', 1e-5));
      return [standardised(r, h, plain ? y[0] : normalised, inverse, axes)];
    }
    const one = dims.map((dim, axis) => (axis < first ? dim : 1));
    const mean = r.save(1, 'float32', one);
    const inverse = r.save(2, 'float32', one);
    const normalised = plain ? y[0] : b.mul(b.sub(x[0], mean), inverse);
    return [standardised(r, h, normalised, inverse, axes)];
  },

  // Statistics over space, for each image and channel; scale per channel.
  InstanceNormalization: (r) => {
    const { b, node, x } = r;
    const rank = b.dims(x[0]).length;
    const axes = range(rank).slice(2);
    if (r.wants(1) || r.wants(2)) throw new UncoveredError(phrase('computed scale'));
    const perChannel = [b.dims(x[1])[0], ...axes.map(() => 1)];
    const h = b.mul(r.full(), b.reshape(x[1], perChannel));
    const { normalised, inverse } = statistics(r, axes, numberAttribute(node, 'epsilon', 1e-5));
    return [standardised(r, h, normalised, inverse, axes)];
  },
};

function isFilled(values: ArrayLike<number> | undefined, with_: number): boolean {
  return values !== undefined && Array.from(values).every((value) => value === with_);
}
