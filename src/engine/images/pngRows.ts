import { onWhite } from '../../core/images/rgbImage.ts';
import { CHANNELS, type PngHeader } from './pngHeader.ts';

/** Writes one row of samples from `at` on as RGB pixels `step` bytes apart; `rgb` may be where the samples stand, behind them. */
type RowWriter = (
  raw: Uint8Array,
  at: number,
  rgb: Uint8Array,
  o: number,
  step: number,
  width: number,
) => void;

export function rowWriter(
  header: PngHeader,
  palette: Uint8Array,
  transparency: Uint8Array | undefined,
): RowWriter {
  const { depth, colorType } = header;
  // The high byte of a 16-bit sample is its 8-bit value.
  const sample = depth === 16 ? 2 : 1;
  const key = (index: number): number =>
    transparency && transparency.length >= index * 2 + 2
      ? (transparency[index * 2] << 8) | transparency[index * 2 + 1]
      : -1;
  if (colorType === 3 || (colorType === 0 && depth <= 8)) {
    const colors = colorType === 3 ? paletteColors(palette, transparency) : greyColors(depth, key(0));
    return depth === 8 ? indexedRow(colors) : packedRow(colors, depth);
  }
  const color = colorType & 2 ? sample : 0;
  const pixel = CHANNELS[colorType] * sample;
  if (colorType & 4) {
    const alphaAt = pixel - sample;
    return (raw, at, rgb, o, step, width) => {
      for (let x = 0, s = at; x < width; x++, s += pixel, o += step) {
        const alpha = raw[s + alphaAt];
        rgb[o] = onWhite(raw[s], alpha);
        rgb[o + 1] = onWhite(raw[s + color], alpha);
        rgb[o + 2] = onWhite(raw[s + 2 * color], alpha);
      }
    };
  }
  const keys = colorType === 2 ? [key(0), key(1), key(2)] : [key(0), key(0), key(0)];
  const keyed = keys[2] >= 0;
  if (!keyed && pixel === 3)
    return (raw, at, rgb, o, step, width) => {
      if (step === 3) rgb.set(raw.subarray(at, at + 3 * width), o);
      else for (let x = 0, s = at; x < width; x++, s += 3, o += step) rgb.set(raw.subarray(s, s + 3), o);
    };
  const value = (raw: Uint8Array, s: number): number => (sample === 2 ? (raw[s] << 8) | raw[s + 1] : raw[s]);
  return (raw, at, rgb, o, step, width) => {
    for (let x = 0, s = at; x < width; x++, s += pixel, o += step) {
      const transparent =
        keyed &&
        value(raw, s) === keys[0] &&
        value(raw, s + color) === keys[1] &&
        value(raw, s + 2 * color) === keys[2];
      rgb[o] = transparent ? 255 : raw[s];
      rgb[o + 1] = transparent ? 255 : raw[s + color];
      rgb[o + 2] = transparent ? 255 : raw[s + 2 * color];
    }
  };
}

/** 256 RGB colours on white; an index past the palette is black, as libpng has it. */
function paletteColors(palette: Uint8Array, alpha: Uint8Array | undefined): Uint8Array {
  const colors = new Uint8Array(256 * 3);
  const count = Math.min(256, Math.floor(palette.length / 3));
  for (let i = 0; i < count * 3; i++) colors[i] = onWhite(palette[i], alpha?.[Math.floor(i / 3)] ?? 255);
  return colors;
}

function greyColors(depth: number, transparent: number): Uint8Array {
  const colors = new Uint8Array(256 * 3);
  const levels = 1 << depth;
  for (let i = 0; i < levels; i++) {
    colors.fill(i === transparent ? 255 : (i * 255) / (levels - 1), i * 3, i * 3 + 3);
  }
  return colors;
}

function indexedRow(colors: Uint8Array): RowWriter {
  return (raw, at, rgb, o, step, width) => {
    for (let x = 0; x < width; x++, o += step) {
      const c = raw[at + x] * 3;
      rgb[o] = colors[c];
      rgb[o + 1] = colors[c + 1];
      rgb[o + 2] = colors[c + 2];
    }
  };
}

/** Several samples a byte, the leftmost in the high bits. */
function packedRow(colors: Uint8Array, depth: number): RowWriter {
  const perByte = 8 / depth;
  const mask = (1 << depth) - 1;
  return (raw, at, rgb, o, step, width) => {
    for (let x = 0; x < width; x++, o += step) {
      const byte = raw[at + Math.floor(x / perByte)];
      const c = ((byte >> (8 - depth - (x % perByte) * depth)) & mask) * 3;
      rgb[o] = colors[c];
      rgb[o + 1] = colors[c + 1];
      rgb[o + 2] = colors[c + 2];
    }
  };
}
