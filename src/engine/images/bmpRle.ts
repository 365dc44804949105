import { cutShort } from './unreadable.ts';

/** Palette indices [height, width] out of BMP's RLE8 or RLE4 data; pixels that are skipped stay 0. */
export function unpackRle(
  bytes: Uint8Array,
  start: number,
  width: number,
  height: number,
  bits: 4 | 8,
): Uint8Array {
  const out = new Uint8Array(width * height);
  let x = 0;
  let y = 0;
  let at = start;
  const put = (index: number): void => {
    if (x < width) out[y * width + x] = index;
    x++;
  };
  while (y < height) {
    if (at + 2 > bytes.length) throw cutShort();
    const count = bytes[at];
    const value = bytes[at + 1];
    at += 2;
    if (count > 0) {
      for (let i = 0; i < count; i++) put(bits === 8 ? value : i & 1 ? value & 15 : value >> 4);
    } else if (value === 0) {
      x = 0;
      y++;
    } else if (value === 1) {
      break;
    } else if (value === 2) {
      if (at + 2 > bytes.length) throw cutShort();
      x += bytes[at];
      y += bytes[at + 1];
      at += 2;
    } else {
      const length = bits === 8 ? value : Math.ceil(value / 2);
      if (at + length > bytes.length) throw cutShort();
      for (let i = 0; i < value; i++) {
        const byte = bytes[at + (bits === 8 ? i : i >> 1)];
        put(bits === 8 ? byte : i & 1 ? byte & 15 : byte >> 4);
      }
      // Literal runs are padded to an even number of bytes.
      at += length + (length & 1);
    }
  }
  return out;
}
