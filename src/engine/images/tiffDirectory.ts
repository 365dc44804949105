import { ByteReader } from './byteReader.ts';
import { cutShort, damaged } from './codec.ts';

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
  yCbCrCoefficients: 529,
  yCbCrSubSampling: 530,
  referenceBlackWhite: 532,
  xmp: 700,
  iccProfile: 34675,
} as const;

/** Bytes of each whole-number field type: BYTE, SHORT, LONG, UNDEFINED, and LONG8 of BigTIFF; of RATIONAL both numbers. */
const FIELD_BYTES: Readonly<Record<number, 1 | 2 | 4 | 8>> = { 1: 1, 3: 2, 4: 4, 5: 8, 7: 1, 16: 8 };
const RATIONAL = 5;

/** More entries than a directory of TIFF can have; BigTIFF could say any number. */
const MAX_ENTRIES = 65_535;

/** The first directory of a TIFF file, or of a BigTIFF file, whose numbers have 8 bytes where TIFF's have 4. */
export class TiffDirectory {
  readonly reader: ByteReader;
  readonly littleEndian: boolean;
  /** Where each tag's entry stands in the file. */
  readonly #entries = new Map<number, number>();
  readonly #isBig: boolean;

  constructor(bytes: Uint8Array) {
    this.littleEndian = bytes[0] === 0x49;
    this.reader = new ByteReader(bytes, this.littleEndian ? 'little' : 'big');
    this.#isBig = this.reader.u16(2) === 43;
    if (this.#isBig && this.reader.u16(4) !== 8) throw damaged();
    const start = this.#offset(this.#isBig ? 8 : 4);
    const count = this.#isBig ? this.reader.u64(start) : this.reader.u16(start);
    if (count > MAX_ENTRIES) throw damaged();
    const [first, length] = this.#isBig ? [start + 8, 20] : [start + 2, 12];
    if (first + count * length > this.reader.length) throw cutShort();
    for (let entry = first, i = 0; i < count; i++, entry += length) {
      const tag = this.reader.u16(entry);
      // The first one counts, as for other readers.
      if (!this.#entries.has(tag)) this.#entries.set(tag, entry);
    }
  }

  /** All values of a tag; empty when it is absent. */
  values(tag: number): Float64Array {
    const field = this.#field(tag);
    return field ? Float64Array.from({ length: field.count }, (_, i) => this.#read(field, i)) : NOTHING;
  }

  /** All values of a tag that are fractions; empty when it is absent or of whole numbers. */
  ratios(tag: number): readonly number[] {
    const entry = this.#entries.get(tag);
    if (entry === undefined || this.reader.u16(entry + 2) !== RATIONAL) return [];
    const field = this.#field(tag);
    return Array.from({ length: field?.count ?? 0 }, (_, i) => {
      const at = (field as Field).at + 8 * i;
      return this.reader.u32(at) / this.reader.u32(at + 4);
    });
  }

  /** The bytes of a tag as they stand in the file; undefined when it is absent or cut short. */
  bytes(tag: number): Uint8Array | undefined {
    const entry = this.#entries.get(tag);
    if (entry === undefined || FIELD_BYTES[this.reader.u16(entry + 2)] !== 1) return undefined;
    const field = this.#field(tag);
    return field && this.reader.slice(field.at, field.count);
  }

  /** The first value of a tag. */
  value(tag: number, absent: number): number {
    const field = this.#field(tag);
    return field && field.count > 0 ? this.#read(field, 0) : absent;
  }

  #field(tag: number): Field | undefined {
    const entry = this.#entries.get(tag);
    if (entry === undefined) return undefined;
    const size = FIELD_BYTES[this.reader.u16(entry + 2)];
    if (!size) throw damaged();
    const count = this.#offset(entry + 4);
    const inside = entry + (this.#isBig ? 12 : 8);
    const at = count * size <= (this.#isBig ? 8 : 4) ? inside : this.#offset(inside);
    // What a count says is not believed before the file is seen to hold it.
    if (at + count * size > this.reader.length) throw cutShort();
    return { at, size, count };
  }

  #read({ at, size }: Field, i: number): number {
    const from = at + size * i;
    if (size === 1) return this.reader.u8(from);
    if (size === 2) return this.reader.u16(from);
    return size === 4 ? this.reader.u32(from) : this.reader.u64(from);
  }

  #offset(at: number): number {
    return this.#isBig ? this.reader.u64(at) : this.reader.u32(at);
  }
}

const NOTHING = new Float64Array(0);

/** Where the values of a tag stand. */
interface Field {
  readonly at: number;
  readonly size: 1 | 2 | 4 | 8;
  readonly count: number;
}
