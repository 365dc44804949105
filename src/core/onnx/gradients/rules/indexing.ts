import { phrase, verbatim } from '../../../text/text.ts';
import { numberAttribute, stringAttribute } from '../../graph.ts';
import { sliceOf } from '../../outputTypes.ts';
import { frontAxis, productOf, range } from '../../shapes.ts';
import { gatherGradient, placeAt, spreadAt } from '../indexed.ts';
import { type RuleContext, type RuleTable, UncoveredError } from '../rule.ts';

/** Operators that pick elements or put them somewhere: what was picked from, gets added to. */
export const INDEXING_RULES: RuleTable = {
  // y = x[start:end:step]; dx = g in its place in zeros
  Slice: ({ b, x, y, full }) => {
    const dims = b.dims(x[0]);
    const [starts, ends, axes, steps] = [1, 2, 3, 4].map((i) => (x[i] ? b.numbers(x[i]) : undefined));
    if (starts === undefined || ends === undefined || (x[3] && !axes) || (x[4] && !steps))
      throw new UncoveredError(phrase('computed bounds'));
    let g = full();
    if (b.dims(y[0]).includes(0)) return [b.zeros(dims)];
    const pads = new Array<number>(2 * dims.length).fill(0);
    range(starts.length).forEach((i) => {
      const axis = frontAxis(axes?.[i] ?? i, dims.length);
      const { start, step, count } = sliceOf(dims[axis], starts[i], ends[i], steps?.[i] ?? 1);
      if (step === 1) {
        pads[axis] = start;
        pads[axis + dims.length] = dims[axis] - start - count;
        return;
      }
      const target = b.dims(g).map((dim, j) => (j === axis ? dims[axis] : dim));
      if (step > 0) g = spreadAt(b, g, axis, start, step, target);
      else {
        const reversed = b.slice(g, [axis], [-1], [-(2 ** 31)], [-1]);
        g = spreadAt(b, reversed, axis, start + step * (count - 1), -step, target);
      }
    });
    return [b.pad(g, pads)];
  },

  // y = x[indices] along an axis; dx[indices] += g
  Gather: ({ b, node, x, full }) => {
    const dims = b.dims(x[0]);
    const axis = frontAxis(numberAttribute(node, 'axis', 0), dims.length);
    const count = productOf(b.dims(x[1]));
    const g = b.reshape(full(), [...dims.slice(0, axis), count, ...dims.slice(axis + 1)]);
    const single = b.scalar(x[1]);
    if (single !== undefined) return [placeAt(b, g, axis, frontAxis(single, dims[axis]), dims)];
    return [gatherGradient(b, g, flatConstant(b, x[1], count), axis, dims)];
  },

  // y[i] = x[index[i]] along an axis, element by element; dx[index[i]] += g[i]
  GatherElements: ({ b, node, x, full }) => [
    b.op('ScatterElements', [b.zeros(b.dims(x[0])), x[1], full()], {
      axis: numberAttribute(node, 'axis', 0),
      reduction: 'add',
    }),
  ],

  // y[i] = x[index tuple i]; dx[index tuple i] += g[i]
  GatherND: ({ b, node, x, full }) => {
    if (numberAttribute(node, 'batch_dims', 0) !== 0) throw new UncoveredError(verbatim('batch_dims'));
    return [b.op('ScatterND', [b.zeros(b.dims(x[0])), x[1], full()], { reduction: 'add' })];
  },

  // y = x with updates u at an index; dx = g without those places (with them if u was added), du = g at them
  ScatterElements: (r) => {
    const { b, node, x, wants, full } = r;
    const axis = numberAttribute(node, 'axis', 0);
    const added = addsUpdates(r);
    const g = full();
    const cleared = () => b.op('ScatterElements', [g, x[1], b.zeros(b.dims(x[2]))], { axis });
    return [
      wants(0) ? (added ? g : cleared()) : undefined,
      undefined,
      wants(2) ? b.op('GatherElements', [g, x[1]], { axis }) : undefined,
    ];
  },
  ScatterND: (r) => {
    const { b, x, wants, full } = r;
    const added = addsUpdates(r);
    const g = full();
    return [
      wants(0) ? (added ? g : b.op('ScatterND', [g, x[1], b.zeros(b.dims(x[2]))])) : undefined,
      undefined,
      wants(2) ? b.op('GatherND', [g, x[1]]) : undefined,
    ];
  },

  // y = the k largest of x with their indices; dx[indices] = g
  TopK: ({ b, node, x, y, full, save }) => {
    const axis = numberAttribute(node, 'axis', -1);
    const indices = save(1, 'int64', b.dims(y[0]));
    return [b.op('ScatterElements', [b.zeros(b.dims(x[0])), indices, full()], { axis, reduction: 'add' })];
  },
};

/** A constant index tensor as a constant list, so that its values stay visible; any other reshaped. */
function flatConstant(b: RuleContext['b'], indices: string, count: number): string {
  const known = b.numbers(indices);
  return known === undefined ? b.reshape(indices, [count]) : b.ints(Array.from(known));
}

function addsUpdates({ node }: RuleContext): boolean {
  const reduction = stringAttribute(node, 'reduction', 'none');
  if (reduction !== 'none' && reduction !== 'add')
    throw new UncoveredError(phrase('reduction {0}', reduction));
  return reduction === 'add';
}
