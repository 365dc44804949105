import { numberAttribute } from '../../graph.ts';
import { frontAxis } from '../../shapes.ts';
import type { RuleContext, RuleTable } from '../rule.ts';

function axisOf({ b, node, y }: RuleContext): number {
  return frontAxis(numberAttribute(node, 'axis', -1), b.dims(y[0]).length);
}

export const SOFTMAX_RULES: RuleTable = {
  // y_i = e^x_i / sum_j e^x_j; dx = y (g - sum_j g_j y_j), written as t - y sum t with t = g y
  Softmax: (r) => {
    const { b, g, y } = r;
    const t = b.mul(g, y[0]);
    return [b.sub(t, b.mul(y[0], b.sum(t, [axisOf(r)])))];
  },

  // y_i = x_i - ln sum_j e^x_j; dx = g - e^y sum_j g_j
  LogSoftmax: (r) => {
    const { b, y } = r;
    const g = r.full();
    return [b.sub(g, b.mul(b.op('Exp', [y[0]]), b.sum(g, [axisOf(r)])))];
  },
};
