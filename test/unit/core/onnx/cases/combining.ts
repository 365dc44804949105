import { float } from '../../../../../src/core/onnx/graph.ts';
import { range } from '../../../../../src/core/onnx/shapes.ts';
import type { Random } from '../random.ts';
import { type Case, type Draft, draft } from './draft.ts';

const REDUCTIONS = [
  'ReduceSum',
  'ReduceMean',
  'ReduceMax',
  'ReduceMin',
  'ReduceL1',
  'ReduceL2',
  'ReduceSumSquare',
];
const POSITIVE_REDUCTIONS = ['ReduceLogSum', 'ReduceLogSumExp', 'ReduceProd'];

const reduction =
  (operators: readonly string[], low: number): Case =>
  (random) => {
    const d = draft(random, random.dims(random.int(1, 4), 1, 3)).within(low, 2);
    const rank = d.dims.length;
    const axes = random.shuffle(range(rank)).slice(0, random.int(1, rank));
    const given = axes.map((axis) => (random.chance(0.5) ? axis : axis - rank));
    const inputs = random.chance(0.8) ? [d.x, d.ints(given)] : [d.x];
    return [d, d.op(random.pick(operators), inputs, { keepdims: random.int(0, 1) })];
  };

/** Leading axes that broadcast against `stack`. */
function stackLike(random: Random, stack: readonly number[]): number[] {
  const shape = stack.map((dim) => (random.chance(0.3) ? 1 : dim));
  return shape.slice(random.int(0, shape.length));
}

