import type { GraphBuilder } from '../../builder.ts';
import { float, numberAttribute } from '../../graph.ts';
import { filled, frontAxis, productOf, range } from '../../shapes.ts';
import type { Lowering, LoweringTable } from './lowering.ts';

/** x / sqrt(mean(x^2) + e) over `axes`. */
function rootMeanSquare(b: GraphBuilder, x: string, axes: readonly number[], epsilon: number): string {
  const mean = b.mean(b.mul(x, x), axes);
  return b.div(x, b.op('Sqrt', [b.add(mean, b.scalarOf(epsilon))]));
}

const rmsNormalization: Lowering = ({ b, node, x }) => {
  const rank = b.dims(x[0]).length;
  const axes = range(rank).slice(frontAxis(numberAttribute(node, 'axis', -1), rank));
  return [b.mul(rootMeanSquare(b, x[0], axes, numberAttribute(node, 'epsilon', 1e-5)), x[1])];
};

export const NORMALISATION_LOWERINGS: LoweringTable = {
  // Groups of channels standardised together: an instance normalisation of [N, groups, rest].
  GroupNormalization: ({ b, node, x, opset }) => {
    const dims = b.dims(x[0]);
    const groups = numberAttribute(node, 'num_groups', 1);
    const grouped = b.reshape(x[0], [dims[0], groups, productOf(dims.slice(1)) / groups]);
    const [ones, zeros] = [b.floats(filled(groups, 1), [groups]), b.floats(filled(groups, 0), [groups])];
    const epsilon = float(numberAttribute(node, 'epsilon', 1e-5));
    const plain = b.op('InstanceNormalization', [grouped, ones, zeros], { epsilon });
    // Scale and offset are per group in operator set 18, per channel from 21 on.
    const perGroup = b.dims(x[1])[0] === groups && opset < 21;
    const tail = range(dims.length - 2).map(() => 1);
    if (perGroup) {
      const scaled = b.add(b.mul(plain, b.reshape(x[1], [groups, 1])), b.reshape(x[2], [groups, 1]));
      return [b.reshape(scaled, dims)];
    }
    const shape = [dims[1], ...tail];
    return [b.add(b.mul(b.reshape(plain, dims), b.reshape(x[1], shape)), b.reshape(x[2], shape))];
  },

  RMSNormalization: rmsNormalization,
  SimplifiedLayerNormalization: rmsNormalization,
  'com.microsoft.SkipSimplifiedLayerNormalization': ({ b, node, x }) => {
    const sum = x[3] ? b.add(b.add(x[0], x[1]), x[3]) : b.add(x[0], x[1]);
    const last = b.dims(sum).length - 1;
    const y = b.mul(rootMeanSquare(b, sum, [last], numberAttribute(node, 'epsilon', 1e-12)), x[2]);
    return [y, '', '', sum];
  },
  'com.microsoft.SkipLayerNormalization': ({ b, node, x }) => {
    const sum = b.add(x[0], x[1]);
    const whole = x[4] ? b.add(sum, x[4]) : sum;
    const offset = x[3] || b.floats(new Float32Array(b.dims(x[2])[0]), b.dims(x[2]));
    const epsilon = float(numberAttribute(node, 'epsilon', 1e-12));
    const [y] = b.node(
      'LayerNormalization',
      [whole, x[2], offset],
      { axis: -1, epsilon },
      { types: [b.typeOf(whole)] },
    );
    return [y, '', '', whole];
  },

  // (x - m) / sqrt(v) over the given axes
  MeanVarianceNormalization: ({ b, node, x }) => {
    const attribute = node.attributes['axes'];
    const rank = b.dims(x[0]).length;
    const axes = (attribute?.kind === 'ints' ? attribute.value : [0, 2, 3]).map((axis) =>
      frontAxis(axis, rank),
    );
    const centred = b.sub(x[0], b.mean(x[0], axes));
    const deviation = b.op('Sqrt', [b.mean(b.mul(centred, centred), axes)]);
    return [b.div(centred, b.add(deviation, b.scalarOf(1e-9)))];
  },

  // x / |x| along an axis
  LpNormalization: ({ b, node, x }) => {
    const axis = frontAxis(numberAttribute(node, 'axis', -1), b.dims(x[0]).length);
    if (numberAttribute(node, 'p', 2) === 1) return [b.div(x[0], b.sum(b.op('Abs', [x[0]]), [axis]))];
    return [b.div(x[0], b.op('Sqrt', [b.sum(b.mul(x[0], x[0]), [axis])]))];
  },

  // x / (k + a/n sum of squares over n neighbouring channels)^c: the sum is an average pooling across channels.
  LRN: ({ b, node, x }) => {
    const dims = b.dims(x[0]);
    const size = numberAttribute(node, 'size', 5);
    const before = Math.floor((size - 1) / 2);
    const squares = b.reshape(b.mul(x[0], x[0]), [dims[0], 1, dims[1], productOf(dims.slice(2))]);
    const mean = b.op('AveragePool', [squares], {
      kernel_shape: [size, 1],
      pads: [before, 0, size - 1 - before, 0],
      strides: [1, 1],
      count_include_pad: 1,
    });
    const bias = b.scalarOf(numberAttribute(node, 'bias', 1));
    const base = b.add(bias, b.scale(b.reshape(mean, dims), numberAttribute(node, 'alpha', 1e-4)));
    return [b.div(x[0], b.op('Pow', [base, b.scalarOf(numberAttribute(node, 'beta', 0.75))]))];
  },
};
