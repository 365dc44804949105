import type { ByteReader } from './byteReader.ts';
import { cutShort, damaged } from './unreadable.ts';

const MAX_CODES = 4096;

/** `count` palette indices out of GIF's LZW data (GIF89a, appendix F), whose minimum code size stands at `start`. */
export function unpackLzw(reader: ByteReader, start: number, count: number): Uint8Array {
  const minimum = reader.u8(start);
  if (minimum < 1 || minimum > 8) throw damaged();
  const clear = 1 << minimum;
  const end = clear + 1;
  // Each code is a string: its prefix's code, its last byte and its length.
  const prefix = new Uint16Array(MAX_CODES);
  const suffix = new Uint8Array(MAX_CODES);
  const lengths = new Uint16Array(MAX_CODES);
  for (let code = 0; code < clear; code++) {
    suffix[code] = code;
    lengths[code] = 1;
  }
  const out = new Uint8Array(count);
  let filled = 0;
  let next = end + 1;
  let width = minimum + 1;
  let previous = -1;
  let first = 0;
  let bits = 0;
  let bitCount = 0;
  let at = start + 1;
  let blockEnd = at;
  while (filled < count) {
    while (bitCount < width) {
      if (at === blockEnd) {
        const size = reader.u8(at);
        if (size === 0) throw cutShort();
        at++;
        blockEnd = at + size;
      }
      bits |= reader.u8(at++) << bitCount;
      bitCount += 8;
    }
    const code = bits & ((1 << width) - 1);
    bits >>>= width;
    bitCount -= width;
    if (code === clear) {
      next = end + 1;
      width = minimum + 1;
      previous = -1;
      continue;
    }
    if (code === end) throw cutShort();
    if (code > next || (code === next && previous < 0)) throw damaged();
    // A code that is just being made is the previous string and that string's first byte.
    const known = code < next ? code : previous;
    const length = lengths[known] + (code < next ? 0 : 1);
    let o = filled + length - 1;
    let c = known;
    if (code >= next) {
      if (o < count) out[o] = first;
      o--;
    }
    for (; o > filled; o--) {
      if (o < count) out[o] = suffix[c];
      c = prefix[c];
    }
    if (length > 1 || code < next) out[filled] = suffix[c];
    const head = out[filled];
    if (previous >= 0 && next < MAX_CODES) {
      prefix[next] = previous;
      suffix[next] = head;
      lengths[next] = lengths[previous] + 1;
      next++;
      if (next === 1 << width && width < 12) width++;
    }
    first = head;
    previous = code;
    filled += length;
  }
  return out;
}
