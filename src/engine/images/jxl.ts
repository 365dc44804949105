import jxl, { type JXLModule } from '@jsquash/jxl/codec/dec/jxl_dec.js';
import { rgbaOnWhite } from '../../core/images/rgbImage.ts';
import { ByteReader } from './byteReader.ts';
import { damaged, type ImageCodec } from './codec.ts';
import { boxes } from './isoBoxes.ts';
import { WasmCodec } from './wasmCodec.ts';

const codec = new WasmCodec<JXLModule>(jxl, '@jsquash/jxl/codec/dec/jxl_dec.wasm');

/** JPEG XL by libjxl as WebAssembly, which turns pictures upright and their colors into sRGB; the first frame of several. */
export const jxlCodec: ImageCodec = {
  readHeader(bytes) {
    const { width, height, channels } = readJxl(bytes);
    return { width, height, orientation: 1, memory: bytes.length + memoryOf(width, height, channels) };
  },

  async decode(bytes) {
    const { width, height, channels } = readJxl(bytes);
    const { result } = await codec.run(
      (module) => module.decode(bytes as BufferSource & Uint8Array),
      bytes.length + memoryOf(width, height, channels),
    );
    if (!result) throw damaged();
    return rgbaOnWhite(result.width, result.height, result.data);
  },
};

/** Every channel as floats, some of them twice, then four of them as colors, and once more outside it. */
function memoryOf(width: number, height: number, channels: number): number {
  return (10 * channels + 52) * (width + 128) * (height + 128) + (16 << 20);
}

interface JxlInfo {
  /** Of the upright picture. */
  readonly width: number;
  readonly height: number;
  /** Three colors, alpha and whatever else there is. */
  readonly channels: number;
}

/** The header of the codestream (ISO/IEC 18181-1, annex D) is shorter than this. */
const HEADER_BYTES = 256;

function readJxl(bytes: Uint8Array): JxlInfo {
  const bits = new BitReader(bytes[0] === 0xff ? bytes : firstOfCodestream(bytes));
  if (bits.take(16) !== 0x0aff) throw damaged();
  const { width, height } = readSize(bits);
  const info = { width, height, channels: 3 };
  if (bits.flag()) return info;
  const turned = readExtra(bits);
  readDepth(bits);
  // Whether 16 bits suffice, then alpha, depth, spot colors and others.
  bits.take(1);
  const channels = 3 + bits.number([0, 0], [0, 1], [4, 2], [12, 1]);
  return turned ? { width: height, height: width, channels } : { width, height, channels };
}

/** The beginning of the codestream, which lies in one box or in several. */
function firstOfCodestream(bytes: Uint8Array): Uint8Array {
  const reader = new ByteReader(bytes, 'big');
  const parts: Uint8Array[] = [];
  let length = 0;
  for (const { type, at, length: size } of boxes(reader, 0, bytes.length)) {
    const skipped = type === 'jxlp' ? 4 : 0;
    if ((type !== 'jxlc' && type !== 'jxlp') || size < skipped || length >= HEADER_BYTES) continue;
    parts.push(reader.slice(at + skipped, size - skipped));
    length += size - skipped;
  }
  if (length === 0) throw damaged();
  return Buffer.concat(parts.map((part) => part.subarray(0, HEADER_BYTES)));
}

/** Width by height, in hundredths at most. */
const RATIOS: readonly (readonly [number, number])[] = [
  [1, 1],
  [12, 10],
  [4, 3],
  [3, 2],
  [16, 9],
  [5, 4],
  [2, 1],
];

function readSize(bits: BitReader): { width: number; height: number } {
  const small = bits.flag();
  const edge = () => (small ? 8 * (bits.take(5) + 1) : bits.number([9, 1], [13, 1], [18, 1], [30, 1]));
  const height = edge();
  const ratio = bits.take(3);
  if (ratio === 0) return { width: edge(), height };
  const [across, down] = RATIOS[ratio - 1];
  return { width: Math.floor((height * across) / down), height };
}

/** What few files have: an orientation, and what only a preview or an animation needs. @returns whether columns become rows */
function readExtra(bits: BitReader): boolean {
  if (!bits.flag()) return false;
  const orientation = bits.take(3) + 1;
  if (bits.flag()) readSize(bits);
  if (bits.flag()) {
    const eighths = bits.flag();
    const edge = () =>
      eighths
        ? bits.number([0, 16], [0, 32], [5, 1], [9, 33])
        : bits.number([6, 1], [8, 65], [10, 321], [12, 1345]);
    edge();
    if (bits.take(3) === 0) edge();
  }
  if (bits.flag()) {
    bits.number([0, 100], [0, 1000], [10, 1], [30, 1]);
    bits.number([0, 1], [0, 1001], [8, 1], [10, 1]);
    bits.number([0, 0], [3, 0], [16, 0], [32, 0]);
    bits.take(1);
  }
  return orientation > 4;
}

function readDepth(bits: BitReader): void {
  if (bits.flag()) {
    bits.number([0, 32], [0, 16], [0, 24], [6, 1]);
    bits.take(4);
  } else bits.number([0, 8], [0, 10], [0, 12], [6, 1]);
}

/** Numbers out of bits, the lowest of each byte first. */
class BitReader {
  readonly #bytes: ByteReader;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = new ByteReader(bytes, 'little');
  }

  take(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.#at++) {
      value += ((this.#bytes.u8(this.#at >> 3) >> (this.#at & 7)) & 1) * 2 ** i;
    }
    return value;
  }

  flag(): boolean {
    return this.take(1) === 1;
  }

  /** Two bits say which of four ways: how many bits follow, and what is added to them. */
  number(...ways: readonly (readonly [bits: number, plus: number])[]): number {
    const [count, plus] = ways[this.take(2)];
    return this.take(count) + plus;
  }
}
