import { damaged } from './codec.ts';

/** How the numbers of a TIFF file are written. */
export type SampleKind = 'unsigned' | 'signed' | 'float';

export interface SampleFormat {
  readonly kind: SampleKind;
  /** Bits a number: 1 to 16 or 32 unsigned, 8, 16 or 32 signed, 16, 24, 32 or 64 floating. */
  readonly depth: number;
  readonly littleEndian: boolean;
}

/** Number `i` of the row that begins at `row`. */
export type SampleReader = (raw: Uint8Array, row: number, i: number) => number;

export function sampleReader({ kind, depth, littleEndian }: SampleFormat): SampleReader {
  if (depth < 8 || depth % 8 !== 0) return packedReader(depth);
  if (kind === 'float') return floatReader(depth, littleEndian);
  const bytes = depth / 8;
  const [first, step] = littleEndian ? [bytes - 1, -1] : [0, 1];
  const sign = kind === 'signed' ? 2 ** (depth - 1) : Number.POSITIVE_INFINITY;
  if (bytes === 1 && kind === 'unsigned') return (raw, row, i) => raw[row + i];
  return (raw, row, i) => {
    let value = 0;
    for (let b = 0, at = row + i * bytes + first; b < bytes; b++, at += step) value = value * 256 + raw[at];
    return value < sign ? value : value - 2 * sign;
  };
}

/** Samples that share bytes, the leftmost in the high bits. */
function packedReader(depth: number): SampleReader {
  return (raw, row, i) => {
    const bit = i * depth;
    const at = row + (bit >> 3);
    // As many bytes as one of up to 16 bits can lie in; what is past the end is not looked at.
    const window = (raw[at] << 16) | ((raw[at + 1] ?? 0) << 8) | (raw[at + 2] ?? 0);
    return (window >> (24 - depth - (bit & 7))) & ((1 << depth) - 1);
  };
}

function floatReader(depth: number, littleEndian: boolean): SampleReader {
  let seen: Uint8Array | undefined;
  let view: DataView = new DataView(new ArrayBuffer(0));
  const viewOf = (raw: Uint8Array): DataView => {
    if (raw !== seen) view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    seen = raw;
    return view;
  };
  if (depth === 64) return (raw, row, i) => viewOf(raw).getFloat64(row + 8 * i, littleEndian);
  if (depth === 32) return (raw, row, i) => viewOf(raw).getFloat32(row + 4 * i, littleEndian);
  if (depth === 16)
    return (raw, row, i) => smallFloat(viewOf(raw).getUint16(row + 2 * i, littleEndian), 5, 10);
  return (raw, row, i) => {
    const at = row + 3 * i;
    const [high, low] = littleEndian ? [raw[at + 2], raw[at]] : [raw[at], raw[at + 2]];
    return smallFloat((high << 16) | (raw[at + 1] << 8) | low, 7, 16);
  };
}

/** A float of 16 or 24 bits (TIFF Technical Note 3). */
function smallFloat(bits: number, exponentBits: number, fractionBits: number): number {
  const fraction = (bits & ((1 << fractionBits) - 1)) / 2 ** fractionBits;
  const most = (1 << exponentBits) - 1;
  const exponent = (bits >> fractionBits) & most;
  const sign = (bits >> (fractionBits + exponentBits)) & 1 ? -1 : 1;
  const bias = most >> 1;
  if (exponent === most) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
}

/** Undoes horizontal differencing (TIFF 6.0, section 14) in place. */
export function undoDifferences(
  raw: Uint8Array,
  rowBytes: number,
  perPixel: number,
  { depth, littleEndian }: SampleFormat,
): void {
  if (depth < 8 || depth % 8 !== 0) throw damaged();
  const bytes = depth / 8;
  const step = perPixel * bytes;
  const low = littleEndian ? 0 : bytes - 1;
  const toHigher = littleEndian ? 1 : -1;
  for (let row = 0; row < raw.length; row += rowBytes) {
    if (bytes === 1) {
      for (let s = row + step; s < row + rowBytes; s++) raw[s] += raw[s - step];
      continue;
    }
    for (let s = row + step; s < row + rowBytes; s += bytes) {
      let carry = 0;
      for (let b = 0, at = s + low; b < bytes; b++, at += toHigher) {
        const sum = raw[at] + raw[at - step] + carry;
        raw[at] = sum;
        carry = sum >> 8;
      }
    }
  }
}

/** Undoes the predictor of floats (TIFF Technical Note 3) in place: bytes of the same weight stand together, highest first. */
export function undoFloatDifferences(
  raw: Uint8Array,
  rowBytes: number,
  perPixel: number,
  { depth, littleEndian }: SampleFormat,
): void {
  const bytes = depth / 8;
  const count = rowBytes / bytes;
  if (!Number.isInteger(count)) throw damaged();
  const together = new Uint8Array(rowBytes);
  for (let row = 0; row < raw.length; row += rowBytes) {
    for (let s = row + perPixel; s < row + rowBytes; s++) raw[s] += raw[s - perPixel];
    for (let b = 0; b < bytes; b++) {
      const at = littleEndian ? bytes - 1 - b : b;
      for (let i = 0; i < count; i++) together[i * bytes + at] = raw[row + b * count + i];
    }
    raw.set(together, row);
  }
}
