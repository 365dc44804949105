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
    const data = new Uint8Array(frame.width * frame.height * 3);
    // An index past the palette is black.
    const colors = new Uint8Array(256 * 3);
    colors.set(frame.palette);
    if (frame.transparent >= 0) colors.fill(255, frame.transparent * 3, frame.transparent * 3 + 3);
    const rows = frame.interlaced ? interlacedRows(frame.height) : undefined;
    for (let y = 0, i = 0; y < frame.height; y++) {
      let o = (rows ? rows[y] : y) * frame.width * 3;
      for (let x = 0; x < frame.width; x++, i++, o += 3) {
        const c = indices[i] * 3;
        data[o] = colors[c];
        data[o + 1] = colors[c + 1];
        data[o + 2] = colors[c + 2];
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
  // A code's string is where it was last written: its start in the output and its length.
  const starts = new Uint32Array(MAX_CODES);
  const lengths = new Uint32Array(MAX_CODES);
  const out = new Uint8Array(count);
  let filled = 0;
  let next = end + 1;
  let width = minimum + 1;
  let previousStart = -1;
  let previousLength = 0;
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
      previousStart = -1;
      continue;
    }
    if (code === end) throw cutShort();
    const begin = filled;
    if (code < clear) {
      out[filled++] = code;
    } else {
      // The code being made is the previous string and its own first byte, which the copy below produces by overlap.
      const known = code < next;
      if (!known && (code > next || previousStart < 0)) throw damaged();
      const from = known ? starts[code] : previousStart;
      const stop = Math.min(count, filled + (known ? lengths[code] : previousLength + 1));
      for (let s = from; filled < stop; s++) out[filled++] = out[s];
    }
    if (previousStart >= 0 && next < MAX_CODES) {
      starts[next] = previousStart;
      lengths[next] = previousLength + 1;
      next++;
      if (next === 1 << width && width < 12) width++;
    }
    previousStart = begin;
    previousLength = filled - begin;
  }
  return out;
}
