import { cutShort } from './codec.ts';

/** Bounds-checked numbers out of a file: reading past the end is the error for a file that is cut short. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #littleEndian: boolean;

  constructor(bytes: Uint8Array, endian: 'little' | 'big') {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#littleEndian = endian === 'little';
  }

  get length(): number {
    return this.bytes.length;
  }

  u8(at: number): number {
    this.#need(at, 1);
    return this.bytes[at];
  }

  u16(at: number): number {
    this.#need(at, 2);
    return this.#view.getUint16(at, this.#littleEndian);
  }

  u32(at: number): number {
    this.#need(at, 4);
    return this.#view.getUint32(at, this.#littleEndian);
  }

  /** Exact below 2^53, beyond which no file is. */
  u64(at: number): number {
    this.#need(at, 8);
    return Number(this.#view.getBigUint64(at, this.#littleEndian));
  }

  i32(at: number): number {
    this.#need(at, 4);
    return this.#view.getInt32(at, this.#littleEndian);
  }

  /** Four characters, as chunk names are written. */
  fourCc(at: number): string {
    this.#need(at, 4);
    return String.fromCharCode(...this.bytes.subarray(at, at + 4));
  }

  slice(at: number, length: number): Uint8Array {
    this.#need(at, length);
    return this.bytes.subarray(at, at + length);
  }

  #need(at: number, length: number): void {
    if (at < 0 || length < 0 || at + length > this.bytes.length) throw cutShort();
  }
}
