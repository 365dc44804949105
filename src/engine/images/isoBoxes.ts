import type { ByteReader } from './byteReader.ts';
import { cutShort, damaged } from './codec.ts';

/** A box of the ISO base media file format (ISO/IEC 14496-12), of which HEIF, JPEG XL and JPEG 2000 files consist. */
export interface Box {
  readonly type: string;
  /** Where its content begins, and how long it is. */
  readonly at: number;
  readonly length: number;
}

/** The boxes between two places, as far as they are asked for. */
export function* boxes(reader: ByteReader, from: number, to: number): Generator<Box> {
  for (let at = from; at + 8 <= to; ) {
    const type = reader.fourCc(at + 4);
    let header = 8;
    let size = reader.u32(at);
    // 0: up to the end of what it is in; 1: more than fits into 32 bits.
    if (size === 0) size = to - at;
    else if (size === 1) {
      size = reader.u64(at + 8);
      header = 16;
    }
    if (size < header) throw damaged();
    if (at + size > to) throw to === reader.length ? cutShort() : damaged();
    yield { type, at: at + header, length: size - header };
    at += size;
  }
}

export const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 255);
export const u32 = (value: number): Uint8Array =>
  Uint8Array.of(value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255);

/** The bytes of a box. */
export function isoBox(type: string, ...content: readonly Uint8Array[]): Uint8Array {
  const length = content.reduce((sum, part) => sum + part.length, 8);
  return Buffer.concat([u32(length), Buffer.from(type, 'latin1'), ...content], length);
}

/** The first box of a type. */
export function findBox(reader: ByteReader, from: number, to: number, type: string): Box | undefined {
  for (const box of boxes(reader, from, to)) {
    if (box.type === type) return box;
  }
  return undefined;
}
