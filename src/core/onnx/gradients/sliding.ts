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
