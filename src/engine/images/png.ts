import { inflateSync } from 'node:zlib';
import type { RgbImage } from '../../core/images/preprocessing.ts';
import { ByteReader } from './byteReader.ts';
import { cutShort, damaged, type ImageCodec } from './codec.ts';
import { isPngXmp, OrientationNotes } from './exif.ts';
import { PngColors } from './pngColors.ts';
import { fill16Bits } from './pngDepth.ts';
import { unfilter } from './pngFilters.ts';
import { CHANNELS, IHDR_AT, type PngHeader, passesOf, rawSize, readIhdr } from './pngHeader.ts';
import { rowWriter } from './pngRows.ts';

// Written here because Node's zlib inflates several times faster than the decoders on npm and can be told when to stop.

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
    const picture = staysInPlace(header) ? 3 * width * height : 0;
    const memory = bytes.length + rawSize(passesOf(header)) + MORE_BYTES - picture;
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
    const size = header.width * header.height * 3;
    const rgb = staysInPlace(header) ? raw.subarray(0, size) : new Uint8Array(size);
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

/** So much may stand behind the picture: some writers append a little. */
const MORE_BYTES = 65536;

function inflate(packed: Uint8Array, size: number): Uint8Array {
  let raw: Uint8Array;
  try {
    // In one piece, which needs no joining, with room for one byte more. A bomb is stopped.
    raw = inflateSync(packed, { maxOutputLength: size + MORE_BYTES, chunkSize: Math.max(size + 1, 1024) });
  } catch (error) {
    throw (error as { code?: string }).code === 'Z_BUF_ERROR' ? cutShort() : damaged(error);
  }
  if (raw.length < size) throw cutShort();
  return new Uint8Array(raw.buffer, raw.byteOffset, raw.length);
}

/** Whether a pixel takes no more room than its samples do, row by row, so that it can be written where they stood. */
function staysInPlace({ colorType, interlaced }: PngHeader): boolean {
  return (colorType === 2 || colorType === 6) && !interlaced;
}
