import type { GraphBuilder } from '../builder.ts';
import { productOf, range } from '../shapes.ts';
import type { SlidingGeometry } from './sliding.ts';

/**
 * Phases of an image [N, C, H, W] for a stride s: s x s images, of which that of residues (r, c) holds the elements at rows
 * s q + r and columns s q + c, in the order of (0, 0), (0, 1), ... Each has ceil(H / s) rows and ceil(W / s) columns;
 * where the stride does not divide a size, the last of some lies outside and counts for nothing.
 *
 * The gradient of a strided layer is, phase by phase, an unstrided convolution: every product that is computed is needed.
 */
export interface PhaseGeometry extends SlidingGeometry {
  readonly channels: number;
  /** Spatial shape of the layer's output. */
  readonly output: readonly number[];
}

/** One tap that feeds a phase: `shift` = output position minus phase position, `tap` = kernel index. */
interface PhaseTap {
  readonly shift: number;
  readonly tap: number;
}

/** Taps by phase: input position i = s q + r gets kernel tap k from output o = q + (r + p - k) / s, where that is whole. */
function tapsByPhase(kernel: number, stride: number, pad: number): PhaseTap[][] {
  return range(stride).map((r) => {
    const taps: PhaseTap[] = [];
    for (let tap = kernel - 1; tap >= 0; tap--) {
      const shift = (r + pad - tap) / stride;
      if (Number.isInteger(shift)) taps.push({ shift, tap });
    }
    return taps;
  });
}

/** From the first to the last output position that any phase takes along an axis. */
function reachOf(phases: readonly (readonly PhaseTap[])[]): { first: number; count: number } {
  const shifts = phases.flat().map(({ shift }) => shift);
  const first = Math.min(...shifts);
  return { first, count: Math.max(...shifts) - first + 1 };
}

/** Whether a 2-D layer has the same stride along both axes, above 1, and no dilation: else it has no phases here. */
export function hasPhases({ size, strides, dilations }: SlidingGeometry): boolean {
  return (
    size.length === 2 &&
    strides[0] > 1 &&
    strides[1] === strides[0] &&
    dilations.every((dilation) => dilation === 1)
  );
}

/** Rows and columns of a phase. */
export function phaseSize(size: readonly number[], stride: number): number[] {
  return size.map((extent) => Math.ceil(extent / stride));
}

/** The image [N, C, ...size] whose phases are given, each for itself or all as the channels of one value. */
export function interleave(
  b: GraphBuilder,
  phases: readonly string[],
  stride: number,
  size: readonly number[],
): string {
  const stacked = phases.length === 1 ? phases[0] : b.op('Concat', phases, { axis: 1 });
  const whole = b.op('DepthToSpace', [stacked], { blocksize: stride, mode: 'DCR' });
  const rest = b
    .dims(whole)
    .slice(2)
    .map((extent, axis) => size[axis] - extent);
  return b.pad(whole, [0, 0, 0, 0, 0, 0, ...rest]);
}

/** A phase in which nothing is: zeros, made in the graph where it runs. */
export function emptyPhase(b: GraphBuilder, dims: readonly number[]): string {
  return b.shared(`empty phase ${dims}`, () => b.zeros(dims));
}

/**
 * A phase of an image, taken by a depthwise convolution with one weight in each kernel: it stays in onnxruntime's blocked
 * layout, and takes an activation behind it along. Positions outside of the image give 0.
 * @param index row residue times the stride plus column residue
 * @param weights what each channel is multiplied by, and `bias` what is added
 */
export function takePhase(
  b: GraphBuilder,
  value: string,
  {
    index,
    stride,
    size,
    weights,
    bias,
  }: {
    readonly index: number;
    readonly stride: number;
    readonly size: readonly number[];
    readonly weights?: ArrayLike<number> | undefined;
    readonly bias?: string | undefined;
  },
): string {
  const channels = b.dims(value)[1];
  const at = [Math.floor(index / stride), index % stride];
  const kernel = at.map((residue) => residue + 1);
  const counts = phaseSize(size, stride);
  const ends = at.map((residue, axis) => Math.max(0, (counts[axis] - 1) * stride + residue + 1 - size[axis]));
  const weight = oneHot(b, channels, kernel, at, weights);
  return b.op('Conv', bias ? [value, weight, bias] : [value, weight], {
    group: channels,
    kernel_shape: kernel,
    strides: [stride, stride],
    pads: [0, 0, ...ends],
  });
}

/**
 * `counts` rows and columns of an image, moved: element o of the result is element o + shift, along both axes, or 0 where
 * there is none. By a depthwise convolution, as `takePhase`.
 */
export function moved(
  b: GraphBuilder,
  value: string,
  shifts: readonly number[],
  counts: readonly number[],
): string {
  const dims = b.dims(value);
  const place = shifts.map((shift) => Math.max(0, shift));
  const before = shifts.map((shift) => Math.max(0, -shift));
  const missing = counts.map((count, axis) => count - dims[axis + 2] - before[axis] + place[axis]);
  const kernel = place.map((at, axis) => at + 1 + Math.max(0, -missing[axis]));
  return b.op('Conv', [value, oneHot(b, dims[1], kernel, place)], {
    group: dims[1],
    kernel_shape: kernel,
    pads: [...before, ...missing.map((end) => Math.max(0, end))],
  });
}

/** Kernels [C, 1, ...kernel] with one weight each, 1 unless given. */
function oneHot(
  b: GraphBuilder,
  channels: number,
  kernel: readonly number[],
  at: readonly number[],
  weights?: ArrayLike<number>,
): string {
  const make = () => {
    const taps = productOf(kernel);
    const values = new Float32Array(channels * taps);
    for (let c = 0; c < channels; c++) values[c * taps + at[0] * kernel[1] + at[1]] = weights?.[c] ?? 1;
    return b.floats(values, [channels, 1, ...kernel]);
  };
  return weights === undefined ? b.shared(`one hot ${channels} ${kernel} ${at}`, make) : make();
}

