import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { decodeImage } from '../../../../src/engine/images/decodeImage.ts';
import { blankPng, bmpHeader, gradientJpeg, png, pngChunk, tiff } from './imageFiles.ts';
import { pillowFiles, tiffFiles } from './pillowFiles.ts';

const pixels = async (bytes: Uint8Array): Promise<number[]> => [...(await decodeImage(bytes)).data];

describe('A file made by Pillow decodes to the pixels that Pillow reads', () => {
  for (const { name, bytes, width, height, rgb } of pillowFiles) {
    test(name, async () => {
      const image = await decodeImage(bytes);
      assert.deepEqual([image.width, image.height], [width, height]);
      assert.deepEqual(image.data, new Uint8Array(rgb));
    });
  }
});

describe('A file made by tifffile decodes to the pixels that were put in', () => {
  for (const { name, bytes, width, height, rgb } of tiffFiles) {
    test(name, async () => {
      const { data, ...image } = await decodeImage(bytes);
      assert.deepEqual([image.width, image.height], [width, height]);
      const apart = [...data].reduce((most, value, i) => Math.max(most, Math.abs(value - rgb[i])), 0);
      assert.ok(apart <= 1, `${apart} levels apart`);
    });
  }
});

describe('PNG', () => {
  test('interlaced pictures come out in order', async () => {
    // Adam7 of 3 x 2 grey pixels 0 1 2 / 3 4 5: pass 1 has pixel 0, pass 5 row 0 column 2 (as pass 4), and so on.
    const passes = [
      [0, 0], // pass 1: (0, 0)
      [0, 20], // pass 4: (2, 0)
      [0, 10], // pass 6: (1, 0)
      [0, 30, 40, 50], // pass 7: row 1
    ];
    const file = png(3, 2, 0, 8, Uint8Array.from(passes.flat()), { interlaced: true });
    assert.deepEqual(
      await pixels(file),
      [0, 10, 20, 30, 40, 50].flatMap((v) => [v, v, v]),
    );
  });

  test('16-bit colours and alpha keep their high bytes, on white', async () => {
    const raw = Uint8Array.of(0, 100, 255, 50, 0, 25, 1, 255, 255, 9, 9, 9, 9, 9, 9, 0, 0);
    assert.deepEqual(await pixels(png(2, 1, 6, 16, raw)), [100, 50, 25, 255, 255, 255]);
  });

  test('16 bits of which fewer are used are white at the highest of these', async () => {
    const deep = (...values: readonly number[]) =>
      Buffer.from([0, ...values.flatMap((v) => [v >> 8, v & 255])]);
    const greys = (values: readonly number[]) => values.flatMap((v) => [v, v, v]);
    const file = (raw: Uint8Array, type = 0, chunks: readonly Uint8Array[] = []) =>
      png(3, 1, type, 16, raw, { chunks });
    // Told by the highest: 10, 12 and 14 bits, and those of a picture that fills them.
    assert.deepEqual(await pixels(file(deep(0, 512, 1023))), greys([0, 128, 255]));
    assert.deepEqual(await pixels(file(deep(0, 2048, 4095))), greys([0, 128, 255]));
    assert.deepEqual(await pixels(file(deep(0, 4096, 16383))), greys([0, 64, 255]));
    assert.deepEqual(await pixels(file(deep(0, 4096, 16384))), greys([0, 16, 64]));
    // Or by the file: 11 bits are white at 2047, and 16 are all.
    const bits = (n: number) => [pngChunk('sBIT', Buffer.from([n]))];
    assert.deepEqual(await pixels(file(deep(0, 1024, 1024), 0, bits(11))), greys([0, 128, 128]));
    assert.deepEqual(await pixels(file(deep(0, 1024, 4095), 0, bits(16))), greys([0, 4, 15]));
    // The decoder's own rule: samples of 12 bits that were already brought to 16.
    assert.deepEqual(await pixels(file(deep(0, 32768, 65535), 0, bits(12))), greys([0, 128, 255]));
    // Alpha has its own range, the color that is transparent that of the colors.
    const half = deep(0, 65535, 4095, 65535, 4095, 0);
    assert.deepEqual(await pixels(file(half, 4)), greys([0, 255, 255]));
    const key = [pngChunk('tRNS', Buffer.from([8, 0]))];
    assert.deepEqual(await pixels(file(deep(0, 2048, 4095), 0, key)), greys([0, 255, 255]));
  });

  test('every row filter is undone', async () => {
    const rows = [
      [1, 10, 20, 30, 1, 1, 1], // left
      [2, 1, 2, 3, 4, 5, 6], // up
      [3, 10, 10, 10, 10, 10, 10], // average
      [4, 1, 1, 1, 1, 1, 1], // Paeth
    ];
    assert.deepEqual(
      await pixels(png(2, 4, 2, 8, Uint8Array.from(rows.flat()))),
      [10, 20, 30, 11, 21, 31, 11, 22, 33, 15, 26, 37, 15, 21, 26, 25, 33, 41, 16, 22, 27, 26, 34, 42],
    );
  });

  test('an index past the palette is black, and a picture without a palette is damaged', async () => {
    const palette = pngChunk('PLTE', Uint8Array.of(1, 2, 3));
    const raw = Uint8Array.of(0, 0, 7);
    assert.deepEqual(await pixels(png(2, 1, 3, 8, raw, { chunks: [palette] })), [1, 2, 3, 0, 0, 0]);
    await assert.rejects(decodeImage(png(2, 1, 3, 8, raw)), { message: 'The image data is damaged.' });
  });

  test('data that inflates far beyond the picture is refused', async () => {
    const bomb = png(1, 1, 2, 8, Buffer.alloc(50_000_000));
    await assert.rejects(decodeImage(bomb), {
      reason: 'unreadable-image',
      message: 'The image data is damaged.',
    });
  });
});