export const COMBINING_CASES: Readonly<Record<string, Case>> = {
  'MatMul with a constant': (random) => {
    const [rows, inner, columns] = random.dims(3, 1, 4);
    const stack = random.dims(random.int(0, 2), 1, 3);
    if (random.chance(0.5)) {
      const d = draft(random, [...stack, rows, inner]);
      const vector = random.chance(0.2);
      return [d, d.op('MatMul', [d.x, d.weights(vector ? [inner] : [inner, columns])])];
    }
    const d = draft(random, [...stack, inner, columns]);
    return [d, d.op('MatMul', [d.weights([...stackLike(random, stack), rows, inner]), d.x])];
  },
  'MatMul of two computed stacks': (random) => {
    const [rows, inner] = random.dims(2, 1, 4);
    const stack = random.dims(random.int(1, 2), 1, 3);
    const d = draft(random, [...stack, rows, inner]);
    const axes = range(stack.length + 2);
    const perm = [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!];
    const transposed = d.op('Transpose', [d.op('Tanh', [d.x])], { perm });
    const shrunk = random.chance(0.3)
      ? d.op('ReduceMean', [transposed, d.ints([0])], { keepdims: random.int(0, 1) })
      : transposed;
    return [d, d.op('MatMul', random.chance(0.5) ? [d.x, shrunk] : [shrunk, d.x])];
  },
  Gemm: (random) => {
    const [rows, inner, columns] = random.dims(3, 1, 4);
    const [transA, transB] = [random.int(0, 1), random.int(0, 1)];
    const left = transA ? [inner, rows] : [rows, inner];
    const right = transB ? [columns, inner] : [inner, columns];
    const second = random.chance(0.4);
    const d = draft(random, second ? right : left);
    const factors = second ? [d.weights(left), d.x] : [d.x, d.weights(right)];
    const bias = random.pick([[], [columns], [1, columns], [rows, 1]]);
    const inputs = random.chance(0.7) ? [...factors, d.weights(bias)] : factors;
    const attributes = {
      transA,
      transB,
      alpha: float(random.between(0.5, 2)),
      beta: float(random.between(-1, 1)),
    };
    return [d, d.op('Gemm', inputs, attributes)];
  },
  Einsum: (random) => {
    const [equation, left, right] = random.pick([
      ['ij,jk->ik', [2, 3], [3, 4]],
      ['bhid,bhjd->bhij', [2, 2, 3, 2], [2, 2, 4, 2]],
      ['...ij,...jk->...ik', [2, 4, 3, 2], [2, 4, 2, 3]],
      ['i,j->ij', [3], [4]],
      ['ij,j', [2, 3], [3]],
      ['nchw,c->n', [2, 3, 2, 2], [3]],
      ['bij,bij->b', [2, 3, 2], [2, 3, 2]],
      ['ij,kj->', [2, 3], [4, 3]],
    ] as const);
    const swap = random.chance(0.5);
    const d = draft(random, swap ? right : left);
    return [d, d.op('Einsum', swap ? [d.weights(left), d.x] : [d.x, d.weights(right)], { equation })];
  },
  'Einsum of one operand': (random) => {
    const d = draft(random, [2, 3, 2]);
    return [
      d,
      d.op('Einsum', [d.x], { equation: random.pick(['ijk->kij', 'ijk->ik', 'ijk->', '...k->...']) }),
    ];
  },
  'reductions over some or all axes': reduction(REDUCTIONS, -2),
  'reductions of positive values': reduction(POSITIVE_REDUCTIONS, 0.3),
  'Softmax and LogSoftmax': (random) => {
    const rank = random.int(1, 4);
    const d = draft(random, random.dims(rank, 1, 4)).within(-3, 3);
    const axis = random.int(-rank, rank - 1);
    return [d, d.op(random.pick(['Softmax', 'LogSoftmax']), [d.x], random.chance(0.2) ? {} : { axis })];
  },
  'Softmax before operator set 13': (random) => {
    const d = draft(random, random.dims(3, 1, 3)).within(-3, 3);
    d.opset = 11;
    const axis = random.int(0, 2);
    const flat = d.op('Flatten', [d.x], { axis });
    return [d, d.op(random.pick(['Softmax', 'LogSoftmax']), [flat], { axis: 1 })];
  },
  BatchNormalization: (random) => {
    const channels = random.int(1, 3);
    const d = draft(random, [2, channels, ...random.dims(random.int(0, 3), 1, 3)]);
    const inputs = [
      d.x,
      d.weights([channels]),
      d.weights([channels]),
      d.weights([channels]),
      d.weights([channels], 0.2, 2),
    ];
    const attributes = random.chance(0.5) ? {} : { epsilon: float(0.01) };
    return [d, d.op('BatchNormalization', inputs, attributes)];
  },
  'BatchNormalization behind Conv': (random) => {
    const d = draft(random, [1, 2, 4, 4]);
    const conv = d.op('Conv', [
      d.x,
      d.weights([3, 2, 3, 3]),
      ...(random.chance(0.5) ? [d.weights([3])] : []),
    ]);
    const statistics = [d.weights([3]), d.weights([3]), d.weights([3]), d.weights([3], 0.2, 2)];
    return [d, d.op('BatchNormalization', [conv, ...statistics])];
  },
  LayerNormalization: (random) => {
    const dims = random.dims(3, 2, 4);
    const d = draft(random, dims);
    const axis = random.pick([-1, 1, 2, -2]);
    const tail = dims.slice(axis < 0 ? axis + 3 : axis);
    const inputs = [d.x, d.weights(tail), ...(random.chance(0.7) ? [d.weights(tail)] : [])];
    return [d, d.op('LayerNormalization', inputs, { axis, epsilon: float(random.pick([1e-5, 1e-2])) })];
  },
  'LayerNormalization as exporters write it, before a linear layer': (random) => {
    const width = random.int(2, 5);
    const d = draft(random, [2, 3, width]);
    const mean = d.op('ReduceMean', [d.x, d.ints([-1])]);
    const centred = d.op('Sub', [d.x, mean]);
    const variance = d.op('ReduceMean', [d.op('Pow', [centred, d.scalar(2)]), d.ints([2])]);
    const root = d.op('Sqrt', [d.op('Add', [variance, d.scalar(1e-3)])]);
    const scaled = d.op('Mul', [d.op('Div', [centred, root]), d.weights([width])]);
    const shifted = d.op('Add', [scaled, d.weights([width])]);
    if (random.chance(0.4)) return [d, shifted];
    return [d, d.op('Add', [d.op('MatMul', [shifted, d.weights([width, 3])]), d.weights([3])])];
  },
  'InstanceNormalization and GroupNormalization': (random) => {
    const groups = random.int(1, 2);
    const channels = groups * random.int(1, 2);
    const d = draft(random, [2, channels, 3, 3]);
    const epsilon = float(1e-3);
    if (random.chance(0.5)) {
      const inputs = [d.x, d.weights([channels]), d.weights([channels])];
      return [d, d.op('InstanceNormalization', inputs, { epsilon })];
    }
    if (channels !== groups && random.chance(0.5)) d.opset = 21;
    const length = d.opset === 21 ? channels : groups;
    const inputs = [d.x, d.weights([length]), d.weights([length])];
    return [d, d.op('GroupNormalization', inputs, { num_groups: groups, epsilon })];
  },
  'LRN and LpNormalization': (random) => {
    const d = draft(random, [1, random.int(2, 6), 2, 2]);
    if (random.chance(0.5)) {
      const attributes = {
        size: random.pick([1, 3, 5]),
        alpha: float(0.3),
        beta: float(0.7),
        bias: float(1.2),
      };
      return [d, d.op('LRN', [d.x], attributes)];
    }
    return [d, d.op('LpNormalization', [d.x], { axis: random.int(0, 3), p: random.int(1, 2) })];
  },
  attention: (random) => {
    const [heads, tokens, width] = [2, random.int(2, 4), random.int(2, 3)];
    const d = draft(random, [1, tokens, heads * width]);
    const project = () => {
      const linear = d.op('MatMul', [d.x, d.weights([heads * width, heads * width])]);
      const split = d.op('Reshape', [linear, d.ints([1, tokens, heads, width])]);
      return d.op('Transpose', [split], { perm: [0, 2, 1, 3] });
    };
    const [q, k, v] = [project(), project(), project()];
    const scores = d.op('MatMul', [q, d.op('Transpose', [k], { perm: [0, 1, 3, 2] })]);
    const weights = d.op('Softmax', [d.op('Mul', [scores, d.scalar(0.7)])], { axis: -1 });
    const mixed = d.op('Transpose', [d.op('MatMul', [weights, v])], { perm: [0, 2, 1, 3] });
    return [d, d.op('Add', [d.x, d.op('Reshape', [mixed, d.ints([1, tokens, heads * width])])])];
  },
  'one token behind a block of a transformer': (random) => tokenOfBlock(random),
};

