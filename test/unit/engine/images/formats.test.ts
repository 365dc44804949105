import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RgbImage } from '../../../../src/core/images/preprocessing.ts';
import { cropped, turnUpright } from '../../../../src/core/images/rgbImage.ts';
import { decodeImage } from '../../../../src/engine/images/decodeImage.ts';
import { HeifItems } from '../../../../src/engine/images/heifItems.ts';
import { gridData, type HeifPart, sizeBox, writeHeif } from '../../../../src/engine/images/heifWriter.ts';
import { identifyImage } from '../../../../src/engine/images/imageType.ts';
import { isoBox, u32 } from '../../../../src/engine/images/isoBoxes.ts';
import { readJpeg2000 } from '../../../../src/engine/images/jpeg2000File.ts';
import { encodeThumbnail, thumbnailScale } from '../../../../src/engine/images/thumbnail.ts';
import { processorClock } from '../../processorClock.ts';
import { formatFile, formatFiles, onWhitePicture } from './formatFiles.ts';

/** How far a picture is from what was drawn, at most; files that are not here are exact. */
const WITHIN: Readonly<Record<string, number>> = {
  '10 bits.avif': 2,
  'grey.avif': 2,
  'grid.avif': 8,
  'rgb.heic': 1,
  'rgba.heic': 1,
  '10 bits.heic': 1,
  'with thumbnail.heic': 1,
  'two pictures.heic': 1,
  'tile.heic': 1,
  'lossy.jxl': 12,
  'lossy.jp2': 12,
};

const upright = (image: RgbImage): RgbImage => image;
const SHOWN: Readonly<Record<string, (image: RgbImage) => RgbImage>> = {
  'turned 1.avif': (image) => turnUpright(image, 8),
  'turned 2.avif': (image) => turnUpright(image, 3),
  'turned 3.avif': (image) => turnUpright(image, 6),
  'mirrored 0.avif': (image) => turnUpright(image, 4),
  'mirrored 1.avif': (image) => turnUpright(image, 2),
  'turned 1 and mirrored 0.avif': (image) => turnUpright(turnUpright(image, 8), 4),
  'cropped.avif': (image) => cropped(image, { left: 4, top: 6, width: 30, height: 20 }),
};

function worst(one: RgbImage, other: RgbImage): number {
  assert.deepEqual([one.width, one.height], [other.width, other.height]);
  let most = 0;
  for (let i = 0; i < one.data.length; i++) most = Math.max(most, Math.abs(one.data[i] - other.data[i]));
  return most;
}

describe('A drawn picture comes out of a file as it went in', () => {
  for (const [name, { bytes, of }] of Object.entries(formatFiles)) {
    test(name, async () => {
      let needed = 0;
      const image = await decodeImage(bytes, {
        admit: async (_, memory) => {
          needed = memory;
        },
      });
      const difference = worst(image, (SHOWN[name] ?? upright)(onWhitePicture(of)));
      assert.ok(difference <= (WITHIN[name] ?? 0), `differs by ${difference}`);
      assert.ok(needed > image.data.length, `${needed}`);
    });
  }

  test('colors of Display P3 are turned into sRGB, those of sRGB stay', async () => {
    assert.ok((await decodeImage(formatFile('Display P3.avif'))).toSrgb);
    assert.equal((await decodeImage(formatFile('rgb.avif'))).toSrgb, undefined);
  });
});

describe('A file that is cut short anywhere is refused', () => {
  for (const name of [
    'rgb.avif',
    'grid.avif',
    'rgb.heic',
    'rgb.jxl',
    'container.jxl',
    'rgb.jp2',
    'rgb.j2k',
    'tiles.jp2',
  ]) {
    test(name, async () => {
      const whole = formatFile(name);
      for (let length = 12; length < whole.length; length += 1 + Math.floor(length / 10)) {
        await assert.rejects(
          decodeImage(whole.subarray(0, length)),
          { reason: 'unreadable-image' },
          `${length}`,
        );
      }
    });
  }
});

