import { inflateSync } from 'node:zlib';
import { cutShort, damaged } from './codec.ts';

/** Unpacks one strip or tile into exactly `size` bytes; where nothing is packed, these are the file's own. */
export type Unpack = (packed: Uint8Array, size: number) => Uint8Array;

/** By TIFF's compression number. */
export const UNPACK: Readonly<Record<number, Unpack>> = {
  1: (packed, size) => exactly(packed, size),
  5: unpackLzw,
  8: unpackDeflate,
  32946: unpackDeflate,
  32773: unpackBits,
};

function exactly(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length < size) throw cutShort();
  return bytes.subarray(0, size);
}

function unpackDeflate(packed: Uint8Array, size: number): Uint8Array {
  let raw: Uint8Array;
  try {
    // In one piece, with room for one byte more.
    raw = inflateSync(packed, { maxOutputLength: size + 65536, chunkSize: Math.max(size + 1, 64) });
  } catch (error) {
    throw (error as { code?: string }).code === 'Z_BUF_ERROR' ? cutShort() : damaged(error);
  }
  return exactly(raw, size);
}

/** PackBits (TIFF 6.0, section 9). */
function unpackBits(packed: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size);
  let o = 0;
  let at = 0;
  while (o < size) {
    if (at + 1 >= packed.length) throw cutShort();
    const n = packed[at++];
    if (n < 128) {
      if (at + n + 1 > packed.length) throw cutShort();
      for (let i = 0; i <= n && o < size; i++) out[o++] = packed[at + i];
      at += n + 1;
    } else if (n > 128) {
      out.fill(packed[at], o, Math.min(size, o + 257 - n));
      o += 257 - n;
      at++;
    }
  }
  return out;
}

const CLEAR = 256;
const END = 257;
const MAX_CODES = 4096;

/** TIFF's LZW (TIFF 6.0, section 13): codes from the high bit on, widened one code early. */
function unpackLzw(packed: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size);
  // A code's string is where it was last written: its start in the output and its length.
  const starts = new Uint32Array(MAX_CODES);
  const lengths = new Uint32Array(MAX_CODES);
  let next = END + 1;
  let width = 9;
  let previousStart = -1;
  let previousLength = 0;
  let bits = 0;
  let bitCount = 0;
  let at = 0;
  let o = 0;
  while (o < size) {
    while (bitCount < width) {
      if (at >= packed.length) throw cutShort();
      bits = ((bits << 8) | packed[at++]) & 0xffffff;
      bitCount += 8;
    }
    const code = (bits >> (bitCount - width)) & ((1 << width) - 1);
    bitCount -= width;
    if (code === END) throw cutShort();
    if (code === CLEAR) {
      next = END + 1;
      width = 9;
      previousStart = -1;
      continue;
    }
    const start = o;
    if (code < CLEAR) {
      out[o++] = code;
    } else {
      // The code being made is the previous string and its own first byte, which the copy below produces by overlap.
      const known = code < next;
      if (!known && (code > next || previousStart < 0)) throw damaged();
      const from = known ? starts[code] : previousStart;
      const length = known ? lengths[code] : previousLength + 1;
      const end = Math.min(size, o + length);
      for (let s = from; o < end; s++) out[o++] = out[s];
    }
    if (previousStart >= 0 && next < MAX_CODES) {
      starts[next] = previousStart;
      lengths[next] = previousLength + 1;
      next++;
      if (next === (1 << width) - 1 && width < 12) width++;
    }
    previousStart = start;
    previousLength = o - start;
  }
  return out;
}
