import { ByteReader } from './byteReader.ts';
import { damaged } from './codec.ts';

/** Channels of each colour type; type 3 is an index into the palette. */
export const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colorType: number;
  readonly interlaced: boolean;
}

/** Where the data of the first chunk lies. */
export const IHDR_AT = 16;

export function readIhdr(bytes: Uint8Array): PngHeader {
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

/** One reduced image of an interlaced picture, or the whole of another. */
export interface Pass {
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

export function passesOf(header: PngHeader): readonly Pass[] {
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
export function rawSize(passes: readonly Pass[]): number {
  return passes.reduce((sum, pass) => sum + (pass.rowBytes + 1) * pass.height, 0);
}