const damaged = 'The image data is damaged.';

/** The parts of the picture in tile.heic. */
function tilePart(id: number): HeifPart {
  const bytes = formatFile('tile.heic');
  const items = HeifItems.read(bytes)!;
  const properties = items
    .properties(items.primary)
    .filter(({ type }) => ['hvcC', 'ispe'].includes(type))
    .map(({ at, length }) => bytes.subarray(at - 8, at + length));
  return { id, type: 'hvc1', data: Buffer.concat(items.parts(items.primary)), properties };
}

const heic = (items: readonly HeifPart[], primary = 1): Uint8Array =>
  writeHeif({ brand: 'heic', primary, items, references: [] });

/** Four times the drawn picture as tiles; what is larger than the grid is cut off. */
function gridFile(
  rows: number,
  columns: number,
  width: number,
  height: number,
  said = [width, height],
  thumbnail?: HeifPart,
): Uint8Array {
  const tiles = Array.from({ length: rows * columns }, (_, i) => tilePart(i + 2));
  const grid: HeifPart = {
    id: 1,
    type: 'grid',
    data: gridData(rows, columns, width, height),
    properties: [sizeBox(said[0], said[1])],
  };
  return writeHeif({
    brand: 'heic',
    primary: 1,
    items: [grid, ...tiles, ...(thumbnail ? [thumbnail] : [])],
    references: [
      { type: 'dimg', from: 1, to: tiles.map(({ id }) => id) },
      ...(thumbnail ? [{ type: 'thmb', from: thumbnail.id, to: [1] }] : []),
    ],
  });
}

describe('HEIC, as telephones write it', () => {
  test('a grid of tiles is one picture', async () => {
    const image = await decodeImage(gridFile(2, 2, 122, 122));
    const tile = onWhitePicture('tile');
    for (const [left, top] of [
      [0, 0],
      [64, 0],
      [0, 64],
      [64, 64],
    ]) {
      const part = { left, top, width: Math.min(64, 122 - left), height: Math.min(64, 122 - top) };
      const { width, height } = part;
      assert.ok(worst(cropped(image, part), cropped(tile, { left: 0, top: 0, width, height })) <= 1);
    }
  });

  test('the primary picture counts, wherever it lies', async () => {
    const bytes = Buffer.from(formatFile('two pictures.heic'));
    const at = bytes.indexOf('pitm') + 8;
    // Each lies in a grid, since its edges are odd.
    bytes.writeUInt16BE(bytes.readUInt16BE(at) + 2, at);
    assert.ok(worst(await decodeImage(bytes), onWhitePicture('grey')) <= 1);
  });

  test('a file that does not say how many bits it has, which browsers read', async () => {
    const bytes = Buffer.from(formatFile('rgba.avif'));
    for (let at = bytes.indexOf('pixi'); at >= 0; at = bytes.indexOf('pixi'))
      bytes.write('free', at, 'latin1');
    assert.equal(worst(await decodeImage(bytes), onWhitePicture('rgba')), 0);
  });

  for (const [name, brand, type] of [
    ['of the brand mif1', 'mif1', 'heif'],
    ['a Canon raw photo is none', 'crx ', undefined],
    ['a video is none', 'isom', undefined],
  ] as const) {
    test(name, () => {
      const head = Buffer.from(`\0\0\0\x14ftyp${brand}\0\0\0\x01${brand}`, 'latin1');
      assert.equal(identifyImage(head), type);
    });
  }

  const tile = tilePart(1);
  const others: readonly (readonly [string, Uint8Array, string | RegExp])[] = [
    ['a video', isoBox('ftyp', Buffer.from('heic\0\0\0\0msf1', 'latin1')), /only a video or an animation/],
    ['H.266', heic([{ ...tile, type: 'vvc1' }]), 'HEIF images with H.266 are not supported.'],
    ['an unknown coding', heic([{ ...tile, type: 'abcd' }]), damaged],
    ['a primary picture that is not there', heic([tile], 7), damaged],
    ['no size', heic([{ ...tile, properties: tile.properties.slice(0, 1) }]), damaged],
  ];
  for (const [name, bytes, message] of others) {
    test(`${name} is refused`, async () => {
      await assert.rejects(decodeImage(bytes), { reason: 'unreadable-image', message });
    });
  }
});