/**
 * Gradient of a strided 2-D convolution, dense or depthwise, as the phases of its input.
 * @param weight constant, [M, C, kh, kw], or [C, 1, kh, kw] where there are as many groups as channels
 * @returns undefined for phases that no tap of the kernel feeds
 */
export function phaseGradients(
  b: GraphBuilder,
  g: string,
  weight: string,
  { channels, size, output, kernel, strides, pads, group }: PhaseGeometry,
): (string | undefined)[] {
  const stride = strides[0];
  const [rowTaps, columnTaps] = [0, 1].map((axis) => tapsByPhase(kernel[axis], stride, pads[axis]));
  const quotient = phaseSize(size, stride);
  return rowTaps.flatMap((rows) =>
    columnTaps.map((columns) => {
      if (rows.length === 0 || columns.length === 0) return undefined;
      const taps = [rows.length, columns.length];
      const before = [-rows[0].shift, -columns[0].shift];
      const weights = phaseWeights(b, weight, rows, columns, group > 1);
      return unstrided(b, g, weights, { taps, before, output, quotient, group: group > 1 ? channels : 1 });
    }),
  );
}

/**
 * Whether all phases of a dense layer are better computed by one convolution, with the taps that a phase lacks as zeros:
 * where none is lacking (windows side by side), or with few input channels, as a first layer has them, which leave most
 * of a vector unit idle anyway.
 */
export function joinsPhases({ channels, kernel, strides, pads }: PhaseGeometry): boolean {
  const counts = [0, 1].map((axis) => reachOf(tapsByPhase(kernel[axis], strides[axis], pads[axis])).count);
  return channels < 16 || productOf(counts) * strides[0] ** 2 <= productOf(kernel);
}

/**
 * Gradient of a strided dense 2-D convolution as the phases of its input, all as the channels of one convolution.
 * @returns the phases, [N, s s C, rows, columns]
 */
export function joinedPhaseGradients(
  b: GraphBuilder,
  g: string,
  weight: string,
  { channels, size, output, kernel, strides, pads }: PhaseGeometry,
): string {
  const stride = strides[0];
  const [rowTaps, columnTaps] = [0, 1].map((axis) => tapsByPhase(kernel[axis], stride, pads[axis]));
  const reach = [rowTaps, columnTaps].map(reachOf);
  const taps = reach.map(({ count }) => count);
  const [maps] = b.dims(weight);
  const from = b.numbers(weight)!;
  const to = new Float32Array(stride * stride * channels * maps * productOf(taps));
  rowTaps.forEach((rows, r) => {
    columnTaps.forEach((columns, c) => {
      for (const row of rows) {
        for (const column of columns) {
          const place = (row.shift - reach[0].first) * taps[1] + column.shift - reach[1].first;
          for (let channel = 0; channel < channels; channel++) {
            const target = ((r * stride + c) * channels + channel) * maps * productOf(taps) + place;
            for (let m = 0; m < maps; m++) {
              const source = ((m * channels + channel) * kernel[0] + row.tap) * kernel[1] + column.tap;
              to[target + m * productOf(taps)] = from[source];
            }
          }
        }
      }
    });
  });
  const weights = b.floats(to, [stride * stride * channels, maps, ...taps]);
  const before = reach.map(({ first }) => -first);
  return unstrided(b, g, weights, { taps, before, output, quotient: phaseSize(size, stride), group: 1 });
}

interface Unstrided {
  readonly taps: readonly number[];
  /** Zeros before the first element of g; negative: elements that are cut off. */
  readonly before: readonly number[];
  readonly output: readonly number[];
  readonly quotient: readonly number[];
  readonly group: number;
}

/** The convolution of g of which `quotient` positions come out. */
function unstrided(
  b: GraphBuilder,
  g: string,
  weights: string,
  { taps, before, output, quotient, group }: Unstrided,
): string {
  const after = [0, 1].map((axis) => quotient[axis] - output[axis] + taps[axis] - 1 - before[axis]);
  const crop = (pad: number) => Math.min(0, pad);
  const cropped = b.pad(g, [0, 0, ...before.map(crop), 0, 0, ...after.map(crop)]);
  const grown = [...before, ...after].map((pad) => Math.max(0, pad));
  return b.op('Conv', [cropped, weights], { kernel_shape: taps, pads: grown, group });
}

/** W reduced to a phase's taps; dense [M, C, kh, kw] with its channels swapped: [C, M, rows, columns]. */
function phaseWeights(
  b: GraphBuilder,
  weight: string,
  rows: readonly PhaseTap[],
  columns: readonly PhaseTap[],
  isDepthwise: boolean,
): string {
  const [maps, channels, height, width] = b.dims(weight);
  const from = b.numbers(weight)!;
  const to = new Float32Array(maps * channels * rows.length * columns.length);
  let position = 0;
  const copy = (map: number, channel: number) => {
    const kernel = (map * channels + channel) * height * width;
    for (const { tap: row } of rows) {
      for (const { tap: column } of columns) to[position++] = from[kernel + row * width + column];
    }
  };
  if (isDepthwise) for (let m = 0; m < maps; m++) copy(m, 0);
  else for (let c = 0; c < channels; c++) for (let m = 0; m < maps; m++) copy(m, c);
  const dims = isDepthwise ? [maps, 1] : [channels, maps];
  return b.floats(to, [...dims, rows.length, columns.length]);
}
