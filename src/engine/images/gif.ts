import type { RgbImage } from '../../core/images/preprocessing.ts';
import { ByteReader } from './byteReader.ts';
import { cutShort, damaged, type ImageCodec, MAX_PIXELS, tooBig } from './codec.ts';
import { placeOnWhite } from './placeOnWhite.ts';

const EXTENSION = 0x21;
const GRAPHIC_CONTROL = 0xf9;
const IMAGE = 0x2c;

/** GIF (GIF89a): the first frame on its canvas, transparent parts white. */
export const gifCodec: ImageCodec = {
  readHeader(bytes) {
    const reader = new ByteReader(bytes, 'little');
    const frame = firstFrame(reader);
    // A canvas of size zero stands in some old files; the frame's own size holds then.
    const size = canvasSize(reader, frame);
    return { ...size, orientation: 1, memory: (placed(frame, size) ? 4 : 1) * frame.width * frame.height };
  },

  decode(bytes) {
    const reader = new ByteReader(bytes, 'little');
    const frame = firstFrame(reader);
    const { width, height } = canvasSize(reader, frame);
    const indices = unpackLzw(reader, frame.dataAt, frame.width * frame.height);
    const data = new Uint8Array(frame.width * frame.height * 3).fill(255);
    const rows = frame.interlaced ? interlacedRows(frame.height) : undefined;
    for (let y = 0, i = 0; y < frame.height; y++) {
      let o = (rows ? rows[y] : y) * frame.width * 3;
      for (let x = 0; x < frame.width; x++, i++, o += 3) {
        const index = indices[i];
        if (index === frame.transparent) continue;
        const c = index * 3;
        data[o] = frame.palette[c] ?? 0;
        data[o + 1] = frame.palette[c + 1] ?? 0;
        data[o + 2] = frame.palette[c + 2] ?? 0;
      }
    }
    const image: RgbImage = { width: frame.width, height: frame.height, data };
    return placeOnWhite(image, width, height, frame.left, frame.top);
  },
};

interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly interlaced: boolean;
  readonly palette: Uint8Array;
  /** Palette index of transparent pixels, -1 for none. */
  readonly transparent: number;
  /** Where the LZW data begins (its minimum code size). */
  readonly dataAt: number;
}

/** Whether the frame is copied onto a canvas of another size or place. */
function placed(frame: Frame, { width, height }: { width: number; height: number }): boolean {
  return frame.left !== 0 || frame.top !== 0 || frame.width !== width || frame.height !== height;
}

function canvasSize(reader: ByteReader, frame: Frame): { width: number; height: number } {
  const width = reader.u16(6);
  const height = reader.u16(8);
  return width > 0 && height > 0 ? { width, height } : { width: frame.width, height: frame.height };
}

function firstFrame(reader: ByteReader): Frame {
  const flags = reader.u8(10);
  let at = 13;
  let palette: Uint8Array = new Uint8Array(0);
  const readPalette = (bits: number): Uint8Array => {
    const colors = reader.slice(at, 3 << ((bits & 7) + 1));
    at += colors.length;
    return colors;
  };
  if (flags & 0x80) palette = readPalette(flags);
  let transparent = -1;
  for (;;) {
    const block = reader.u8(at);
    if (block === IMAGE) {
      const frameFlags = reader.u8(at + 9);
      const frame = {
        left: reader.u16(at + 1),
        top: reader.u16(at + 3),
        width: reader.u16(at + 5),
        height: reader.u16(at + 7),
        interlaced: (frameFlags & 0x40) !== 0,
        transparent,
      };
      at += 10;
      if (frameFlags & 0x80) palette = readPalette(frameFlags);
      if (frame.width === 0 || frame.height === 0) throw damaged();
      // The frame is unpacked as it is, however small the canvas.
      if (frame.width * frame.height > MAX_PIXELS) throw tooBig(frame.width, frame.height);
      return { ...frame, palette, dataAt: at };
    }
    if (block !== EXTENSION) throw block === 0x3b ? cutShort() : damaged();
    if (reader.u8(at + 1) === GRAPHIC_CONTROL && reader.u8(at + 3) & 1) transparent = reader.u8(at + 6);
    at += 2;
    for (let size = reader.u8(at); size !== 0; size = reader.u8(at)) at += size + 1;
    at++;
  }
}

/** The picture's row for each stored row of an interlaced frame. */
function interlacedRows(height: number): Int32Array {
  const rows = new Int32Array(height);
  let i = 0;
  for (const [first, step] of [
    [0, 8],
    [4, 8],
    [2, 4],
    [1, 2],
  ]) {
    for (let y = first; y < height; y += step) rows[i++] = y;
  }
  return rows;
}

const MAX_CODES = 4096;

/** `count` palette indices out of GIF's LZW data (GIF89a, appendix F), whose minimum code size stands at `start`. */
function unpackLzw(reader: ByteReader, start: number, count: number): Uint8Array {
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
