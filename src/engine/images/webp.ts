import webp, { type WebPModule } from '@jsquash/webp/codec/dec/webp_dec.js';
import type { RgbImage } from '../../core/images/preprocessing.ts';
import { type Orientation, rgbaOnWhite } from '../../core/images/rgbImage.ts';
import { phrase } from '../../core/text/text.ts';
import { ByteReader } from './byteReader.ts';
import { cutShort, damaged, type ImageCodec, unreadable } from './codec.ts';
import { OrientationNotes } from './exif.ts';
import { placeOnWhite } from './placeOnWhite.ts';
import { WasmCodec } from './wasmCodec.ts';

const codec = new WasmCodec<WebPModule>(webp, '@jsquash/webp/codec/dec/webp_dec.wasm');

/** WebP, lossy and lossless, by libwebp as WebAssembly; of an animated one the first frame on its canvas. */
export const webpCodec: ImageCodec = {
  readHeader(bytes) {
    const { width, height, orientation, icc, firstFrame } = readContainer(bytes);
    const frame = firstFrame ?? { width, height };
    // Four channels in the codec, which lossless pictures take twice, and once more outside it.
    const memory = bytes.length + (firstFrame ? 15 : 12) * frame.width * frame.height;
    return { width, height, orientation, memory, colors: icc && { icc } };
  },

  async decode(bytes) {
    const { width, height, firstFrame } = readContainer(bytes);
    if (!firstFrame) return decodeStill(bytes);
    const frame = await decodeStill(firstFrame.file);
    return placeOnWhite(frame, width, height, firstFrame.left, firstFrame.top);
  },
};

async function decodeStill(bytes: Uint8Array): Promise<RgbImage> {
  const { result } = await codec.run((module) => module.decode(bytes as BufferSource & Uint8Array));
  if (!result) throw damaged();
  return rgbaOnWhite(result.width, result.height, result.data);
}

interface Container extends Size {
  readonly orientation: Orientation;
  readonly icc: Uint8Array | undefined;
  /** Of an animated file: the first frame as a file of its own, and where it lies on the canvas. */
  readonly firstFrame?: Size & { readonly file: Uint8Array; readonly left: number; readonly top: number };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const ALPHA_FLAG = 0x10;
const ANIMATION_FLAG = 0x02;

/**
 * The RIFF container (WebP Container Specification). The size stands in several places; where they differ, libwebp makes
 * a picture of another size than the first one says, so all of them are compared.
 */
function readContainer(bytes: Uint8Array): Container {
  const reader = new ByteReader(bytes, 'little');
  const u24 = (at: number): number => reader.u16(at) | (reader.u8(at + 2) << 16);
  // Some writers leave out the padding byte of the last chunk.
  if (reader.u32(4) + 8 > bytes.length + 1) throw cutShort();
  let canvas: Size | undefined;
  let still: Size | undefined;
  const notes = new OrientationNotes();
  let icc: Uint8Array | undefined;
  let animated = false;
  let firstFrame: Container['firstFrame'];
  for (const { name, at, length } of riffChunks(reader, 12, bytes.length)) {
    if (name === 'VP8X') {
      if (canvas || still) throw damaged();
      animated = (reader.u8(at) & ANIMATION_FLAG) !== 0;
      canvas = { width: u24(at + 4) + 1, height: u24(at + 7) + 1 };
    } else if (name === 'VP8 ' || name === 'VP8L') {
      still ??= codedSize(reader, name, at);
    } else if (name === 'EXIF') {
      notes.addExif(reader.slice(at, length));
    } else if (name === 'XMP ') {
      notes.addXmp(reader.slice(at, length));
    } else if (name === 'ICCP') {
      icc ??= reader.slice(at, length);
    } else if (name === 'ANMF' && animated && !firstFrame) {
      const size = { width: u24(at + 6) + 1, height: u24(at + 9) + 1 };
      const file = stillFile(reader, at + 16, at + length, size);
      firstFrame = { ...size, file, left: u24(at) * 2, top: u24(at + 3) * 2 };
    }
  }
  const { orientation } = notes;
  if (animated && canvas) {
    if (!firstFrame) throw damaged();
    const { left, top, width, height } = firstFrame;
    if (left + width > canvas.width || top + height > canvas.height)
      throw unreadable(phrase('The first frame of the animation is larger than its canvas.'));
    return { ...canvas, orientation, icc, firstFrame };
  }
  if (!still || (canvas && !isSame(canvas, still))) throw damaged();
  return { ...still, orientation, icc };
}

/** What the coded picture says of its size. */
function codedSize(reader: ByteReader, name: 'VP8 ' | 'VP8L', at: number): Size {
  if (name === 'VP8 ') return { width: reader.u16(at + 6) & 0x3fff, height: reader.u16(at + 8) & 0x3fff };
  const bits = reader.u32(at + 1);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

function isSame(one: Size, other: Size): boolean {
  return one.width === other.width && one.height === other.height;
}

function* riffChunks(
  reader: ByteReader,
  from: number,
  to: number,
): Generator<{ name: string; at: number; length: number }> {
  for (let at = from; at + 8 <= to; ) {
    const length = reader.u32(at + 4);
    if (at + 8 + length > to) throw cutShort();
    yield { name: reader.fourCc(at), at: at + 8, length };
    at += 8 + length + (length & 1);
  }
}

/** The first picture of an animation frame and its alpha, wrapped as a still file. */
function stillFile(reader: ByteReader, from: number, to: number, size: Size): Uint8Array {
  const { width, height } = size;
  const parts: Uint8Array[] = [];
  let alpha = false;
  for (const { name, at, length } of riffChunks(reader, from, to)) {
    if (name === 'ALPH' && !alpha) {
      alpha = true;
      parts.push(riffChunk(name, reader.slice(at, length)));
    } else if (name === 'VP8 ' || name === 'VP8L') {
      if (!isSame(codedSize(reader, name, at), size)) throw damaged();
      parts.push(riffChunk(name, reader.slice(at, length)));
      break;
    }
  }
  if (alpha) {
    const extended = new Uint8Array(10);
    extended[0] = ALPHA_FLAG;
    new DataView(extended.buffer).setUint32(4, width - 1, true);
    new DataView(extended.buffer).setUint16(7, (height - 1) & 0xffff, true);
    extended[9] = (height - 1) >> 16;
    parts.unshift(riffChunk('VP8X', extended));
  }
  return riffChunk('RIFF', Buffer.concat([Buffer.from('WEBP'), ...parts]));
}

function riffChunk(name: string, data: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(8 + data.length + (data.length & 1));
  chunk.set(Buffer.from(name, 'latin1'));
  new DataView(chunk.buffer).setUint32(4, data.length, true);
  chunk.set(data, 8);
  return chunk;
}