/**
 * The class token behind normalization, attention and perceptron, each with its shortcut: tokens first, as PyTorch
 * exports it, with queries, keys and values in one product; or images first, with a product for each.
 */
function tokenOfBlock(random: Random): readonly [Draft, string] {
  const [images, tokens, heads, size] = [random.int(1, 2), random.int(2, 4), random.int(1, 2), 2];
  const width = heads * size;
  const d = draft(random, [images, tokens, width]);
  const linear = (x: string, from: number, to: number) =>
    d.op('Add', [d.op('MatMul', [x, d.weights([from, to])]), d.weights([to])]);
  const normalized = (x: string) =>
    d.op('LayerNormalization', [x, d.weights([width]), d.weights([width])], { axis: -1 });
  const weighed = (q: string, k: string, v: string) => {
    const scores = d.op('Mul', [d.op('MatMul', [q, k]), d.scalar(0.7)]);
    return d.op('MatMul', [d.op('Softmax', [scores], { axis: -1 }), v]);
  };
  const tokensFirst = (x: string) => {
    const moved = d.op('Transpose', [x], { perm: [1, 0, 2] });
    d.op('Split', [linear(moved, width, 3 * width)], { axis: -1, num_outputs: 3 }, { outputs: 3 });
    const parts = d.nodes
      .at(-1)!
      .outputs.map((part) => d.op('Reshape', [part, d.ints([tokens, images * heads, size])]));
    const turned = (part: string, perm: number[]) => d.op('Transpose', [part], { perm });
    const mixed = weighed(
      turned(parts[0], [1, 0, 2]),
      turned(parts[1], [1, 2, 0]),
      turned(parts[2], [1, 0, 2]),
    );
    const flat = d.op('Reshape', [turned(mixed, [1, 0, 2]), d.ints([tokens * images, width])]);
    const projected = d.op('Gemm', [flat, d.weights([width, width]), d.weights([width])], { transB: 1 });
    return turned(d.op('Reshape', [projected, d.ints([tokens, images, width])]), [1, 0, 2]);
  };
  const imagesFirst = (x: string) => {
    const part = (perm: number[]) => {
      const split = d.op('Reshape', [linear(x, width, width), d.ints([images, tokens, heads, size])]);
      return d.op('Transpose', [split], { perm });
    };
    const mixed = weighed(part([0, 2, 1, 3]), part([0, 2, 3, 1]), part([0, 2, 1, 3]));
    const joined = d.op('Transpose', [mixed], { perm: [0, 2, 1, 3] });
    return linear(d.op('Reshape', [joined, d.ints([images, tokens, width])]), width, width);
  };
  const attention = random.chance(0.5) ? tokensFirst : imagesFirst;
  const attended = d.op('Add', [d.x, attention(normalized(d.x))]);
  const hidden = d.op('Gelu', [linear(normalized(attended), width, 3)], {}, { domain: 'com.microsoft' });
  const result = normalized(d.op('Add', [linear(hidden, 3, width), attended]));
  const position = random.int(0, tokens - 1);
  if (random.chance(0.5))
    return [d, d.op('Gather', [result, d.constant('int64', [], [position])], { axis: 1 })];
  return [d, d.op('Slice', [result, d.ints([position]), d.ints([position + 1]), d.ints([1])])];
}
