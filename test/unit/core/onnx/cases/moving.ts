import { range } from '../../../../../src/core/onnx/shapes.ts';
import type { Random } from '../random.ts';
import { type Case, draft } from './draft.ts';

/** Splits a number into two factors. */
function factors(random: Random, value: number): [number, number] {
  const divisors = range(value)
    .map((i) => i + 1)
    .filter((d) => value % d === 0);
  const first = random.pick(divisors);
  return [first, value / first];
}

/** An axis, counted from the front or the back. */
const axisOf = (random: Random, rank: number) => random.int(-rank, rank - 1);

export const MOVING_CASES: Readonly<Record<string, Case>> = {
  'Reshape, Flatten, Squeeze, Unsqueeze': (random) => {
    const dims = random.dims(3);
    const d = draft(random, dims);
    const kind = random.int(0, 3);
    if (kind === 0) {
      const [a, b] = factors(random, dims[1] * dims[2]);
      return [d, d.op('Reshape', [d.x, d.ints(random.chance(0.5) ? [0, a, b] : [a, -1, dims[0]])])];
    }
    if (kind === 1) return [d, d.op('Flatten', [d.x], { axis: random.int(0, 3) })];
    const wide = d.op('Unsqueeze', [d.x, d.ints(random.pick([[0], [1, 3], [-1]]))]);
    return [d, kind === 2 ? wide : d.op('Squeeze', [d.op('Unsqueeze', [d.x, d.ints([1])]), d.ints([1])])];
  },
  Transpose: (random) => {
    const rank = random.int(2, 5);
    const d = draft(random, random.dims(rank, 1, 3));
    return [d, d.op('Transpose', [d.x], random.chance(0.2) ? {} : { perm: random.shuffle(range(rank)) })];
  },
  Expand: (random) => {
    const dims = random.dims(3, 1, 3).map((dim) => (random.chance(0.5) ? 1 : dim));
    const d = draft(random, dims);
    const shape = dims.map((dim) => (dim === 1 ? random.int(1, 4) : dim));
    return [d, d.op('Expand', [d.x, d.ints(random.chance(0.5) ? shape : [2, ...shape])])];
  },
  Tile: (random) => {
    const d = draft(random, random.dims(3, 1, 3));
    return [d, d.op('Tile', [d.x, d.ints(random.dims(3, 1, 3))])];
  },
  Concat: (random) => {
    const dims = random.dims(3, 1, 3);
    const axis = random.int(0, 2);
    const d = draft(random, dims);
    const pieces = range(random.int(1, 4)).map((i) => {
      if (i === 0) return d.x;
      if (random.chance(0.5)) return d.op('Exp', [d.x]);
      return d.weights(dims.map((dim, a) => (a === axis ? random.int(1, 3) : dim)));
    });
    return [d, d.op('Concat', random.shuffle(pieces), { axis: random.chance(0.5) ? axis : axis - 3 })];
  },
  Split: (random) => {
    const axis = random.int(0, 2);
    const sizes = random.dims(random.int(2, 3), 1, 3);
    const total = sizes.reduce((a, b) => a + b, 0);
    const d = draft(
      random,
      random.dims(3, 1, 3).map((dim, a) => (a === axis ? total : dim)),
    );
    const first = d.op('Split', [d.x, d.ints(sizes)], { axis }, { outputs: sizes.length });
    const last = first.replace(/_0$/, `_${sizes.length - 1}`);
    if (random.chance(0.4)) return [d, random.pick([first, last])];
    return [d, d.op('Mul', [d.op('ReduceMean', [first], { keepdims: 0 }), last])];
  },
  Slice: (random) => {
    const dims = random.dims(3, 2, 6);
    const d = draft(random, dims);
    const axes = random.shuffle(range(3)).slice(0, random.int(1, 3));
    const bounds = axes.map((axis) => {
      const size = dims[axis];
      const step = random.pick([1, 1, 2, 3, -1, -2]);
      const [a, b] = [random.int(0, size - 1), random.int(0, size - 1)].sort((p, q) => p - q);
      if (step > 0) return { start: a, end: random.pick([b + 1, 2 ** 31 - 1]), step };
      return { start: random.pick([b, -1]), end: random.pick([a - size - 1, -(2 ** 31)]), step };
    });
    const list = (key: 'start' | 'end' | 'step') => d.ints(bounds.map((bound) => bound[key]));
    return [d, d.op('Slice', [d.x, list('start'), list('end'), d.ints(axes), list('step')])];
  },
  'Pad with zeros, crops and copied borders': (random) => {
    const dims = random.dims(3, 3, 5);
    const d = draft(random, dims);
    const mode = random.pick(['constant', 'constant', 'reflect', 'edge']);
    const low = mode === 'constant' ? -1 : 0;
    const pads = d.ints(range(6).map(() => random.int(low, 2)));
    return [d, d.op('Pad', mode === 'constant' ? [d.x, pads, d.scalar(0.5)] : [d.x, pads], { mode })];
  },
  Gather: (random) => {
    const dims = random.dims(3, 2, 4);
    const axis = random.int(0, 2);
    const d = draft(random, dims);
    const size = dims[axis];
    const shape = random.pick([[], [1], [3], [2, 2], [size]]);
    const count = shape.reduce((product, dim) => product * dim, 1);
    const permuted = random.shuffle(range(size));
    const list =
      shape[0] === size && shape.length === 1
        ? permuted
        : range(count).map(() => random.int(-size, size - 1));
    return [
      d,
      d.op('Gather', [d.x, d.constant('int64', shape, list)], { axis: random.pick([axis, axis - 3]) }),
    ];
  },
  GatherElements: (random) => {
    const dims = random.dims(3, 2, 4);
    const axis = axisOf(random, 3);
    const d = draft(random, dims);
    const front = axis < 0 ? axis + 3 : axis;
    const shape = dims.map((dim, a) => (a === front ? random.int(1, 5) : random.int(1, dim)));
    const count = shape.reduce((product, dim) => product * dim, 1);
    const list = range(count).map(() => random.int(-dims[front], dims[front] - 1));
    return [d, d.op('GatherElements', [d.x, d.constant('int64', shape, list)], { axis })];
  },
  GatherND: (random) => {
    const dims = random.dims(3, 2, 4);
    const d = draft(random, dims);
    const depth = random.int(1, 3);
    const count = random.int(1, 4);
    const tuples = range(count).flatMap(() => range(depth).map((k) => random.int(-dims[k], dims[k] - 1)));
    return [d, d.op('GatherND', [d.x, d.constant('int64', [count, depth], tuples)])];
  },
  'ScatterElements and ScatterND': (random) => {
    const dims = random.dims(2, 3, 5);
    const d = draft(random, dims);
    const rows = random.shuffle(range(dims[0])).slice(0, 2);
    const reduction = random.chance(0.5) ? {} : { reduction: 'add' };
    const updates = random.chance(0.5)
      ? d.weights([2, dims[1]])
      : d.op('Exp', [d.op('Slice', [d.x, d.ints([0]), d.ints([2]), d.ints([0])])]);
    const data = random.chance(0.7) ? d.x : d.weights(dims);
    const used = data === d.x ? updates : d.op('Slice', [d.x, d.ints([0]), d.ints([2]), d.ints([0])]);
    if (random.chance(0.5)) {
      return [d, d.op('ScatterND', [data, d.constant('int64', [2, 1], rows), used], reduction)];
    }
    const indices = rows.flatMap((row) => new Array<number>(dims[1]).fill(row));
    const positions = d.constant('int64', [2, dims[1]], indices);
    return [d, d.op('ScatterElements', [data, positions, used], { axis: 0, ...reduction })];
  },
  'DepthToSpace and SpaceToDepth': (random) => {
    const b = random.int(1, 3);
    const [n, c, h, w] = random.dims(4, 1, 3);
    if (random.chance(0.6)) {
      const d = draft(random, [n, c * b * b, h, w]);
      return [d, d.op('DepthToSpace', [d.x], { blocksize: b, mode: random.pick(['DCR', 'CRD']) })];
    }
    const d = draft(random, [n, c, h * b, w * b]);
    return [d, d.op('SpaceToDepth', [d.x], { blocksize: b })];
  },
  'Trilu, CumSum, TopK': (random) => {
    const d = draft(random, random.dims(3, 2, 4));
    const kind = random.int(0, 2);
    if (kind === 0) return [d, d.op('Trilu', [d.x], { upper: random.int(0, 1) })];
    if (kind === 1) {
      const attributes = { exclusive: random.int(0, 1), reverse: random.int(0, 1) };
      return [d, d.op('CumSum', [d.x, d.constant('int64', [], [axisOf(random, 3)])], attributes)];
    }
    const axis = random.int(0, 2);
    const attributes = { axis, largest: random.int(0, 1) };
    return [d, d.op('TopK', [d.x, d.ints([random.int(1, d.dims[axis])])], attributes, { outputs: 2 })];
  },
  'values that several nodes read': (random) => {
    const d = draft(random, random.dims(3, 1, 3));
    const shared = d.op('Tanh', [d.x]);
    const left = d.op('Mul', [shared, d.x]);
    const right = d.op('Exp', [d.op('Sub', [shared, left])]);
    return [d, d.op('Add', [d.op('Mul', [left, right]), d.op('Cast', [shared], { to: 1 })])];
  },
};
