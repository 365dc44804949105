import { inflateSync } from 'node:zlib';
import type { RgbImage } from '../../core/images/preprocessing.ts';
import { onWhite } from '../../core/images/rgbImage.ts';
import { ByteReader } from './byteReader.ts';
import { cutShort, damaged, type ImageCodec } from './codec.ts';
import { isPngXmp, OrientationNotes } from './exif.ts';
import { PngColors } from './pngColors.ts';
import { rangeOf16Bits } from './sampleRange.ts';

// Written here because Node's zlib inflates several times faster than the decoders on npm and can be told when to stop.

/** Channels of each colour type; type 3 is an index into the palette. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colorType: number;
  readonly interlaced: boolean;
}

/** PNG (ISO/IEC 15948): every colour type and depth, interlaced or not; of an animated one the default image. */
export const pngCodec: ImageCodec = {
  readHeader(bytes) {
    const header = readIhdr(bytes);
    const { width, height } = header;
    const notes = new OrientationNotes();
    const stated = new PngColors();
    for (const { name, from, to, cut } of chunks(bytes)) {
      // A decoder may go by the second one.
      if (name === 'IHDR' && from !== IHDR_AT) throw damaged();
      if (cut) continue;
      if (name === 'eXIf') notes.addExif(bytes.subarray(from, to));
      else if (name === 'iTXt' && isPngXmp(bytes.subarray(from, to))) notes.addXmp(bytes.subarray(from, to));
      else stated.read(name, bytes.subarray(from, to));
    }
    const grey = (header.colorType & 3) === 0;
    // zlib gathers what it inflates in parts, then joins them.
    const memory = bytes.length + 2 * rawSize(passesOf(header));
    const { orientation } = notes;
    return { width, height, orientation, memory, colors: stated.colors, grey };
  },

  decode(bytes) {
    const header = readIhdr(bytes);
    let palette: Uint8Array | undefined;
    let transparency: Uint8Array | undefined;
    let significantBits: number | undefined;
    for (const { name, from, to } of chunks(bytes)) {
      if (name === 'PLTE') palette = bytes.subarray(from, to);
      else if (name === 'tRNS') transparency = bytes.subarray(from, to);
      else if (name === 'sBIT') significantBits = bytes[from];
    }
    if (header.colorType === 3 && !palette) throw damaged();
    const passes = passesOf(header);
    const raw = inflate(pictureData(bytes), rawSize(passes));
    const rgb = new Uint8Array(header.width * header.height * 3);
    const bytesPerPixel = Math.max(1, (CHANNELS[header.colorType] * header.depth) >> 3);
    let at = 0;
    for (const pass of passes) {
      unfilter(raw, at, pass.rowBytes, pass.height, bytesPerPixel);
      at += (pass.rowBytes + 1) * pass.height;
    }
    const key =
      header.depth === 16 ? fill16Bits(raw, passes, header, significantBits, transparency) : transparency;
    const put = rowWriter(header, palette ?? new Uint8Array(0), key);
    at = 0;
    for (const pass of passes) {
      for (let y = 0; y < pass.height; y++) {
        const o = ((pass.top + y * pass.stepY) * header.width + pass.left) * 3;
        put(raw, at + y * (pass.rowBytes + 1) + 1, rgb, o, pass.stepX * 3, pass.width);
      }
      at += (pass.rowBytes + 1) * pass.height;
    }
    return { width: header.width, height: header.height, data: rgb } satisfies RgbImage;
  },
};

/** Where the data of the first chunk lies. */
const IHDR_AT = 16;

function readIhdr(bytes: Uint8Array): PngHeader {
  const reader = new ByteReader(bytes, 'big');
  if (reader.fourCc(12) !== 'IHDR') throw damaged();
  const depth = reader.u8(24);
  const colorType = reader.u8(25);
  const interlace = reader.u8(28);
  if (!DEPTHS[colorType]?.includes(depth) || reader.u8(26) !== 0 || reader.u8(27) !== 0 || interlace > 1) {
    throw damaged();
  }
  return { width: reader.u32(16), height: reader.u32(20), depth, colorType, interlaced: interlace === 1 };
}

interface Chunk {
  readonly name: string;
  /** Where its data lies. */
  readonly from: number;
  readonly to: number;
  /** Whether the file ends in it. */
  readonly cut: boolean;
}

/** The chunks up to IEND or the end of the file. */
function* chunks(bytes: Uint8Array): Generator<Chunk> {
  const reader = new ByteReader(bytes, 'big');
  let at = 8;
  while (at + 8 <= bytes.length) {
    const length = reader.u32(at);
    const name = reader.fourCc(at + 4);
    if (name === 'IEND') return;
    const [from, to] = [at + 8, at + 8 + length];
    yield { name, from, to: Math.min(to, bytes.length), cut: to > bytes.length };
    at = to + 4;
  }
}

/** What all IDAT chunks hold. They are counted first: a file may have millions of them, each a byte or none. */
function pictureData(bytes: Uint8Array): Uint8Array {
  let size = 0;
  let only: Chunk | undefined;
  for (const chunk of chunks(bytes)) {
    if (chunk.name !== 'IDAT') continue;
    if (size === 0) only = chunk;
    else if (chunk.to > chunk.from) only = undefined;
    size += chunk.to - chunk.from;
  }
  if (size === 0) throw cutShort();
  if (only) return bytes.subarray(only.from, only.to);
  const data = new Uint8Array(size);
  let filled = 0;
  for (const { name, from, to } of chunks(bytes)) {
    if (name !== 'IDAT') continue;
    data.set(bytes.subarray(from, to), filled);
    filled += to - from;
  }
  return data;
}

