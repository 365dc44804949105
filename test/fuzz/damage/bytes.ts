import type { Random } from '../../unit/core/onnx/random.ts';

/** Where lengths, counts and offsets go wrong: none, sizes of which two are much, the ends of fields, one beyond. */
export const EXTREMES: readonly bigint[] = [
  0n,
  1n,
  0x7fn,
  0x80n,
  0xffn,
  600n,
  2000n,
  5000n,
  0x7fffn,
  0xffffn,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n + 1n,
  2n ** 62n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** Single bytes that make lengths lie: ends of a byte, and tags of protobuf. */
const NASTY = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x08, 0x0a, 0x12, 0x3a];

/**
 * A damaged copy: bytes flipped, overwritten, cut out, doubled or moved, numbers replaced by extreme ones, the end
 * missing, or another file spliced in.
 */
export function damageBytes(bytes: Uint8Array, random: Random, other: Uint8Array = bytes): Uint8Array {
  let result: Uint8Array = Uint8Array.from(bytes);
  for (let i = random.int(1, 4); i > 0; i--) result = damageOnce(result, random, other);
  return result;
}

function damageOnce(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  if (bytes.length < 8) return join(bytes, other.subarray(0, random.int(0, 16)));
  const at = random.int(0, bytes.length - 1);
  const end = Math.min(bytes.length, at + random.int(1, 40));
  switch (random.int(0, 8)) {
    case 0:
      bytes[at] ^= 1 << random.int(0, 7);
      return bytes;
    case 1:
      bytes[at] = random.pick(NASTY);
      return bytes;
    case 2:
      return bytes.slice(0, random.chance(0.4) ? at : bytes.length - 1);
    case 3:
      return join(bytes.subarray(0, at), bytes.subarray(end));
    case 4:
      return join(bytes.subarray(0, end), bytes.subarray(at));
    case 5:
      return join(bytes.subarray(0, at), varint(random.pick(EXTREMES)), bytes.subarray(at + 1));
    case 6:
      return withNumber(bytes, at, random);
    case 7:
      return join(bytes.subarray(0, at), other.subarray(random.int(0, other.length - 1)));
    default: {
      const piece = bytes.slice(at, end);
      const rest = join(bytes.subarray(0, at), bytes.subarray(end));
      const to = random.int(0, rest.length);
      return join(rest.subarray(0, to), piece, rest.subarray(to));
    }
  }
}

/** An extreme number of 1, 2, 4 or 8 bytes in place of what is there, in either byte order. */
export function withNumber(bytes: Uint8Array, at: number, random: Random): Uint8Array {
  const size = random.pick([1, 2, 4, 4, 8]);
  if (at + size > bytes.length) return bytes;
  const result = Uint8Array.from(bytes);
  const number = BigInt.asUintN(size * 8, random.pick(EXTREMES));
  const littleEndian = random.chance(0.5);
  for (let i = 0; i < size; i++) {
    result[at + (littleEndian ? i : size - 1 - i)] = Number((number >> BigInt(8 * i)) & 0xffn);
  }
  return result;
}

/** A number as protobuf writes it. */
export function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 0x80);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

export function join(...pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
