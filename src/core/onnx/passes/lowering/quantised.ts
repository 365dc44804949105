import type { GraphBuilder } from '../../builder.ts';
import { float, numberAttribute } from '../../graph.ts';
import { frontAxis, range } from '../../shapes.ts';
import type { Lowering, LoweringContext, LoweringTable } from './lowering.ts';

/**
 * Operators that compute on quantised numbers, as the float operator between DequantizeLinear and QuantizeLinear. The
 * result is the same up to the last quantisation step (kernels differ in how they round in between).
 */
function dequantise(b: GraphBuilder, value: string, scale: string, zero: string, axis = 1): string {
  return b.op('DequantizeLinear', zero ? [value, scale, zero] : [value, scale], { axis });
}

/** The output scale and zero point are written as the last two inputs of most of these operators. */
function quantise(b: GraphBuilder, value: string, scale: string, zero: string): string {
  return b.op('QuantizeLinear', zero ? [value, scale, zero] : [value, scale]);
}

/** q(f(dq x)) for x, scale, zero point, then the output's scale and zero point. */
const unary = (compute: (context: LoweringContext, value: string) => string): Lowering => {
  return (context) => {
    const { b, x } = context;
    return [quantise(b, compute(context, dequantise(b, x[0], x[1], x[2])), x[3], x[4])];
  };
};

const binary =
  (op: string): Lowering =>
  ({ b, x }) => {
    const left = dequantise(b, x[0], x[1], x[2]);
    const right = dequantise(b, x[3], x[4], x[5]);
    return [quantise(b, b.op(op, [left, right]), x[6], x[7])];
  };

/** An integer minus its zero point, as a float. */
function centred(b: GraphBuilder, value: string, zero: string | undefined, axis: number): string {
  const real = b.cast(value, 'float32');
  if (!zero) return real;
  const dims = b.dims(zero);
  const shift = b.cast(zero, 'float32');
  if (dims.length === 0 || dims[0] === 1) return b.sub(real, b.reshape(shift, []));
  const shape = b.dims(value).map((_, i) => (i === axis ? dims[0] : 1));
  return b.sub(real, b.reshape(shift, shape));
}

export const QUANTISED_LOWERINGS: LoweringTable = {
  // x, sx, zx, w, sw, zw, sy, zy, bias (int32 in steps of sx sw)
  QLinearConv: ({ b, node, x }) => {
    const inputs = [dequantise(b, x[0], x[1], x[2]), dequantise(b, x[3], x[4], x[5], 0)];
    if (x[8]) {
      const step = b.mul(x[1], x[4]);
      inputs.push(
        b.mul(b.cast(x[8], 'float32'), b.reshape(step, b.dims(x[4]).length === 0 ? [] : b.dims(x[4]))),
      );
    }
    return [quantise(b, b.op('Conv', inputs, node.attributes), x[6], x[7])];
  },
  QLinearMatMul: ({ b, x }) => {
    const last = b.dims(x[3]).length - 1;
    const left = dequantise(b, x[0], x[1], x[2], Math.max(0, b.dims(x[0]).length - 2));
    return [quantise(b, b.op('MatMul', [left, dequantise(b, x[3], x[4], x[5], last)]), x[6], x[7])];
  },
  'com.microsoft.QGemm': ({ b, node, x, output }) => {
    const transB = numberAttribute(node, 'transB', 0);
    const attributes = { transA: numberAttribute(node, 'transA', 0), transB, alpha: float(1) };
    const product = b.op(
      'Gemm',
      [dequantise(b, x[0], x[1], x[2]), dequantise(b, x[3], x[4], x[5], transB ? 0 : 1)],
      attributes,
    );
    const alpha = numberAttribute(node, 'alpha', 1);
    const scaled = b.scale(product, alpha);
    const step = () => b.scale(b.mul(x[1], x[4]), alpha);
    const sum = x[6] ? b.add(scaled, b.mul(b.cast(x[6], 'float32'), step())) : scaled;
    return [x[7] && output(0).type !== 'float32' ? quantise(b, sum, x[7], x[8]) : sum];
  },
  'com.microsoft.QLinearAdd': binary('Add'),
  'com.microsoft.QLinearMul': binary('Mul'),
  'com.microsoft.QLinearSigmoid': unary(({ b }, value) => b.op('Sigmoid', [value])),
  'com.microsoft.QLinearLeakyRelu': unary(
    ({ b, node }, value) =>
      b.node(
        'LeakyRelu',
        [value],
        { alpha: float(numberAttribute(node, 'alpha', 0.01)) },
        { types: [b.typeOf(value)] },
      )[0],
  ),
  'com.microsoft.QLinearSoftmax': unary(({ b, node }, value) =>
    b.op('Softmax', [value], { axis: numberAttribute(node, 'axis', -1) }),
  ),
  'com.microsoft.QLinearGlobalAveragePool': unary(({ b, node }, value) => {
    const rank = b.dims(value).length;
    const axes = range(rank).slice(2);
    return b.mean(value, numberAttribute(node, 'channels_last', 0) ? axes.map((axis) => axis - 1) : axes);
  }),
  'com.microsoft.QLinearAveragePool': unary(({ b, node, output }, value) => {
    const { channels_last: _, ...window } = node.attributes;
    return b.node('AveragePool', [value], window, { types: [{ type: 'float32', dims: output(0).dims }] })[0];
  }),
  // sy, zy, then x, s, z of each piece
  'com.microsoft.QLinearConcat': ({ b, node, x }) => {
    const pieces = range((x.length - 2) / 3).map((i) =>
      dequantise(b, x[2 + 3 * i], x[3 + 3 * i], x[4 + 3 * i]),
    );
    const axis = frontAxis(numberAttribute(node, 'axis', 0), b.dims(pieces[0]).length);
    return [quantise(b, b.op('Concat', pieces, { axis }), x[0], x[1])];
  },

  // Sums of products of integers: floats hold them exactly up to 2^24, and the consumer casts to float anyway.
  ConvInteger: ({ b, node, x }) => [
    b.op('Conv', [centred(b, x[0], x[2], 1), centred(b, x[1], x[3], 0)], node.attributes),
  ],
  MatMulInteger: ({ b, x }) => {
    const last = b.dims(x[1]).length - 1;
    return [b.op('MatMul', [centred(b, x[0], x[2], last - 1), centred(b, x[1], x[3], last)])];
  },
  // a, b, sa, sb, za, zb, bias
  'com.microsoft.MatMulIntegerToFloat': ({ b, x }) => {
    const last = b.dims(x[1]).length - 1;
    const product = b.op('MatMul', [centred(b, x[0], x[4], last - 1), centred(b, x[1], x[5], last)]);
    const scaled = b.mul(product, b.mul(x[2], x[3]));
    return [x[6] ? b.add(scaled, x[6]) : scaled];
  },
  'com.microsoft.DynamicQuantizeMatMul': ({ b, x }) => {
    const last = b.dims(x[1]).length - 1;
    const weight = b.mul(centred(b, x[1], x[3], last), x[2]);
    const product = b.op('MatMul', [x[0], weight]);
    return [x[4] ? b.add(product, x[4]) : product];
  },
  'com.microsoft.QuantizeLinear': ({ b, node, x }) => [
    b.op('QuantizeLinear', x, { axis: numberAttribute(node, 'axis', 1) }),
  ],
  'com.microsoft.DequantizeLinear': ({ b, node, x }) => [
    b.op('DequantizeLinear', x, { axis: numberAttribute(node, 'axis', 1) }),
  ],
};
