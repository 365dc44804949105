import { phrase } from '../../../text/text.ts';
import type { GraphBuilder } from '../../builder.ts';
import { intsAttribute, numberAttribute } from '../../graph.ts';
import { windowOf } from '../../outputTypes.ts';
import { filled, productOf, range, unravel, windowExtent } from '../../shapes.ts';
import { makeTensor } from '../../tensor.ts';
import { emptyPhase, hasPhases, interleave, moved, phaseSize, takePhase } from '../phases.ts';
import { type RuleContext, type RuleTable, UncoveredError } from '../rule.ts';
import { slidingAdjoint } from '../sliding.ts';
import { above, atLeastZero } from './activation.ts';

interface Pooling {
  readonly rank: number;
  readonly dims: readonly number[];
  readonly output: readonly number[];
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
}

function poolingOf({ b, node, x, y }: RuleContext): Pooling {
  const dims = b.dims(x[0]);
  const rank = dims.length - 2;
  return {
    rank,
    dims,
    output: b.dims(y[0]).slice(2),
    kernel: intsAttribute(node, 'kernel_shape') ?? [],
    ...windowOf(node, rank),
  };
}

/** One comparison, one slice and one channel of a convolution for each: beyond this the graph would not be workable. */
const MAX_TAPS = 256;

export const POOLING_RULES: RuleTable = {
  // y[o] = sum over a window / n[o]; dx = windows of g / n laid over each other
  AveragePool: (r) => {
    const { b } = r;
    const pooling = poolingOf(r);
    const { dims, kernel } = pooling;
    const divided = b.mul(r.full(), windowDivisors(r, pooling));
    if (tilesExactly(pooling)) {
      if (r.formulation.polyphase && hasPhases({ ...pooling, size: dims.slice(2), group: 1 })) {
        const phases = new Array<string>(productOf(kernel)).fill(divided);
        return [interleave(b, phases, kernel[0], dims.slice(2))];
      }
      return [repeated(b, divided, pooling)];
    }
    const ones = filled(dims[1] * productOf(kernel), 1);
    const weight = b.shared(`ones ${dims[1]} ${kernel}`, () => b.floats(ones, [dims[1], 1, ...kernel]));
    return [slidingAdjoint(b, divided, weight, { ...pooling, size: dims.slice(2), group: dims[1] })];
  },

  // y = mean over space; dx = g / n everywhere, expanded by whoever multiplies it next
  GlobalAveragePool: ({ b, x, g }) => [b.scale(g, 1 / productOf(b.dims(x[0]).slice(2)))],

  // y[o] = largest of a window; dx at that element += g[o]. A tie has one winner.
  MaxPool: (r) => {
    const pooling = poolingOf(r);
    const isFused = r.formulation.maxPool === 'fused';
    if (isFused && suitsPhases(r, pooling)) return [byPhases(r, pooling)];
    const rowMajor = numberAttribute(r.node, 'storage_order', 0) === 0;
    return [isFused && rowMajor ? byIndices(r) : byTaps(r, pooling)];
  },
};

/**
 * 1 / n[o] for each window. What n is at a border (padding counted or not, windows that hang over the end) differs
 * between operator set versions, so the pooling itself is asked: over ones it gives (elements inside) / n.
 */
function windowDivisors({ b, node }: RuleContext, pooling: Pooling): string {
  const { rank, dims, output, kernel, strides, dilations, pads } = pooling;
  const whole =
    pads.every((pad) => pad === 0) &&
    range(rank).every(
      (i) => (output[i] - 1) * strides[i] + windowExtent(kernel[i], dilations[i]) <= dims[i + 2],
    );
  if (whole) return b.scalarOf(1 / productOf(kernel));
  const size = dims.slice(2);
  const inside = range(rank).map((i) =>
    range(output[i]).map((o) => {
      const taps = range(kernel[i]).map((k) => o * strides[i] + k * dilations[i] - pads[i]);
      return taps.filter((position) => position >= 0 && position < size[i]).length;
    }),
  );
  const counts = inside.reduce<number[]>((grid, axis) => grid.flatMap((n) => axis.map((m) => n * m)), [1]);
  const ones = b.floats(filled(productOf(size), 1), [1, 1, ...size]);
  const [pooled] = b.node('AveragePool', [ones], node.attributes, {
    types: [{ type: 'float32', dims: [1, 1, ...output] }],
  });
  const reciprocal = counts.map((count) => (count === 0 ? 0 : 1 / count));
  return b.mul(pooled, b.floats(reciprocal, [1, 1, ...output]));
}

