import { numberAttribute } from '../../graph.ts';
import { frontAxis, sameShape } from '../../shapes.ts';
import type { RuleContext, RuleTable } from '../rule.ts';

function axisOf({ b, node, y }: RuleContext): number {
  return frontAxis(numberAttribute(node, 'axis', -1), b.dims(y[0]).length);
}

export const SOFTMAX_RULES: RuleTable = {
  // y_i = e^x_i / sum_j e^x_j; dx = y (g - sum_j g_j y_j)
  Softmax: (r) => {
    const { b, g, y } = r;
    const sum = productSum(r) ?? b.sum(b.mul(g, y[0]), [axisOf(r)]);
    return [b.mul(y[0], b.sub(g, sum))];
  },

  // y_i = x_i - ln sum_j e^x_j; dx = g - e^y sum_j g_j
  LogSoftmax: (r) => {
    const { b, y } = r;
    const g = r.full();
    return [b.sub(g, b.mul(b.op('Exp', [y[0]]), b.sum(g, [axisOf(r)])))];
  },
};

/**
 * sum_j g_j y_j of attention's weights Y, which are read by O = Y V only: as G = dO V', it is the sum of dO O along a
 * row, which has fewer elements. (T. Dao et al., "FlashAttention", NeurIPS 2022, appendix B.)
 */
function productSum(r: RuleContext): string | undefined {
  const { b, y } = r;
  const [reader, ...others] = r.readers(y[0]);
  if (reader?.op !== 'MatMul' || others.length > 0) return undefined;
  if (reader.inputs[0] !== y[0] || reader.inputs[1] === y[0]) return undefined;
  const [result] = reader.outputs;
  const [from, to] = [b.dims(y[0]), b.dims(result)];
  const last = from.length - 1;
  const gradient = r.gradientOf(result);
  if (gradient === undefined || axisOf(r) !== last || !sameShape(from.slice(0, -1), to.slice(0, -1)))
    return undefined;
  return to[last] < from[last] ? b.sum(b.mul(gradient, result), [last]) : undefined;
}