describe('BMP', () => {
  test('16-bit colours fill the whole range', async () => {
    const row = Buffer.alloc(4);
    row.writeUInt16LE(0x7fff, 0);
    row.writeUInt16LE(16 << 10, 2);
    assert.deepEqual(await pixels(Buffer.concat([bmpHeader(2, 1, 16, 0), row])), [255, 255, 255, 132, 0, 0]);
  });

  test('a negative height means top down', async () => {
    const rows = Buffer.from([1, 2, 3, 0, 4, 5, 6, 0]);
    assert.deepEqual(await pixels(Buffer.concat([bmpHeader(1, -2, 24, 0), rows])), [3, 2, 1, 6, 5, 4]);
    assert.deepEqual(await pixels(Buffer.concat([bmpHeader(1, 2, 24, 0), rows])), [6, 5, 4, 3, 2, 1]);
  });

  test('run-length coded rows, literal runs and jumps', async () => {
    const header = bmpHeader(4, 2, 8, 1);
    header.writeUInt32LE(54 + 12, 10);
    header.writeUInt32LE(3, 46);
    const palette = Buffer.from([9, 9, 9, 0, 3, 2, 1, 0, 6, 5, 4, 0]);
    // Bottom row: index 1 twice, then literal 2 0 2 of which the last is beyond the edge; top row: jump 3, index 2, end.
    const data = Buffer.from([2, 1, 0, 3, 2, 0, 2, 0, 0, 0, 0, 2, 3, 0, 1, 2, 0, 1]);
    assert.deepEqual(
      await pixels(Buffer.concat([header, palette, data])),
      [9, 9, 9, 9, 9, 9, 9, 9, 9, 4, 5, 6, 1, 2, 3, 1, 2, 3, 4, 5, 6, 9, 9, 9],
    );
  });

  test('declared alpha counts unless all of it is zero', async () => {
    const header = Buffer.concat([bmpHeader(1, 1, 32, 3).subarray(0, 54), Buffer.alloc(68)]);
    header.writeUInt32LE(108, 14);
    header.writeUInt32LE(122, 10);
    for (const [i, mask] of [0xff0000, 0xff00, 0xff, 0xff000000].entries())
      header.writeUInt32LE(mask, 54 + i * 4);
    assert.deepEqual(await pixels(Buffer.concat([header, Buffer.from([0, 0, 255, 51])])), [255, 204, 204]);
    assert.deepEqual(await pixels(Buffer.concat([header, Buffer.from([0, 0, 255, 0])])), [255, 0, 0]);
  });
});

