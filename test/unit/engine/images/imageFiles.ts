import { deflateSync } from 'node:zlib';
import { encode } from 'jpeg-js';
import { inputSpec } from '../../inputSpec.ts';

/** The input of a small float model. */
export const smallInput = inputSpec(16, {
  size: { shortestEdge: 20 },
  crop: { height: 16, width: 16 },
  resample: 'bicubic',
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
});

/** A PNG whose pixels are zero: 8-bit RGB, stored by zlib in a few bytes however big it is. */
export function blankPng(width: number, height: number): Uint8Array {
  return png(width, height, 2, 8, Buffer.alloc((width * 3 + 1) * height));
}

/** A PNG of raw rows, each with its filter byte. */
export function png(
  width: number,
  height: number,
  colorType: number,
  depth: number,
  raw: Uint8Array,
  options: { interlaced?: boolean; chunks?: readonly Uint8Array[] } = {},
): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colorType, 0, 0, options.interlaced ? 1 : 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header),
    ...(options.chunks ?? []),
    pngChunk('IDAT', deflateSync(raw)),
    pngChunk('IEND', new Uint8Array(0)),
  ]);
}

/** A chunk whose checksum is left zero: the decoder goes by zlib's own. */
export function pngChunk(name: string, data: Uint8Array): Uint8Array {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(name, 4, 'latin1');
  chunk.set(data, 8);
  return chunk;
}

/** A JPEG of a colour gradient. */
export function gradientJpeg(width: number, height: number): Uint8Array {
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < data.length; i += 4) {
    const x = (i >> 2) % width;
    data.set([(x * 255) / width, 128, (i * 255) / data.length, 255], i);
  }
  return encode({ data, width, height }, 90).data;
}

/** A BMP of 24 bits whose rows are given bottom up, padded to four bytes. */
export function bmpHeader(width: number, height: number, bits: number, compression: number): Buffer {
  const header = Buffer.alloc(54);
  header.write('BM', 0, 'latin1');
  header.writeUInt32LE(54, 10);
  header.writeUInt32LE(40, 14);
  header.writeInt32LE(width, 18);
  header.writeInt32LE(height, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(bits, 28);
  header.writeUInt32LE(compression, 30);
  return header;
}

/** A little-endian TIFF of one strip or tile; `tags` are numbers of type LONG, offset and count of the data are added. */
export function tiff(
  tags: Readonly<Record<number, number | readonly number[]>>,
  data: Uint8Array,
  offsets = 273,
): Uint8Array {
  const counts = offsets === 273 ? 279 : 325;
  const all: Record<number, number | readonly number[]> = { ...tags, [offsets]: 8, [counts]: data.length };
  const entries = Object.entries(all).map(([tag, value]) => [Number(tag), [value].flat()] as const);
  const directoryAt = 8 + data.length + (data.length & 1);
  const extraAt = directoryAt + 2 + entries.length * 12 + 4;
  const extra: number[] = [];
  const directory = Buffer.alloc(extraAt - directoryAt);
  directory.writeUInt16LE(entries.length, 0);
  for (const [i, [tag, values]] of entries.entries()) {
    const at = 2 + i * 12;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(4, at + 2);
    directory.writeUInt32LE(values.length, at + 4);
    directory.writeUInt32LE(values.length === 1 ? values[0] : extraAt + extra.length * 4, at + 8);
    if (values.length > 1) extra.push(...values);
  }
  const header = Buffer.from([0x49, 0x49, 42, 0, 0, 0, 0, 0]);
  header.writeUInt32LE(directoryAt, 4);
  return Buffer.concat([
    header,
    data,
    Buffer.alloc(data.length & 1),
    directory,
    Buffer.from(Uint32Array.from(extra).buffer),
  ]);
}

/** A TIFF of so many tiles of one pixel that decoding takes a second or two. */
export function slowTiff(): Uint8Array {
  const edge = 300;
  // LZW: clear, 0, end.
  const data = Uint8Array.of(0x80, 0x00, 0x20, 0x20);
  const file = Buffer.from(
    tiff(
      {
        256: edge,
        257: edge,
        258: 8,
        259: 5,
        262: 1,
        277: 1,
        322: 1,
        323: 1,
        60000: new Array(edge * edge).fill(8),
        60001: new Array(edge * edge).fill(4),
      },
      data,
      324,
    ),
  );
  const directory = file.readUInt32LE(4);
  const renamed: Record<number, number> = { 324: 60002, 325: 60003, 60000: 324, 60001: 325 };
  for (let i = 0; i < file.readUInt16LE(directory); i++) {
    const at = directory + 2 + i * 12;
    file.writeUInt16LE(renamed[file.readUInt16LE(at)] ?? file.readUInt16LE(at), at);
  }
  return file;
}
