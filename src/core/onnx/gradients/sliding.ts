import type { GraphBuilder } from '../builder.ts';
import { range, windowExtent } from '../shapes.ts';

export interface SlidingGeometry {
  /** Spatial shape of the layer's input: what the result gets. */
  readonly size: readonly number[];
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Befores, then afters, as the layer has them. */
  readonly pads: readonly number[];
  readonly group: number;
}

/**
 * The adjoint of any sliding linear layer: ConvTranspose with the layer's own weights [M, C/group, k...]. The end is
 * cropped, or filled with zeros where the last window stopped short, so that the layer's input shape comes out (with
 * ceil_mode windows reach past the padding, with floor some elements are in no window).
 */
export function slidingAdjoint(
  b: GraphBuilder,
  g: string,
  weight: string,
  geometry: SlidingGeometry,
): string {
  const { size, kernel, strides, dilations, pads, group } = geometry;
  const rank = size.length;
  const output = b.dims(g).slice(2);
  const whole = range(rank).map((i) => (output[i] - 1) * strides[i] + windowExtent(kernel[i], dilations[i]));
  const excess = range(rank).map((i) => whole[i] - pads[i] - size[i]);
  // output_padding must stay below the stride; what is missing beyond it is filled afterwards.
  const extra = excess.map((value, i) => (value < 0 ? Math.min(-value, strides[i] - 1) : 0));
  const rest = excess.map((value, i) => (value < 0 ? -value - extra[i] : 0));
  const result = b.op('ConvTranspose', [g, weight], {
    kernel_shape: kernel,
    strides,
    dilations,
    pads: [...pads.slice(0, rank), ...excess.map((value) => Math.max(0, value))],
    output_padding: extra,
    group,
  });
  return b.pad(result, [0, 0, ...range(rank).map(() => 0), 0, 0, ...rest]);
}

export interface ConvGeometry extends SlidingGeometry {
  readonly channels: number;
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

/**
 * Gradient of a dense 2-D convolution with stride s as s x s unstrided convolutions, one for each residue of the input
 * position mod s, interleaved by DepthToSpace. Every product that is computed is needed, and each runs at a plain
 * convolution's speed; ConvTranspose and zero insertion do neither.
 * @returns undefined where it does not apply or is slower: few channels, 1 x 1 kernels, sizes the stride does not divide
 */
export function polyphaseGradient(
  b: GraphBuilder,
  g: string,
  weight: string,
  geometry: ConvGeometry,
): string | undefined {
  const { channels, size, output, kernel, strides, dilations, pads, group } = geometry;
  const stride = strides[0];
  const applies =
    size.length === 2 &&
    group === 1 &&
    channels >= 16 &&
    strides[1] === stride &&
    dilations.every((dilation) => dilation === 1) &&
    kernel.some((taps) => taps > 1) &&
    size.every((extent) => extent % stride === 0);
  if (!applies) return undefined;
  const phases = [0, 1].map((axis) => tapsByPhase(kernel[axis], stride, pads[axis]));
  if (phases.some((residues) => residues.some((taps) => taps.length === 0))) return undefined;

  const quotient = size.map((extent) => extent / stride);
  const parts: string[] = [];
  for (const rows of phases[0]) {
    for (const columns of phases[1]) {
      // Zeros before: the first tap's distance; after: whatever makes `quotient` positions come out. Negative: cropped.
      const before = [-rows[0].shift, -columns[0].shift];
      const taps = [rows.length, columns.length];
      const after = [0, 1].map((axis) => quotient[axis] - output[axis] + taps[axis] - 1 - before[axis]);
      const crop = (pad: number) => Math.min(0, pad);
      const cropped = b.pad(g, [0, 0, ...before.map(crop), 0, 0, ...after.map(crop)]);
      const attributes = { kernel_shape: taps, pads: [...before, ...after].map((pad) => Math.max(0, pad)) };
      parts.push(b.op('Conv', [cropped, phaseWeights(b, weight, rows, columns)], attributes));
    }
  }
  return b.op('DepthToSpace', [b.op('Concat', parts, { axis: 1 })], { blocksize: stride, mode: 'DCR' });
}

/** W [M, C, kh, kw] reduced to a phase's taps, channels swapped: [C, M, rows, columns]. */
function phaseWeights(
  b: GraphBuilder,
  weight: string,
  rows: readonly PhaseTap[],
  columns: readonly PhaseTap[],
): string {
  const [maps, channels, height, width] = b.dims(weight);
  const from = b.numbers(weight)!;
  const to = new Float32Array(channels * maps * rows.length * columns.length);
  let position = 0;
  for (let c = 0; c < channels; c++) {
    for (let m = 0; m < maps; m++) {
      const kernel = (m * channels + c) * height * width;
      for (const { tap: row } of rows) {
        for (const { tap: column } of columns) to[position++] = from[kernel + row * width + column];
      }
    }
  }
  return b.floats(to, [channels, maps, rows.length, columns.length]);
}