describe('TIFF', () => {
  const rgb = { 256: 2, 257: 2, 258: [8, 8, 8], 259: 1, 262: 2, 277: 3, 278: 2 };

  test('planes that are stored apart are put together', async () => {
    const planes = Uint8Array.of(1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24);
    const file = tiff({ ...rgb, 284: 2 }, planes);
    // One strip a plane: the offsets are patched in as a list.
    const list = tiffWithOffsets({ ...rgb, 284: 2 }, planes, [8, 12, 16], [4, 4, 4]);
    assert.deepEqual(await pixels(list), [1, 11, 21, 2, 12, 22, 3, 13, 23, 4, 14, 24]);
    await assert.rejects(decodeImage(file), { message: 'The file is incomplete.' });
  });

  test('tiles reach beyond the edges', async () => {
    const tile = Uint8Array.from({ length: 16 * 16 }, (_, i) => i);
    const grey = { 256: 3, 257: 2, 258: 8, 259: 1, 262: 1, 277: 1, 322: 16, 323: 16 };
    assert.deepEqual(
      await pixels(tiff(grey, tile, 324)),
      [0, 1, 2, 16, 17, 18].flatMap((v) => [v, v, v]),
    );
  });

  test('horizontal differences of 16-bit samples are summed with their carries', async () => {
    const grey = { 256: 3, 257: 1, 258: 16, 259: 8, 262: 1, 277: 1, 278: 1, 317: 2 };
    // 0x40ff, then + 0x0101, then + 0xff00.
    const data = deflateSync(Uint8Array.of(0xff, 0x40, 0x01, 0x01, 0x00, 0xff));
    assert.deepEqual(
      await pixels(tiff(grey, data)),
      [64, 66, 65].flatMap((v) => [v, v, v]),
    );
  });

  test('premultiplied alpha is not multiplied again', async () => {
    const file = tiff(
      { ...rgb, 256: 1, 257: 1, 258: [8, 8, 8, 8], 277: 4, 338: 1 },
      Uint8Array.of(51, 0, 102, 102),
    );
    assert.deepEqual(await pixels(file), [204, 153, 255]);
  });

  test('white may be zero', async () => {
    const file = tiff(
      { 256: 4, 257: 1, 258: 2, 259: 1, 262: 0, 277: 1, 278: 1 },
      Uint8Array.of(0b00_01_10_11),
    );
    assert.deepEqual(
      await pixels(file),
      [255, 170, 85, 0].flatMap((v) => [v, v, v]),
    );
  });

  test('a palette of 16 bits has colors past the first 256', async () => {
    const data = Uint8Array.from([44, 1, 0, 0]);
    const colors = (value: number) => Array.from({ length: 301 }, (_, i) => (i === 300 ? value : 0));
    const map = [...colors(0x1234), ...colors(0x5678), ...colors(0x9abc)];
    const file = tiff({ 256: 2, 257: 1, 258: 16, 259: 1, 262: 3, 277: 1, 278: 1, 320: map }, data);
    assert.deepEqual(await pixels(file), [0x12, 0x56, 0x9a, 0, 0, 0]);
  });

  test('YCbCr whose differences are shared by four pixels', async () => {
    const tags = { ...rgb, 256: 3, 257: 3, 262: 6, 278: 3, 530: [2, 2] };
    const block = (y: number) => [y, y + 1, y + 2, y + 3, 128, 128];
    const file = tiff(tags, Uint8Array.from([10, 20, 30, 40].flatMap(block)));
    const rows = [10, 11, 20, 12, 13, 22, 30, 31, 40];
    assert.deepEqual(
      await pixels(file),
      rows.flatMap((v) => [v, v, v]),
    );
    const colored = tiff({ ...tags, 256: 1, 257: 1, 530: [1, 1] }, Uint8Array.of(76, 85, 255));
    assert.deepEqual(await pixels(colored), [254, 0, 0]);
  });

  test('bits may stand the other way round', async () => {
    const file = tiff(
      { 256: 4, 257: 1, 258: 2, 259: 1, 262: 1, 266: 2, 277: 1, 278: 1 },
      Uint8Array.of(0b11_01_10_00),
    );
    assert.deepEqual(
      await pixels(file),
      [0, 85, 170, 255].flatMap((v) => [v, v, v]),
    );
  });

  test('what is not supported is named', async () => {
    await assert.rejects(decodeImage(tiff({ ...rgb, 259: 4 }, new Uint8Array(12))), {
      message: 'TIFF images with fax compression are not supported.',
    });
    await assert.rejects(decodeImage(tiff({ ...rgb, 339: 5 }, new Uint8Array(12))), {
      message: 'TIFF images with complex numbers as samples are not supported.',
    });
  });
});

/** As {@link tiff}, with lists of strip offsets and byte counts. */
function tiffWithOffsets(
  tags: Readonly<Record<number, number | readonly number[]>>,
  data: Uint8Array,
  offsets: readonly number[],
  counts: readonly number[],
): Uint8Array {
  // The helper writes its own single strip first; a second pair of tags with the same numbers would be ignored, so the
  // lists are given as tile tags and renamed.
  const file = Buffer.from(tiff({ ...tags, 60000: offsets, 60001: counts }, data));
  const directory = file.readUInt32LE(4);
  for (let i = 0; i < file.readUInt16LE(directory); i++) {
    const at = directory + 2 + i * 12;
    const tag = file.readUInt16LE(at);
    const renamed: Record<number, number> = { 273: 60002, 279: 60003, 60000: 273, 60001: 279 };
    file.writeUInt16LE(renamed[tag] ?? tag, at);
  }
  return file;
}

