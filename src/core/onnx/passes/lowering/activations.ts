import type { GraphBuilder } from '../../builder.ts';
import { float, numberAttribute, stringAttribute } from '../../graph.ts';
import type { LoweringTable } from './lowering.ts';

/** 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) */
function tanhGelu(b: GraphBuilder, x: string): string {
  const cube = b.mul(b.mul(x, x), x);
  const inner = b.scale(b.add(x, b.scale(cube, 0.044715)), Math.sqrt(2 / Math.PI));
  return b.mul(b.scale(x, 0.5), b.add(b.op('Tanh', [inner]), b.scalarOf(1)));
}

const swish = (b: GraphBuilder, x: string, alpha: number) => b.mul(x, b.op('Sigmoid', [b.scale(x, alpha)]));
const gelu = (b: GraphBuilder, x: string) => b.node('Gelu', [x], {}, { domain: 'com.microsoft' })[0];

export const ACTIVATION_LOWERINGS: LoweringTable = {
  Gelu: ({ b, node, x }) =>
    stringAttribute(node, 'approximate', 'none') === 'tanh' ? [tanhGelu(b, x[0])] : undefined,
  'com.microsoft.BiasGelu': ({ b, x }) => [gelu(b, b.add(x[0], x[1]))],
  'com.microsoft.FastGelu': ({ b, x }) => [tanhGelu(b, x[1] ? b.add(x[0], x[1]) : x[0])],
  'com.microsoft.QuickGelu': ({ b, node, x }) => [swish(b, x[0], numberAttribute(node, 'alpha', 1.702))],
  Swish: ({ b, node, x }) => [swish(b, x[0], numberAttribute(node, 'alpha', 1))],
  // x tanh(ln(1 + e^x))
  Mish: ({ b, x }) => [b.mul(x[0], b.op('Tanh', [b.op('Softplus', [x[0]])]))],
  // 0 in the middle, x shifted towards it outside
  Shrink: ({ b, node, x }) => {
    const bias = numberAttribute(node, 'bias', 0);
    const limit = numberAttribute(node, 'lambd', 0.5);
    const high = b.op('Greater', [x[0], b.scalarOf(limit)]);
    const low = b.op('Less', [x[0], b.scalarOf(-limit)]);
    const raised = b.where(low, b.add(x[0], b.scalarOf(bias)), b.scalarOf(0));
    return [b.where(high, b.sub(x[0], b.scalarOf(bias)), raised)];
  },
  'com.microsoft.FusedMatMul': ({ b, node, x }) => {
    const factor = (index: number, attribute: string) =>
      numberAttribute(node, attribute, 0) === 0 ? x[index] : b.transposeLast(x[index]);
    const product = b.op('MatMul', [factor(0, 'transA'), factor(1, 'transB')]);
    return [b.scale(product, numberAttribute(node, 'alpha', 1))];
  },
  'com.microsoft.FusedConv': ({ b, node, x }) => {
    const { activation, activation_params, ...attributes } = node.attributes;
    const convolved = b.op('Conv', x.slice(0, 3), attributes);
    const summed = x[3] ? b.add(convolved, x[3]) : convolved;
    const name = activation?.kind === 'string' ? activation.value : '';
    const [p, q] = activation_params?.kind === 'floats' ? activation_params.value : [];
    if (name === 'Clip') return [b.op('Clip', [summed, b.scalarOf(p), b.scalarOf(q)])];
    if (name === 'LeakyRelu')
      return [b.node('LeakyRelu', [summed], { alpha: float(p) }, typed(b, summed))[0]];
    if (name === 'HardSigmoid') return [b.op('HardSigmoid', [summed], { alpha: float(p), beta: float(q) })];
    return [b.op(name, [summed])];
  },
};

function typed(b: GraphBuilder, like: string) {
  return { types: [b.typeOf(like)] };
}
