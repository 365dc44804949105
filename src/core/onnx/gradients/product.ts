import type { GraphBuilder } from '../builder.ts';
import type { Formulation } from './rule.ts';

/** op(a) op(b), each transposed in its last two axes where asked. */
export function product(
  b: GraphBuilder,
  formulation: Formulation,
  [left, transLeft]: readonly [string, boolean],
  [right, transRight]: readonly [string, boolean],
): string {
  if (!transLeft && !transRight) return b.op('MatMul', [left, right]);
  if (formulation.fusedMatMul) {
    const attributes = { transA: transLeft ? 1 : 0, transB: transRight ? 1 : 0 };
    return b.node('FusedMatMul', [left, right], attributes, { domain: 'com.microsoft' })[0];
  }
  return b.op('MatMul', [
    transLeft ? b.transposeLast(left) : left,
    transRight ? b.transposeLast(right) : right,
  ]);
}
