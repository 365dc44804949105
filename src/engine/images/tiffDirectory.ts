import { ByteReader } from './byteReader.ts';
import { cutShort, damaged } from './unreadable.ts';

/** Names of the TIFF 6.0 tags that describe a picture. */
export const TAG = {
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  stripOffsets: 273,
  orientation: 274,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  planar: 284,
  predictor: 317,
  colorMap: 320,
  tileWidth: 322,
  tileLength: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  extraSamples: 338,
  sampleFormat: 339,
  jpegTables: 347,
} as const;

/** Bytes of each whole-number field type: BYTE, SHORT, LONG, UNDEFINED. */
const FIELD_BYTES: Readonly<Record<number, 1 | 2 | 4>> = { 1: 1, 3: 2, 4: 4, 7: 1 };

/** The first directory of a TIFF file. */
export class TiffDirectory {
  readonly reader: ByteReader;
  readonly littleEndian: boolean;
  /** Where each tag's entry stands in the file. */
  readonly #entries = new Map<number, number>();

  constructor(bytes: Uint8Array) {
    this.littleEndian = bytes[0] === 0x49;
    this.reader = new ByteReader(bytes, this.littleEndian ? 'little' : 'big');
    const start = this.reader.u32(4);
    const count = this.reader.u16(start);
    for (let i = 0; i < count; i++) {
      const entry = start + 2 + i * 12;
      this.reader.slice(entry, 12);
      this.#entries.set(this.reader.u16(entry), entry);
    }
  }

  /** All values of a tag; empty when it is absent. */
  values(tag: number): readonly number[] {
    const entry = this.#entries.get(tag);
    if (entry === undefined) return [];
    const size = FIELD_BYTES[this.reader.u16(entry + 2)];
    if (!size) throw damaged();
    const count = this.reader.u32(entry + 4);
    const at = count * size <= 4 ? entry + 8 : this.reader.u32(entry + 8);
    if (at + count * size > this.reader.length) throw cutShort();
    const read = (i: number): number =>
      size === 1
        ? this.reader.u8(at + i)
        : size === 2
          ? this.reader.u16(at + 2 * i)
          : this.reader.u32(at + 4 * i);
    return Array.from({ length: count }, (_, i) => read(i));
  }

  /** The first value of a tag. */
  value(tag: number, absent: number): number {
    return this.values(tag)[0] ?? absent;
  }
}
