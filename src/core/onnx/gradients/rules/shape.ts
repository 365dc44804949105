import { phrase } from '../../../text/text.ts';
import { intsAttribute, numberAttribute, stringAttribute } from '../../graph.ts';
import { frontAxis, range } from '../../shapes.ts';
import { gatherGradient } from '../indexed.ts';
import { type RuleContext, type RuleTable, UncoveredError } from '../rule.ts';

/** A value that only changed its shape: the gradient changes back. */
const reshapeBack = ({ b, x, full }: RuleContext) => [b.reshape(full(), b.dims(x[0]))];

/** Operators that move elements and compute nothing: gradients move the other way. */
export const SHAPE_RULES: RuleTable = {
  Reshape: reshapeBack,
  Flatten: reshapeBack,
  Squeeze: reshapeBack,
  Unsqueeze: reshapeBack,

  // y = x permuted by p; dx = g permuted by the inverse of p
  Transpose: ({ b, node, x, g, full }) => {
    const rank = b.dims(x[0]).length;
    const permutation = intsAttribute(node, 'perm') ?? range(rank).reverse();
    const inverse = range(rank).map((axis) => permutation.indexOf(axis));
    return [b.transpose(b.dims(g).length === rank ? g : full(), inverse)];
  },

  // y = x repeated along broadcast axes; dx = g summed over them
  Expand: ({ b, x, y, g }) => [b.unbroadcast(g, b.dims(y[0]), b.dims(x[0]))],

  // y = x laid side by side r times along each axis; dx = sum of g over the r copies
  Tile: ({ b, x, full }) => {
    const dims = b.dims(x[0]);
    const repeats = b.numbers(x[1]);
    if (repeats === undefined) throw new UncoveredError(phrase('computed repeats'));
    const split = dims.flatMap((dim, axis) => [repeats[axis], dim]);
    const copies = range(dims.length).map((axis) => 2 * axis);
    return [b.sum(b.reshape(full(), split), copies, false)];
  },

  // y = x1, x2, ... side by side; dxi = the i-th piece of g
  Concat: ({ b, node, x, y, full, wants }) => {
    const rank = b.dims(y[0]).length;
    const axis = frontAxis(numberAttribute(node, 'axis', 0), rank);
    const sizes = x.map((value) => b.dims(value)[axis]);
    const g = full();
    if (x.every((_, i) => wants(i))) return b.node('Split', [g, b.ints(sizes)], { axis });
    let offset = 0;
    return x.map((_, i) => {
      const start = offset;
      offset += sizes[i];
      return wants(i) ? b.slice(g, [axis], [start], [offset]) : undefined;
    });
  },

  // y1, y2, ... = pieces of x; dx = their gradients side by side, zeros where nobody reads a piece
  Split: ({ b, node, y, gradient }) => {
    const rank = b.dims(y[0]).length;
    const pieces = y.map((value, i) => {
      const g = gradient(i);
      return g === undefined ? b.zeros(b.dims(value)) : b.full(g, b.dims(value));
    });
    return [b.op('Concat', pieces, { axis: frontAxis(numberAttribute(node, 'axis', 0), rank) })];
  },

  // y = x with p elements around it; dx = g without them. Copied borders (reflect, edge, wrap) add up where they came from.
  Pad: ({ b, node, x, full }) => {
    const dims = b.dims(x[0]);
    const rank = dims.length;
    const given = b.numbers(x[1]);
    if (given === undefined) throw new UncoveredError(phrase('computed pads'));
    const axes = x[3] ? Array.from(b.numbers(x[3]) ?? [], (axis) => frontAxis(axis, rank)) : range(rank);
    const pads = new Array<number>(2 * rank).fill(0);
    axes.forEach((axis, i) => {
      pads[axis] = given[i];
      pads[axis + rank] = given[i + axes.length];
    });
    const mode = stringAttribute(node, 'mode', 'constant');
    if (mode === 'constant')
      return [
        b.pad(
          full(),
          pads.map((pad) => -pad),
        ),
      ];
    let g = full();
    for (const axis of axes) {
      const sources = range(dims[axis] + pads[axis] + pads[axis + rank]).map((i) =>
        borderSource(mode, i - pads[axis], dims[axis]),
      );
      const target = b.dims(g).map((dim, i) => (i === axis ? dims[axis] : dim));
      if (pads[axis] || pads[axis + rank]) g = gatherGradient(b, g, b.ints(sources), axis, target);
    }
    return [g];
  },

  // y = blocks of depth spread over space; dx = g gathered back
  DepthToSpace: ({ b, node, x, full }) => {
    const blocksize = numberAttribute(node, 'blocksize', 1);
    if (stringAttribute(node, 'mode', 'DCR') === 'DCR')
      return [b.op('SpaceToDepth', [full()], { blocksize })];
    const [n, c, h, w] = b.dims(x[0]);
    const outer = c / blocksize / blocksize;
    const split = b.reshape(full(), [n, outer, h, blocksize, w, blocksize]);
    return [b.reshape(b.transpose(split, [0, 1, 3, 5, 2, 4]), [n, c, h, w])];
  },
  SpaceToDepth: ({ b, node, full }) => [
    b.op('DepthToSpace', [full()], { blocksize: numberAttribute(node, 'blocksize', 1), mode: 'DCR' }),
  ],

  // y = the first elements of each sequence in reverse, which is its own inverse
  ReverseSequence: ({ b, node, x, full }) => [
    b.op('ReverseSequence', [full(), x[1]], {
      batch_axis: numberAttribute(node, 'batch_axis', 1),
      time_axis: numberAttribute(node, 'time_axis', 0),
    }),
  ],

  // y = triangle of x; dx = the same triangle of g
  Trilu: ({ b, node, x, full }) => [
    b.op('Trilu', [full(), ...x.slice(1)], { upper: numberAttribute(node, 'upper', 1) }),
  ],

  // y_i = x_1 + ... + x_i; dx_i = g_i + ... + g_n: the same sum from the other end
  CumSum: ({ b, node, x, full }) => [
    b.op('CumSum', [full(), x[1]], {
      exclusive: numberAttribute(node, 'exclusive', 0),
      reverse: 1 - numberAttribute(node, 'reverse', 0),
    }),
  ],
};

/** Which element a padded position copies, per padding mode. */
function borderSource(mode: string, position: number, size: number): number {
  if (mode === 'edge') return Math.min(Math.max(position, 0), size - 1);
  if (mode === 'wrap') return ((position % size) + size) % size;
  if (mode !== 'reflect') throw new UncoveredError(phrase('pad mode {0}', mode));
  if (size === 1) return 0;
  const period = 2 * (size - 1);
  const folded = ((position % period) + period) % period;
  return folded < size ? folded : period - folded;
}
