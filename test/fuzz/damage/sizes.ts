import type { Random } from '../../unit/core/onnx/random.ts';

/** Writes a width and a height where a picture says them. */
type Place = (bytes: Uint8Array, width: number, height: number) => void;

const EDGES = [0, 1, 255, 1000, 1999, 2001, 5000, 16_384, 30_000, 65_535];

/**
 * A picture that says another size than it has, in some of the places where its kind says one: the header, a frame, a
 * tile, a strip, the header of the compressed data.
 */
export function damageSizes(picture: Uint8Array, random: Random): Uint8Array {
  const bytes = Uint8Array.from(picture);
  const places = placesOf(bytes);
  const width = random.pick(EDGES);
  const height = random.chance(0.5) ? width : random.pick(EDGES);
  const first = random.chance(0.6) ? random.int(0, Math.max(0, places.length - 1)) : 0;
  // The places from one on: an inner size may be another than the outer one.
  for (const place of places.slice(first)) if (random.chance(0.8)) place(bytes, width, height);
  return bytes;
}

function placesOf(bytes: Uint8Array): Place[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('latin1');
  const at = (marker: string): number[] =>
    [...text.matchAll(new RegExp(marker, 'gs'))].map(({ index }) => index);
  const numbers = (offset: number, next: number, size: number, big: boolean, less = 0): Place => {
    return (target, width, height) => {
      const view = Buffer.from(target.buffer, target.byteOffset, target.byteLength);
      for (const [where, edge] of [
        [offset, width],
        [next, height],
      ] as const) {
        if (where + size > view.length) continue;
        const value = Math.max(0, edge - less);
        if (big) view.writeUIntBE(value, where, size);
        else view.writeUIntLE(value, where, size);
      }
    };
  };
  if (text.startsWith('\x89PNG')) return at('IHDR').map((i) => numbers(i + 4, i + 8, 4, true));
  if (text.startsWith('\xff\xd8')) {
    return at('\xff[\xc0-\xc3]\x00[\x0b-\x14]\x08').map((i) => numbers(i + 7, i + 5, 2, true));
  }
  if (text.startsWith('GIF8')) {
    return [numbers(6, 8, 2, false), ...at('\x2c\0\0\0\0').map((i) => numbers(i + 5, i + 7, 2, false))];
  }
  if (/^....ftyp/s.test(text)) return at('ispe').map((i) => numbers(i + 8, i + 12, 4, true));
  if (text.includes('\xff\x4f\xff\x51')) {
    return [
      ...at('ihdr').map((i) => numbers(i + 8, i + 4, 4, true)),
      ...at('\xff\x4f\xff\x51').map((i) => numbers(i + 8, i + 12, 4, true)),
    ];
  }
  if (text.startsWith('BM')) return [numbers(18, 22, 4, false)];
  if (text.startsWith('RIFF')) {
    return [
      ...at('VP8X').map((i) => numbers(i + 12, i + 15, 3, false, 1)),
      ...at('ANMF').map((i) => numbers(i + 14, i + 17, 3, false, 1)),
      ...at('VP8 ....').map((i) => numbers(i + 14, i + 16, 2, false)),
      ...at('VP8L....\x2f').map(losslessSize),
    ];
  }
  if (/^II\*\0|^MM\0\*/.test(text)) {
    const big = text.startsWith('MM');
    const tag = (number: number) =>
      big ? `\\x${hex(number >> 8)}\\x${hex(number)}` : `\\x${hex(number)}\\x${hex(number >> 8)}`;
    return [
      [256, 257],
      [322, 323],
    ].flatMap(([width, height]) => {
      const [x] = at(`${tag(width)}[\\x00\\x03\\x04]{2}`);
      const [y] = at(`${tag(height)}[\\x00\\x03\\x04]{2}`);
      return x === undefined || y === undefined ? [] : [numbers(x + 8, y + 8, big ? 2 : 4, big)];
    });
  }
  return [];
}

function hex(byte: number): string {
  return (byte & 0xff).toString(16).padStart(2, '0');
}

/** Fourteen bits each, one less, behind the signature. */
function losslessSize(at: number): Place {
  return (bytes, width, height) => {
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (at + 13 > view.length) return;
    const kept = view.readUInt32LE(at + 9) & 0xf0000000;
    const edges = (Math.max(0, width - 1) & 0x3fff) | ((Math.max(0, height - 1) & 0x3fff) << 14);
    view.writeUInt32LE((kept | edges) >>> 0, at + 9);
  };
}
