import { onWhite } from '../../core/images/rgbImage.ts';
import { damaged } from './codec.ts';
import { TAG, type TiffDirectory } from './tiffDirectory.ts';
import { CMYK, COLOR_SAMPLES, PALETTE, RGB, type TiffLayout, WHITE_IS_ZERO, YCBCR } from './tiffLayout.ts';

/** Numbers of a row, 8 bits each, or indices into a palette. */
export type Samples = Uint8Array | Uint16Array;

/**
 * Writes `count` pixels as RGB from `o` on, or as CMYK where the picture is that, full ink 0. Each has `kept` samples, from
 * `s` on: the color's own, and alpha where one more is kept.
 */
export type ColorRow = (samples: Samples, s: number, into: Uint8Array, o: number, count: number) => void;

/** TIFF's numbers of what a further sample is. */
const PREMULTIPLIED = 1;
const ALPHA = 2;

/** Samples of a pixel that count: those of the color, and alpha where there is one. */
export function keptSamples({ directory, samples, photometric }: TiffLayout): number {
  const colors = COLOR_SAMPLES[photometric];
  const extra = directory.value(TAG.extraSamples, 0);
  return samples > colors && (extra === PREMULTIPLIED || extra === ALPHA) ? colors + 1 : colors;
}

export function colorRow(layout: TiffLayout): ColorRow {
  const { directory, photometric } = layout;
  const kept = keptSamples(layout);
  const colors = plainRow(layout, kept);
  // Of ink on paper nothing is seen through.
  if (kept === COLOR_SAMPLES[photometric] || photometric === CMYK) return colors;
  const premultiplied = directory.value(TAG.extraSamples, 0) === PREMULTIPLIED;
  return (samples, s, into, o, count) => {
    colors(samples, s, into, o, count);
    for (let i = 0, at = o, a = s + kept - 1; i < count; i++, at += 3, a += kept) {
      const alpha = samples[a];
      for (let c = 0; c < 3; c++) {
        into[at + c] = premultiplied
          ? Math.min(255, into[at + c] + 255 - alpha)
          : onWhite(into[at + c], alpha);
      }
    }
  };
}

function plainRow({ directory, photometric }: TiffLayout, kept: number): ColorRow {
  switch (photometric) {
    case RGB:
      return (samples, s, into, o, count) => {
        if (kept === 3) into.set(samples.subarray(s, s + 3 * count), o);
        else
          for (let i = 0, from = s, to = o; i < count; i++, from += kept, to += 3) {
            into[to] = samples[from];
            into[to + 1] = samples[from + 1];
            into[to + 2] = samples[from + 2];
          }
      };
    case PALETTE:
      return paletteRow(directory, kept);
    case CMYK:
      return (samples, s, into, o, count) => {
        for (let i = 0, from = s, to = o; i < count; i++, from += kept, to += 4)
          for (let c = 0; c < 4; c++) into[to + c] = 255 - samples[from + c];
      };
    case YCBCR:
      return yCbCrRow(directory);
    default: {
      const flip = photometric === WHITE_IS_ZERO ? 255 : 0;
      return (samples, s, into, o, count) => {
        for (let i = 0, from = s, to = o; i < count; i++, from += kept, to += 3) {
          const grey = samples[from] ^ flip;
          into[to] = grey;
          into[to + 1] = grey;
          into[to + 2] = grey;
        }
      };
    }
  }
}

function paletteRow(directory: TiffDirectory, kept: number): ColorRow {
  const values = directory.values(TAG.colorMap);
  const entries = Math.floor(values.length / 3);
  if (entries < 1) throw damaged();
  // Some writers store 8-bit colours in the 16-bit table.
  const shift = values.every((v) => v < 256) ? 0 : 8;
  const colors = Uint8Array.from(values, (v) => v >> shift);
  return (samples, s, into, o, count) => {
    for (let i = 0, from = s, to = o; i < count; i++, from += kept, to += 3) {
      const index = samples[from];
      for (let c = 0; c < 3; c++) into[to + c] = index < entries ? colors[c * entries + index] : 0;
    }
  };
}

/** YCbCr as in TIFF 6.0, section 21: with coefficients and black and white of its own. */
function yCbCrRow(directory: TiffDirectory): ColorRow {
  const [red = 0.299, green = 0.587, blue = 0.114] = directory.ratios(TAG.yCbCrCoefficients);
  const [black = 0, white = 255, zeroBlue = 128, mostBlue = 255, zeroRed = 128, mostRed = 255] =
    directory.ratios(TAG.referenceBlackWhite);
  const luma = 255 / (white - black);
  const blueScale = (127 / (mostBlue - zeroBlue)) * (2 - 2 * blue);
  const redScale = (127 / (mostRed - zeroRed)) * (2 - 2 * red);
  if (![luma, blueScale, redScale, red / green, blue / green].every(Number.isFinite)) throw damaged();
  return (samples, s, into, o, count) => {
    for (let i = 0, from = s, to = o; i < count; i++, from += 3, to += 3) {
      const y = (samples[from] - black) * luma;
      const b = y + (samples[from + 1] - zeroBlue) * blueScale;
      const r = y + (samples[from + 2] - zeroRed) * redScale;
      into[to] = byte(r);
      into[to + 1] = byte((y - red * r - blue * b) / green);
      into[to + 2] = byte(b);
    }
  };
}

const byte = (value: number): number => Math.max(0, Math.min(255, Math.round(value)));