/** Windows side by side without overlap or rest. */
function tilesExactly({ rank, dims, output, kernel, strides, dilations, pads }: Pooling): boolean {
  return (
    pads.every((pad) => pad === 0) &&
    dilations.every((dilation) => dilation === 1) &&
    range(rank).every((i) => kernel[i] === strides[i] && output[i] * strides[i] === dims[i + 2])
  );
}

function repeated(b: GraphBuilder, g: string, { dims, output, kernel }: Pooling): string {
  const narrow = [dims[0], dims[1], ...output.flatMap((size) => [size, 1])];
  const wide = [dims[0], dims[1], ...output.flatMap((size, i) => [size, kernel[i]])];
  return b.reshape(b.full(b.reshape(g, narrow), wide), dims);
}

/** Taps up to which comparing them is faster than MaxPool's Indices, whose kernel mispredicts a branch for each. */
const MAX_FUSED_TAPS = 9;

/** Whether windows are few taps of planes in the blocked layout, without zeros that padding could make the largest. */
function suitsPhases(r: RuleContext, pooling: Pooling): boolean {
  const { b, x } = r;
  const { rank, dims, output, kernel, strides, pads } = pooling;
  const reach = range(rank).map((i) => (output[i] - 1) * strides[i] + kernel[i]);
  const isInside = pads.every((pad) => pad === 0) && reach.every((end, i) => end <= dims[i + 2]);
  return (
    hasPhases({ ...pooling, size: dims.slice(2), group: 1 }) &&
    productOf(kernel) <= MAX_FUSED_TAPS &&
    dims[1] % 4 === 0 &&
    b.typeOf(x[0]).type === 'float32' &&
    (isInside || isRectified(r, x[0]))
  );
}

/** Whether no element is below 0 and none at 0 passes its gradient on: all that rectifiers make. */
function isRectified({ b, maker }: RuleContext, value: string): boolean {
  const ends = [value];
  for (let i = 0; i < ends.length && i < 100; i++) {
    const node = maker(ends[i]);
    if (node?.op === 'Concat') ends.push(...node.inputs);
    else if (node?.op === 'Clip' ? b.scalar(node.inputs[1]) !== 0 : node?.op !== 'Relu') return false;
  }
  return ends.length <= 100;
}

/**
 * Tap by tap of the window: where it equals the maximum, it wins what is left of g, and the next taps get the rest; so a
 * tie has its first element as the winner. What the taps won is added up phase by phase. Every step is a product or a
 * depthwise convolution that takes a sum and a step along, all of them in the blocked layout: a third faster than
 * Indices and ScatterElements on the values of real images. Zeros around the image win nothing but zeros of rectifiers.
 * A rectifier's own mask is taken at the maxima, of which there are fewer.
 */
function byPhases(r: RuleContext, { dims, output, kernel, strides, pads }: Pooling): string {
  const { b, x, y } = r;
  const [stride] = strides;
  const size = dims.slice(2);
  const counts = phaseSize(size, stride);
  const channels = dims[1];
  const minus = b.shared(`minus one ${channels}`, () => b.floats(filled(channels, -1), [channels, 1, 1, 1]));
  const negated = (value: string) => b.op('Conv', [value, minus], { group: channels, kernel_shape: [1, 1] });
  const lowered = negated(y[0]);
  const taken = new Map<number, string>();
  const won = new Map<number, string>();
  const taps = productOf(kernel);
  const isMasked = r.maker(x[0])?.op === 'Relu';
  let rest = isMasked ? b.mul(r.full(), above(b, y[0], 0)) : r.full();
  for (let tap = 0; tap < taps; tap++) {
    const from = unravel(tap, kernel).map((k, axis) => k - pads[axis]);
    const shifts = from.map((position) => Math.floor(position / stride));
    const [row, column] = from.map((position, axis) => position - stride * shifts[axis]);
    const index = row * stride + column;
    if (!taken.has(index)) taken.set(index, takePhase(b, x[0], { index, stride, size }));
    const below = b.add(moved(b, taken.get(index)!, shifts, output), lowered);
    const gain = b.mul(rest, atLeastZero(b, below));
    if (tap + 1 < taps) rest = b.add(negated(gain), rest);
    const back = shifts.map((shift) => -shift);
    const placed = moved(b, gain, back, counts);
    const sum = won.get(index);
    won.set(index, sum === undefined ? placed : b.add(placed, sum));
  }
  const empty = [dims[0], channels, ...counts];
  const phases = range(stride * stride).map((index) => won.get(index) ?? emptyPhase(b, empty));
  const gradient = interleave(b, phases, stride, size);
  if (isMasked) r.masked.add(gradient);
  return gradient;
}

