import { intsAttribute, numberAttribute } from '../../graph.ts';
import { productOf, range } from '../../shapes.ts';
import type { Lowering, LoweringTable } from './lowering.ts';

/** f(a, b, c, ...) as f(f(a, b), c) ... */
const pairwise =
  (op: string): Lowering =>
  ({ b, x }) => {
    if (x.length === 1) return [b.op('Identity', [x[0]])];
    return x.length === 2 ? undefined : [x.reduce((left, right) => b.op(op, [left, right]))];
  };

export const ARITHMETIC_LOWERINGS: LoweringTable = {
  Max: pairwise('Max'),
  Min: pairwise('Min'),
  Mean: ({ b, x }) => [
    b.scale(
      x.reduce((left, right) => b.add(left, right)),
      1 / x.length,
    ),
  ],

  // The largest element of each channel: a pooling with a window as large as the image, so that a tie has one winner.
  GlobalMaxPool: ({ b, x }) => {
    const dims = b.dims(x[0]);
    const type = { type: 'float32', dims: [...dims.slice(0, 2), ...dims.slice(2).map(() => 1)] } as const;
    const window = { kernel_shape: dims.slice(2), strides: dims.slice(2).map(() => 1) };
    return [b.node('MaxPool', [x[0]], window, { types: [type] })[0]];
  },

  // (sum |x|^p)^(1/p)
  GlobalLpPool: ({ b, node, x }) => {
    const rank = b.dims(x[0]).length;
    const p = numberAttribute(node, 'p', 2);
    const power = p === 2 ? b.mul(x[0], x[0]) : b.op('Pow', [b.op('Abs', [x[0]]), b.scalarOf(p)]);
    const sum = b.sum(power, range(rank).slice(2));
    return [p === 2 ? b.op('Sqrt', [sum]) : b.op('Pow', [sum, b.scalarOf(1 / p)])];
  },
  LpPool: ({ b, node, x, output }) => {
    const p = numberAttribute(node, 'p', 2);
    const { p: _, ...window } = node.attributes;
    const power = p === 2 ? b.mul(x[0], x[0]) : b.op('Pow', [b.op('Abs', [x[0]]), b.scalarOf(p)]);
    const attributes = { ...window, count_include_pad: 1 };
    const [mean] = b.node('AveragePool', [power], attributes, { types: [output(0)] });
    const sum = b.scale(mean, productOf(intsAttribute(node, 'kernel_shape') ?? []));
    return [p === 2 ? b.op('Sqrt', [sum]) : b.op('Pow', [sum, b.scalarOf(1 / p)])];
  },
};
