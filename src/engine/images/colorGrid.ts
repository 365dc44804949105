import type { ToSrgb } from '../../core/images/preprocessing.ts';
import type { ColorGrid } from './lcms.ts';

/** Of RGB pixels, and of grey ones, whose three channels are the same. */
export function gridToSrgb(grid: ColorGrid): ToSrgb {
  const convert = gridReader(grid);
  return (data) => {
    for (let i = 0; i + 2 < data.length; i += 3) convert(data, i, data, i);
  };
}

/** Writes into `to` at `o` the sRGB of the pixel that stands in `from` at `s`. */
export type PixelConverter = (
  from: Uint8Array | Uint8ClampedArray,
  s: number,
  to: Uint8Array | Uint8ClampedArray,
  o: number,
) => void;

/**
 * Between the nodes around a color, those on the way from the lowest to the highest count, the channel with the largest
 * part first: tetrahedral interpolation, for any number of channels.
 */
export function gridReader({ channels, edge, nodes }: ColorGrid): PixelConverter {
  // The node below each code along one channel, and how far the code is on the way to the next one.
  const below = new Int32Array(256);
  const part = new Float32Array(256);
  for (let code = 0; code < 256; code++) {
    const place = (code * (edge - 1)) / 255;
    below[code] = Math.min(edge - 2, Math.floor(place));
    part[code] = place - below[code];
  }
  const strides = Array.from({ length: channels }, (_, c) => 3 * edge ** (channels - 1 - c));
  const order = new Int32Array(channels);
  const parts = new Float32Array(channels);
  return (from, s, to, o) => {
    let node = 0;
    for (let c = 0; c < channels; c++) {
      const code = from[s + c];
      node += below[code] * strides[c];
      const own = part[code];
      let at = c;
      for (; at > 0 && parts[at - 1] < own; at--) {
        parts[at] = parts[at - 1];
        order[at] = order[at - 1];
      }
      parts[at] = own;
      order[at] = strides[c];
    }
    let weight = 1 - parts[0];
    let red = nodes[node] * weight;
    let green = nodes[node + 1] * weight;
    let blue = nodes[node + 2] * weight;
    for (let c = 0; c < channels; c++) {
      node += order[c];
      weight = c + 1 < channels ? parts[c] - parts[c + 1] : parts[c];
      red += nodes[node] * weight;
      green += nodes[node + 1] * weight;
      blue += nodes[node + 2] * weight;
    }
    to[o] = (red + 0.5) | 0;
    to[o + 1] = (green + 0.5) | 0;
    to[o + 2] = (blue + 0.5) | 0;
  };
}
