import { CHANNELS, type Pass, type PngHeader } from './pngHeader.ts';
import { rangeOf16Bits } from './sampleRange.ts';

/**
 * Stretches samples of fewer bits than the 16 that hold them, where they are stored as they are: cameras and instruments
 * write those of 10, 12 or 14 bits. Alpha has a range of its own.
 * @returns the color that is transparent, stretched as they are
 */
export function fill16Bits(
  raw: Uint8Array,
  passes: readonly Pass[],
  { colorType }: PngHeader,
  significantBits: number | undefined,
  transparency: Uint8Array | undefined,
): Uint8Array | undefined {
  const channels = CHANNELS[colorType];
  const colors = colorType & 4 ? channels - 1 : channels;
  const stretchAll = (first: number, count: number): number => {
    const { high } = rangeOf16Bits(
      highest16(raw, passes, channels, first, count, significantBits),
      significantBits,
    );
    if (high < 65535) {
      for (const { from, to } of rowsOf(passes)) {
        for (let s = from + 2 * first; s < to; s += 2 * channels) stretch(raw, s, count, high);
      }
    }
    return high;
  };
  const high = stretchAll(0, colors);
  if (colors < channels) stretchAll(colors, 1);
  if (high === 65535 || !transparency) return transparency;
  const key = transparency.slice();
  stretch(key, 0, key.length >> 1, high);
  return key;
}

/** Sets `high` to 65,535 and what is below in proportion. */
function stretch(bytes: Uint8Array, from: number, count: number, high: number): void {
  for (let c = 0, s = from; c < count; c++, s += 2) {
    const value = Math.min(65535, Math.round((((bytes[s] << 8) | bytes[s + 1]) * 65535) / high));
    bytes[s] = value >> 8;
    bytes[s + 1] = value;
  }
}

/** The highest of `count` samples of each pixel; of a file that fills its 16 bits one that shows it, which comes soon. */
function highest16(
  raw: Uint8Array,
  passes: readonly Pass[],
  channels: number,
  first: number,
  count: number,
  significantBits = 14,
): number {
  let highest = 0;
  for (const { from, to } of rowsOf(passes)) {
    for (let s = from + 2 * first; s < to; s += 2 * channels) {
      for (let c = 0; c < 2 * count; c += 2) highest = Math.max(highest, (raw[s + c] << 8) | raw[s + c + 1]);
    }
    if (highest >= 2 ** significantBits) break;
  }
  return highest;
}

/** Where each row's samples stand. */
function* rowsOf(passes: readonly Pass[]): Generator<{ readonly from: number; readonly to: number }> {
  let from = 1;
  for (const { rowBytes, height } of passes) {
    for (let y = 0; y < height; y++, from += rowBytes + 1) yield { from, to: from + rowBytes };
  }
}
