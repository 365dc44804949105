import { SemapError } from '../../errors.ts';
import { phrase } from '../../text/text.ts';

/** Wire types of the protobuf encoding (groups, 3 and 4, are long dead and refused). */
export const Wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** The error every malformed byte ends in: named, with the place. */
export function malformed(what: string, position: number): SemapError {
  return new SemapError(
    'not-onnx',
    phrase('This is not a readable ONNX file: {0} at byte {1}.', what, position),
    {
      hint: phrase('The file may be damaged or only partly downloaded.'),
    },
  );
}

/**
 * Reads protobuf primitives from bytes that nobody vouches for. Every read is checked against `limit`, the end of the
 * message being read, so a length field that lies ends in an error and never in a read past the end.
 */
export class WireReader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  position = 0;
  limit: number;
  /** The last varint, as two unsigned halves: most are small, and a BigInt for each would be slow. */
  #low = 0;
  #high = 0;

  constructor(bytes: Uint8Array) {
    // A plain array, also where the caller has a Buffer: its `slice` would not copy.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.limit = bytes.length;
  }

  #readVarint(): void {
    const { bytes } = this;
    let low = 0;
    let high = 0;
    for (let shift = 0; ; shift += 7) {
      if (this.position >= this.limit) throw malformed('a number is cut off', this.position);
      if (shift > 63) throw malformed('a number is longer than 64 bits', this.position);
      const byte = bytes[this.position++];
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) break;
    }
    this.#low = low >>> 0;
    this.#high = high >>> 0;
  }

  /** A signed 64-bit integer that must be exact as a number. */
  int(): number {
    const start = this.position;
    this.#readVarint();
    const value = (this.#high | 0) * 2 ** 32 + this.#low;
    if (!Number.isSafeInteger(value)) throw malformed('a number is out of range', start);
    return value;
  }

  /** A signed 64-bit integer, exact. */
  int64(): bigint {
    this.#readVarint();
    return BigInt.asIntN(64, (BigInt(this.#high) << 32n) | BigInt(this.#low));
  }

  /** The next varint as two 32-bit halves into `target[2 * index]`, without making a BigInt. */
  int64Into(target: Uint32Array, index: number): void {
    this.#readVarint();
    target[2 * index] = this.#low;
    target[2 * index + 1] = this.#high;
  }

  /** Low 32 bits of a varint, signed: what int32 fields hold. */
  int32(): number {
    this.#readVarint();
    return this.#low | 0;
  }

  tag(): { field: number; wire: number } {
    const start = this.position;
    this.#readVarint();
    const field = this.#low >>> 3;
    if (this.#high !== 0 || field === 0) throw malformed('a field number is invalid', start);
    return { field, wire: this.#low & 7 };
  }

  /** The length of a length-delimited field, checked against what is left of the enclosing message. */
  length(): number {
    const start = this.position;
    this.#readVarint();
    if (this.#high !== 0 || this.#low > this.limit - this.position) {
      throw malformed('a length reaches past the end', start);
    }
    return this.#low;
  }

  /** A view, not a copy. */
  slice(length: number): Uint8Array {
    const start = this.position;
    this.position += length;
    return this.bytes.subarray(start, this.position);
  }

  float(): number {
    this.#need(4);
    const value = this.view.getFloat32(this.position, true);
    this.position += 4;
    return value;
  }

  double(): number {
    this.#need(8);
    const value = this.view.getFloat64(this.position, true);
    this.position += 8;
    return value;
  }

  skip(wire: number): void {
    const start = this.position;
    if (wire === Wire.varint) this.#readVarint();
    else if (wire === Wire.bytes) this.slice(this.length());
    else if (wire === Wire.fixed64 || wire === Wire.fixed32) {
      const size = wire === Wire.fixed64 ? 8 : 4;
      this.#need(size);
      this.position += size;
    } else throw malformed(`wire type ${wire} is unknown`, start);
  }

  #need(size: number): void {
    if (size > this.limit - this.position) throw malformed('a value is cut off', this.position);
  }
}

/** Bytes of `value` as a varint; negative numbers take ten. */
export function varintLength(value: number): number {
  if (value < 0) return 10;
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++;
  return length;
}

/** Bytes of a 64-bit integer as a varint. */
export function varint64Length(value: bigint): number {
  let length = 1;
  for (let rest = BigInt.asUintN(64, value); rest >= 128n; rest >>= 7n) length++;
  return length;
}

/** Writes protobuf primitives into a buffer of known size. */
export class WireWriter {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #position = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  varint(value: number): void {
    if (value < 0) {
      this.varint64(BigInt(value));
      return;
    }
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.bytes[this.#position++] = (rest % 128) | 0x80;
    this.bytes[this.#position++] = rest;
  }

  varint64(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    for (; rest >= 128n; rest >>= 7n) this.bytes[this.#position++] = Number(rest & 127n) | 0x80;
    this.bytes[this.#position++] = Number(rest);
  }

  tag(field: number, wire: number): void {
    this.varint(field * 8 + wire);
  }

  float(value: number): void {
    this.#view.setFloat32(this.#position, value, true);
    this.#position += 4;
  }

  double(value: number): void {
    this.#view.setFloat64(this.#position, value, true);
    this.#position += 8;
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.#position);
    this.#position += bytes.length;
  }
}