describe('Portable maps', () => {
  test('as text, with comments, other ranges and bits without blanks', async () => {
    const text = (s: string): Promise<number[]> => pixels(Buffer.from(s));
    assert.deepEqual(
      await text('P3\n# made by hand\n1 2 # size\n10\n0 5 10\n10 0 1'),
      [0, 128, 255, 255, 0, 26],
    );
    assert.deepEqual(await text('P2 2 1 255 7 9\n'), [7, 7, 7, 9, 9, 9]);
    assert.deepEqual(await text('P1 3 1\n101'), [0, 0, 0, 255, 255, 255, 0, 0, 0]);
  });

  test('16 bits a sample', async () => {
    const file = Buffer.concat([Buffer.from('P5 2 1 65535\n'), Buffer.from([128, 0, 255, 255])]);
    assert.deepEqual(await pixels(file), [128, 128, 128, 255, 255, 255]);
  });
});

describe('A file that cannot be used says why', () => {
  const cases: readonly (readonly [string, Uint8Array, string | RegExp])[] = [
    ['no bytes', new Uint8Array(0), 'The file is empty.'],
    ['text', Buffer.from('not found'), /^The file is not an image/],
    ['a web page', Buffer.from('<html>not found</html>'), /^The file is a web page\. SeMap reads JPEG/],
    [
      'the start of HEIC',
      Buffer.from('\0\0\0\x14ftypheic\0\0\0\0mif1\0\0\x01\0meta'),
      'The file is incomplete.',
    ],
    ['a video', Buffer.from('\0\0\0\x14ftypisom\0\0\0\0mp41'), /^The file is a video/],
    ['a drawing', Buffer.from('<?xml version="1.0"?>\n<svg xmlns="x"/>'), /^The file is an SVG drawing/],
    ['the start of a JPEG', gradientJpeg(40, 30).subarray(0, 400), 'The file is incomplete.'],
    ['a JPEG without its end', gradientJpeg(40, 30).subarray(0, -2), 'The file is incomplete.'],
    ['only the first bytes of a JPEG', Uint8Array.of(0xff, 0xd8, 0xff), 'The file is incomplete.'],
    ['half a PNG', blankPng(300, 300).subarray(0, 60), 'The file is incomplete.'],
    [
      'a PNG of 20,000 x 20,000',
      blankPngHeader(20_000, 20_000),
      /^The image is too large: 20000 x 20000 pixels/,
    ],
    ['a PNG of no width', blankPngHeader(0, 10), 'The image data is damaged.'],
    ['a BMP of 2 GB', bmpHeader(2 ** 30, 2 ** 30, 24, 0), /^The image is too large/],
    ['half a BMP', Buffer.concat([bmpHeader(10, 10, 24, 0), Buffer.alloc(99)]), 'The file is incomplete.'],
    ['a grey map without pixels', Buffer.from('P5 100 100 255\n'), 'The file is incomplete.'],
  ];
  for (const [what, bytes, message] of cases) {
    test(what, async () => assert.rejects(decodeImage(bytes), { reason: 'unreadable-image', message }));
  }

  test('a Git LFS pointer', async () => {
    const pointer = Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n');
    await assert.rejects(decodeImage(pointer), { reason: 'lfs-pointer', hint: /git lfs pull/ });
  });

  test('the limit of pixels can be set', async () => {
    assert.equal((await decodeImage(blankPng(10, 10), { maxPixels: 100 })).width, 10);
    await assert.rejects(decodeImage(blankPng(10, 11), { maxPixels: 100 }), { reason: 'unreadable-image' });
  });
});

/** The header of a PNG without any data. */
function blankPngHeader(width: number, height: number): Uint8Array {
  const file = Buffer.from(blankPng(1, 1));
  file.writeUInt32BE(width, 16);
  file.writeUInt32BE(height, 20);
  return file;
}

test('a damaged file does not spoil the next one', async () => {
  const good = gradientJpeg(24, 16);
  const expected = await pixels(good);
  const bad = Buffer.from(good);
  bad.fill(0xff, 20, 300);
  for (let i = 0; i < 3; i++) {
    await assert.rejects(decodeImage(bad), { reason: 'unreadable-image' });
    assert.deepEqual(await pixels(good), expected);
  }
});