describe('The small picture in a HEIC file', () => {
  const least = (scale: number) => ({ preview: true, least: () => scale });
  const bytes = formatFile('with thumbnail.heic');

  test('serves to look at, where it is large enough', async () => {
    const { width, height, reduced } = await decodeImage(bytes, least(0.3));
    assert.deepEqual([width, height, reduced?.width, reduced?.height], [16, 12, 45, 35]);
    assert.equal((await decodeImage(bytes, least(0.5))).width, 45);
  });

  test('does not serve to classify', async () => {
    assert.equal((await decodeImage(bytes, { least: () => 0.3 })).width, 45);
  });

  test('gives a thumbnail of the shape of the whole', async () => {
    const small = await decodeImage(bytes, { preview: true, least: thumbnailScale(15) });
    const { width, height } = await decodeImage((await encodeThumbnail(small, 15)).bytes);
    assert.deepEqual([width, height], [15, 12]);
  });

  test('is left where its shape is another, and where it cannot be read', async () => {
    const shown = async (columns: number, thumbnail: HeifPart) => {
      const file = gridFile(columns, 2, 122, columns === 2 ? 122 : 64, undefined, thumbnail);
      return (await decodeImage(file, least(0.1))).width;
    };
    assert.equal(await shown(2, tilePart(9)), 64);
    assert.equal(await shown(1, tilePart(9)), 122);
    assert.equal(await shown(2, { ...tilePart(9), type: 'abcd' }), 122);
  });
});

describe('A file that would become more than it says is refused', () => {
  const tooLarge = /^The image is too large/;
  const tile = tilePart(1);
  const [coding] = tile.properties.filter((box) => Buffer.from(box).includes('hvcC'));
  const said = (width: number, height: number) =>
    heic([{ ...tile, properties: [coding, sizeBox(width, height)] }]);
  const clap = isoBox('clap', ...[90, 1, 90, 1, 0, 1, 0, 1].map(u32));
  const changedJ2k = (at: number, value: number): Buffer => {
    const file = Buffer.from(formatFile('rgb.j2k'));
    file.writeUInt32BE(value, at);
    return file;
  };
  const cases: readonly (readonly [string, Uint8Array, string | RegExp])[] = [
    ['a HEIC picture of 60,000 x 60,000', said(60_000, 60_000), tooLarge],
    ['a HEIC picture that is smaller than it says', said(400, 400), damaged],
    ['a HEIC picture that is larger than it says', said(16, 16), damaged],
    ['a grid whose item says another size', gridFile(2, 2, 122, 122, [8000, 8000]), damaged],
    ['a grid of 60,000 x 60,000', gridFile(1, 1, 60_000, 60_000), damaged],
    ['a grid of more tiles than it needs', gridFile(2, 2, 40, 30), damaged],
    [
      'a crop that is larger than the picture',
      heic([{ ...tile, properties: [...tile.properties, clap] }]),
      damaged,
    ],
    ['a JPEG XL picture of 2^30 x 2^30', Buffer.from([0xff, 0x0a, 0xfe, 0xff, 0xff, 0xff, 0x13]), tooLarge],
    ['a JPEG 2000 picture of 2^31 x 35', changedJ2k(8, 0x7fffffff), tooLarge],
    ['a JPEG 2000 picture of no width', changedJ2k(8, 0), damaged],
  ];
  for (const [what, file, message] of cases) {
    test(what, async () => {
      const clock = processorClock();
      await assert.rejects(decodeImage(file), { reason: 'unreadable-image', message });
      assert.ok(clock() < 2000, 'takes long');
    });
  }

  for (const name of ['tile.heic', 'rgb.avif']) {
    test(`a video in place of a picture: ${name}`, async () => {
      const bytes = formatFile(name);
      const items = HeifItems.read(bytes)!;
      const all = items.properties(items.primary);
      const properties = all.map(({ at, length }) => bytes.subarray(at - 8, at + length));
      const data = Buffer.concat(new Array<Uint8Array>(9).fill(Buffer.concat(items.parts(items.primary))));
      const [type, brand] = name === 'rgb.avif' ? ['av01', 'avif'] : ['hvc1', 'heic'];
      const file = writeHeif({
        brand,
        primary: 1,
        items: [{ id: 1, type, data, properties }],
        references: [],
      });
      await assert.rejects(decodeImage(file), { reason: 'unreadable-image', message: damaged });
    });
  }

  test('a codec gets no more memory than was admitted, and reads the next picture', async () => {
    const file = Buffer.from(formatFile('grid.avif'));
    // Each of its sizes says 16 x 16.
    for (let at = file.indexOf('ispe'); at >= 0; at = file.indexOf('ispe', at + 4)) {
      file.writeUInt32BE(16, at + 8);
      file.writeUInt32BE(16, at + 12);
    }
    await assert.rejects(decodeImage(file), { reason: 'unreadable-image', message: damaged });
    assert.equal((await decodeImage(formatFile('grid.avif'))).width, 256);
  });
});