/** One reduced image of an interlaced picture, or the whole of another. */
interface Pass {
  readonly left: number;
  readonly top: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly width: number;
  readonly height: number;
  /** Without the filter byte. */
  readonly rowBytes: number;
}

/** Left, top, step x, step y of the seven passes of Adam7. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

function passesOf(header: PngHeader): readonly Pass[] {
  const bits = CHANNELS[header.colorType] * header.depth;
  return (header.interlaced ? ADAM7 : ([[0, 0, 1, 1]] as const))
    .map(([left, top, stepX, stepY]) => {
      const width = Math.ceil((header.width - left) / stepX);
      const height = Math.ceil((header.height - top) / stepY);
      return { left, top, stepX, stepY, width, height, rowBytes: Math.ceil((width * bits) / 8) };
    })
    .filter((pass) => pass.width > 0 && pass.height > 0);
}

/** Bytes of all rows with their filter bytes. */
function rawSize(passes: readonly Pass[]): number {
  return passes.reduce((sum, pass) => sum + (pass.rowBytes + 1) * pass.height, 0);
}

function inflate(packed: Uint8Array, size: number): Uint8Array {
  let raw: Uint8Array;
  try {
    // Some writers append a little; a bomb is stopped.
    raw = inflateSync(packed, {
      maxOutputLength: size + 65536,
      chunkSize: Math.min(Math.max(size, 1024), 1 << 20),
    });
  } catch (error) {
    throw (error as { code?: string }).code === 'Z_BUF_ERROR' ? cutShort() : damaged(error);
  }
  if (raw.length < size) throw cutShort();
  return raw;
}

/**
 * Stretches samples of fewer bits than the 16 that hold them, where they are stored as they are: cameras and instruments
 * write those of 10, 12 or 14 bits. Alpha has a range of its own.
 * @returns the color that is transparent, stretched as they are
 */
function fill16Bits(
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

/** Writes one row of samples from `at` on as RGB pixels `step` bytes apart. */
type RowWriter = (
  raw: Uint8Array,
  at: number,
  rgb: Uint8Array,
  o: number,
  step: number,
  width: number,
) => void;

function rowWriter(header: PngHeader, palette: Uint8Array, transparency: Uint8Array | undefined): RowWriter {
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
  const value = (raw: Uint8Array, s: number): number => (sample === 2 ? (raw[s] << 8) | raw[s + 1] : raw[s]);
  return (raw, at, rgb, o, step, width) => {
    for (let x = 0, s = at; x < width; x++, s += pixel, o += step) {
      rgb[o] = raw[s];
      rgb[o + 1] = raw[s + color];
      rgb[o + 2] = raw[s + 2 * color];
      if (
        keyed &&
        value(raw, s) === keys[0] &&
        value(raw, s + color) === keys[1] &&
        value(raw, s + 2 * color) === keys[2]
      ) {
        rgb.fill(255, o, o + 3);
      }
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

/**
 * Undoes PNG's row filters in place: `height` rows of a filter byte and `rowBytes` bytes, from `start` on.
 * `bpp` is the distance in bytes to the same sample of the pixel on the left.
 */
function unfilter(raw: Uint8Array, start: number, rowBytes: number, height: number, bpp: number): void {
  const stride = rowBytes + 1;
  for (let y = 0; y < height; y++) {
    const row = start + y * stride + 1;
    const end = row + rowBytes;
    const hasAbove = y > 0;
    switch (raw[row - 1]) {
      case 0:
        break;
      case 1:
        for (let i = row + bpp; i < end; i++) raw[i] += raw[i - bpp];
        break;
      case 2:
        if (hasAbove) for (let i = row; i < end; i++) raw[i] += raw[i - stride];
        break;
      case 3:
        average(raw, row, end, stride, bpp, hasAbove);
        break;
      case 4:
        paeth(raw, row, end, stride, bpp, hasAbove);
        break;
      default:
        throw damaged();
    }
  }
}

function average(
  raw: Uint8Array,
  row: number,
  end: number,
  stride: number,
  bpp: number,
  hasAbove: boolean,
): void {
  for (let i = row; i < end; i++) {
    const left = i - bpp < row ? 0 : raw[i - bpp];
    raw[i] += (left + (hasAbove ? raw[i - stride] : 0)) >> 1;
  }
}

function paeth(
  raw: Uint8Array,
  row: number,
  end: number,
  stride: number,
  bpp: number,
  hasAbove: boolean,
): void {
  if (!hasAbove) {
    // The predictor is then the sample on the left.
    for (let i = row + bpp; i < end; i++) raw[i] += raw[i - bpp];
    return;
  }
  const first = Math.min(end, row + bpp);
  for (let i = row; i < first; i++) raw[i] += raw[i - stride];
  for (let i = first; i < end; i++) {
    const left = raw[i - bpp];
    const above = raw[i - stride];
    const corner = raw[i - stride - bpp];
    // Distances of left + above - corner to each of the three, in another order of the terms.
    const toLeft = Math.abs(above - corner);
    const toAbove = Math.abs(left - corner);
    const toCorner = Math.abs(left + above - 2 * corner);
    raw[i] += toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
  }
}
