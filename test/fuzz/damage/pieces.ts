import type { Random } from '../../unit/core/onnx/random.ts';
import { damageBytes, join, withNumber } from './bytes.ts';

/**
 * A damaged copy of a file that is made of pieces (chunks, segments, directory entries): pieces left out, doubled,
 * swapped, taken from another file, or with an extreme number where they begin.
 */
export function damagePieces(
  pieces: readonly Uint8Array[],
  random: Random,
  others: readonly Uint8Array[] = pieces,
): Uint8Array {
  const result = [...pieces];
  for (let i = random.pick([1, 1, 2, 3]); i > 0 && result.length > 0; i--) {
    const at = random.int(0, result.length - 1);
    const piece = result[at];
    switch (random.int(0, 9)) {
      case 0:
        result.splice(at, 1);
        break;
      case 1:
        result.splice(at, 0, piece);
        break;
      case 2: {
        const to = random.int(0, result.length - 1);
        [result[at], result[to]] = [result[to], result[at]];
        break;
      }
      case 3:
        result.splice(at, random.int(0, 1), random.pick(others));
        break;
      case 4:
        result[at] = damageBytes(piece, random);
        break;
      default:
        // Lengths, sizes, counts and types stand at the beginning.
        result[at] = withNumber(piece, 2 * random.int(0, Math.min(piece.length >> 1, 16)), random);
    }
  }
  return join(...result);
}

/** A picture taken apart by its own kind's blocks; one of no known kind is a single piece. */
export function piecesOfPicture(bytes: Uint8Array): Uint8Array[] {
  const text = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lengthBigEndian = (at: number) => (at + 4 <= bytes.length ? view.getUint32(at) : 0);
  const lengthLittleEndian = (at: number) => (at + 4 <= bytes.length ? view.getUint32(at, true) : 0);
  if (text.startsWith('\x89PNG')) return cut(bytes, 8, (at) => 12 + lengthBigEndian(at));
  if (text.startsWith('RIFF')) {
    return cut(bytes, 12, (at) => {
      const length = lengthLittleEndian(at + 4);
      return 8 + length + (length & 1);
    });
  }
  if (text.startsWith('\xff\xd8')) {
    return cut(bytes, 2, (at) => {
      // Pixels follow the start of a scan, up to the end.
      if (bytes[at] !== 0xff || at + 4 > bytes.length) return bytes.length;
      return bytes[at + 1] === 0xda ? bytes.length : 2 + view.getUint16(at + 2);
    });
  }
  if (text.startsWith('GIF8')) {
    const table = bytes[10] & 0x80 ? 3 << ((bytes[10] & 7) + 1) : 0;
    return cut(bytes, 13 + table, (at) => gifBlock(bytes, at));
  }
  if (text.startsWith('II*\0') || text.startsWith('MM\0*')) {
    const little = text.startsWith('II');
    const directory = view.getUint32(4, little);
    if (directory + 2 > bytes.length) return [bytes];
    const entries = Math.min(view.getUint16(directory, little), 64);
    const first = directory + 2;
    return cut(bytes, first, (at) => (at < first + entries * 12 ? 12 : bytes.length));
  }
  if (/^....(?:ftyp|jP {2}|JXL )/s.test(text)) return cut(bytes, 0, (at) => isoPiece(bytes, at));
  if (text.startsWith('\xff\x4f\xff\x51')) {
    return cut(bytes, 2, (at) => (bytes[at + 1] === 0x93 ? bytes.length : 2 + view.getUint16(at + 2)));
  }
  if (text.startsWith('BM')) return cut(bytes, 14, (at) => (at === 14 ? 40 : bytes.length));
  if (/^P[1-7]\s/.test(text)) return cut(bytes, 3, (at) => (at < 20 ? 3 : bytes.length));
  return [bytes];
}

function cut(bytes: Uint8Array, first: number, length: (at: number) => number): Uint8Array[] {
  const pieces = [bytes.subarray(0, first)];
  for (let at = first; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + Math.max(1, length(at)));
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}

/** A box, or what stands before the boxes in it. */
function isoPiece(bytes: Uint8Array, at: number): number {
  if (at + 8 > bytes.length) return 1;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = buffer.toString('latin1', at + 4, at + 8);
  if (/^(?:iprp|ipco|jp2h)$/.test(type)) return 8;
  if (/^(?:meta|iref)$/.test(type)) return 12;
  return type === 'iinf' ? 14 : buffer.readUInt32BE(at);
}

function gifBlock(bytes: Uint8Array, at: number): number {
  let end = at;
  if (bytes[at] === 0x21) end += 2;
  else if (bytes[at] === 0x2c) end += 11 + (bytes[at + 9] & 0x80 ? 3 << ((bytes[at + 9] & 7) + 1) : 0);
  else return 1;
  while (bytes[end] > 0) end += bytes[end] + 1;
  return end + 1 - at;
}