/** The forward pass's Indices count elements of the whole tensor: one flat scatter. */
function byIndices({ b, x, y, save, full }: RuleContext): string {
  const dims = b.dims(x[0]);
  const indices = save(1, 'int64', b.dims(y[0]));
  const flat = (value: string) => b.reshape(value, [productOf(b.dims(y[0]))]);
  const zeros = b.op('ConstantOfShape', [b.ints([productOf(dims)])], {
    value: { kind: 'tensor', value: makeTensor('float32', [1], [0]) },
  });
  const sums = b.op('ScatterElements', [zeros, flat(indices), flat(full())], { axis: 0, reduction: 'add' });
  return b.reshape(sums, dims);
}

/**
 * For each tap of the window, where it equals the maximum and no earlier tap did, g; then one ConvTranspose with one-hot
 * kernels puts every tap's part in its place.
 */
function byTaps({ b, x, y, full }: RuleContext, pooling: Pooling): string {
  const { rank, dims, output, kernel, strides, dilations, pads } = pooling;
  const axes = range(rank).map((i) => i + 2);
  const reach = range(rank).map((i) => (output[i] - 1) * strides[i] + windowExtent(kernel[i], dilations[i]));
  const after = range(rank).map((i) => Math.max(0, reach[i] - dims[i + 2] - pads[i]));
  const grown = [0, 0, ...pads.slice(0, rank), 0, 0, ...after];
  const taps = productOf(kernel);
  const whole = pads.every((pad) => pad === 0) && kernel.every((k, i) => k === dims[i + 2]);
  if (whole) return byPosition(b, x[0], full());
  if (taps > MAX_TAPS) throw new UncoveredError(phrase('a window of {0} elements', taps));
  // Quantised values are compared as floats.
  const [value, best] = [b.cast(x[0], 'float32'), b.cast(y[0], 'float32')];
  const padded = grown.some((pad) => pad > 0)
    ? b.op('Pad', [value, b.ints(grown), b.scalarOf(-3.4e38)])
    : value;
  const g = full();
  const parts: string[] = [];
  let open: string | undefined;
  for (let tap = 0; tap < taps; tap++) {
    const at = unravel(tap, kernel).map((k, i) => k * dilations[i]);
    const end = at.map((start, i) => start + (output[i] - 1) * strides[i] + 1);
    const hit = b.op('Equal', [b.slice(padded, axes, at, end, strides), best]);
    const won = open === undefined ? hit : b.op('And', [hit, open]);
    const missed = b.op('Not', [hit]);
    open = open === undefined ? missed : b.op('And', [open, missed]);
    parts.push(b.where(won, g, b.scalarOf(0)));
  }
  const [batch, channels] = dims;
  const stacked = b.op(
    'Concat',
    parts.map((part) => b.reshape(part, [batch, channels, 1, ...output])),
    { axis: 2 },
  );
  const oneHot = new Float32Array(channels * taps * taps);
  for (let i = 0; i < channels * taps; i++) oneHot[i * taps + (i % taps)] = 1;
  const weight = b.floats(oneHot, [channels * taps, 1, ...kernel]);
  const geometry = { size: dims.slice(2), kernel, strides, dilations, pads, group: channels };
  return slidingAdjoint(b, b.reshape(stacked, [batch, channels * taps, ...output]), weight, geometry);
}

/** A window that is the whole image: the position of its first maximum, compared with every position. */
function byPosition(b: GraphBuilder, x: string, g: string): string {
  const dims = b.dims(x);
  const area = productOf(dims.slice(2));
  const flat = b.reshape(b.cast(x, 'float32'), [dims[0], dims[1], area]);
  const first = b.op('ArgMax', [flat], { axis: 2, keepdims: 1 });
  const positions = b.constant(makeTensor('int64', [1, 1, area], range(area)));
  const won = b.cast(b.op('Equal', [positions, first]), 'float32');
  return b.reshape(b.mul(won, b.reshape(g, [dims[0], dims[1], 1])), dims);
}