describe('JPEG 2000', () => {
  /** The drawn grey picture with other boxes in its header. */
  const withBoxes = (...header: readonly Uint8Array[]): Uint8Array => {
    const { codestream } = readJpeg2000(formatFile('grey.jp2'));
    const ihdr = Uint8Array.of(...u32(35), ...u32(45), 0, 1, 7, 7, 0, 0);
    return Buffer.concat([
      isoBox('jP  ', Uint8Array.of(0x0d, 0x0a, 0x87, 0x0a)),
      isoBox('ftyp', Buffer.from('jp2 \0\0\0\0jp2 ', 'latin1')),
      isoBox('jp2h', isoBox('ihdr', ihdr), ...header),
      isoBox('jp2c', codestream),
    ]);
  };
  const colors = (kind: number) => isoBox('colr', Uint8Array.of(1, 0, 0, ...u32(kind)));

  test('a palette gives three colors', async () => {
    const entries = Array.from({ length: 256 }, (_, i) => [255 - i, i, i >> 1]).flat();
    const pclr = isoBox('pclr', Uint8Array.of(1, 0, 3, 7, 7, 7, ...entries));
    const cmap = isoBox('cmap', Uint8Array.of(0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 2));
    const { data } = await decodeImage(withBoxes(colors(16), pclr, cmap));
    const grey = onWhitePicture('grey').data;
    assert.deepEqual(
      data,
      Uint8Array.from(grey, (value, i) => [255 - value, value, value >> 1][i % 3]),
    );
  });

  test('what is not supported is named', async () => {
    const message = 'JPEG 2000 images with colors of kind 14 are not supported.';
    await assert.rejects(decodeImage(withBoxes(colors(14))), { message });
  });

  test('a header that says another size than the codestream is refused', async () => {
    const file = Buffer.from(formatFile('rgb.jp2'));
    file.writeUInt32BE(36, file.indexOf('ihdr') + 4);
    await assert.rejects(decodeImage(file), { message: damaged });
  });

  test('of CMYK is turned into RGB', async () => {
    const file = Buffer.from(formatFile('rgba.jp2'));
    file.writeUInt32BE(12, file.indexOf('colr') + 7);
    const cdef = file.indexOf('cdef');
    file.write('free', cdef, 'latin1');
    const image = await decodeImage(file);
    assert.equal(image.data.length, 45 * 35 * 3);
    const { data } = onWhitePicture('rgb');
    const black = (x: number, y: number) => Math.min(255, 4 * x + 2 * y);
    assert.equal(image.data[0], Math.round(((255 - data[0]) * (255 - black(0, 0))) / 255));
  });
});
