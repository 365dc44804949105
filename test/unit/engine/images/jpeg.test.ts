import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encode } from 'jpeg-js';
import { SemapError } from '../../../../src/core/errors.ts';
import type { RgbImage } from '../../../../src/core/images/preprocessing.ts';
import { fillInput, inputBytes, leastScale } from '../../../../src/core/images/tensor.ts';
import { decodeImage } from '../../../../src/engine/images/decodeImage.ts';
import { decodeTurbo } from '../../../../src/engine/images/turboJpeg.ts';
import { inputSpec } from '../../inputSpec.ts';
import { jpegFile } from './jpegFiles.ts';
import { pillowFiles } from './pillowFiles.ts';

/** Waves of a few pixels and more: something at every frequency. */
function waves(width: number, height: number): Uint8Array {
  const data = new Uint8Array(width * height * 4);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      data[i] = 128 + 90 * Math.sin((x * (x + y)) / 900);
      data[i + 1] = 128 + 90 * Math.cos(y / 7);
      data[i + 2] = (255 * x) / width;
      data[i + 3] = 255;
    }
  }
  return encode({ data, width, height }, 92).data;
}

/** The file with EXIF data that says nothing but an orientation. */
function oriented(file: Uint8Array, orientation: number): Uint8Array {
  const tiff = [
    0x4d,
    0x4d,
    0,
    42,
    0,
    0,
    0,
    8,
    0,
    1,
    0x01,
    0x12,
    0,
    3,
    0,
    0,
    0,
    1,
    0,
    orientation,
    0,
    0,
    0,
    0,
    0,
    0,
  ];
  const exif = [...Buffer.from('Exif\0\0'), ...tiff];
  return Buffer.concat([
    file.subarray(0, 2),
    Buffer.from([0xff, 0xe1, 0, exif.length + 2, ...exif]),
    file.subarray(2),
  ]);
}

const WAVES = waves(333, 251);
const SPEC = inputSpec(24, { size: { shortestEdge: 28 }, crop: { width: 24, height: 24 }, rescaleFactor: 1 });
const bytes = { ...SPEC, type: 'uint8' } as const;
const least = leastScale(bytes);

function input(image: RgbImage): Uint8Array {
  const into = new Uint8Array(inputBytes(bytes));
  fillInput(image, bytes, into);
  return into;
}

describe('A JPEG is decoded at the size that is needed', () => {
  for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
    test(`and gives nearly the same input as the whole, orientation ${orientation}`, async () => {
      const file = oriented(WAVES, orientation);
      const whole = await decodeImage(file);
      const small = await decodeImage(file, { least });
      assert.equal(small.width, Math.ceil(whole.width / 2));
      assert.deepEqual([small.reduced?.width, small.reduced?.height], [whole.width, whole.height]);
      const [a, b] = [input(whole), input(small)];
      let worst = 0;
      for (const [i, value] of a.entries()) worst = Math.max(worst, Math.abs(value - b[i]));
      assert.ok(worst <= 3, `differs by up to ${worst}`);
    });
  }

  test('by eighths, and takes less memory', async () => {
    const memory: number[] = [];
    const sizes: string[] = [];
    for (const scale of [0.01, 0.2, 0.375, 0.4, 0.51, 1]) {
      const image = await decodeImage(WAVES, {
        least: () => scale,
        admit: async (_, needed) => {
          memory.push(needed);
        },
      });
      sizes.push(`${image.width} x ${image.height}`);
    }
    assert.deepEqual(sizes, ['42 x 32', '84 x 63', '125 x 95', '167 x 126', '333 x 251', '333 x 251']);
    assert.deepEqual(
      memory,
      memory.toSorted((a, b) => a - b),
    );
    assert.ok(memory[0] * 4 < memory[5], `${memory}`);
  });

  test('but a picture of a few pixels as a whole', async () => {
    const image = await decodeImage(waves(7, 5), { least: () => 0.125 });
    assert.deepEqual([image.width, image.height, image.reduced], [7, 5, undefined]);
  });

  test('in whatever colors it is', async () => {
    for (const { name, bytes: file, width, height } of pillowFiles.filter(({ name }) =>
      /\.jpg$/.test(name),
    )) {
      const image = await decodeImage(file, { least: () => 0.5 });
      const expected = [width, height].map((edge) => Math.ceil(edge / 2));
      assert.deepEqual([image.width, image.height], expected, name);
      assert.equal(image.data.length, 3 * image.width * image.height, name);
    }
  });
});

test('of a progressive JPEG an eighth needs only the scans that it shows', async () => {
  const file = jpegFile('progressive');
  const data = await decodeTurbo(file, 5, 3, 'rgb');
  assert.deepEqual((await decodeImage(file, { least: () => 0.1 })).data, data);
  const damaged = Buffer.from(file);
  // A scan of one channel, the first, with details only.
  const details = Buffer.from([0xff, 0xda, 0, 8, 1, 1]);
  const scan = damaged.indexOf(details) + 10;
  assert.ok(scan > 10 && damaged[scan - 3] > 0);
  damaged.fill(0x55, scan, scan + 20);
  assert.deepEqual((await decodeImage(damaged, { least: () => 0.1 })).data, data);
  const half = async (bytes: Uint8Array) => (await decodeImage(bytes, { least: () => 0.5 })).data;
  assert.notDeepEqual(await half(damaged), await half(file));
});

describe('A damaged JPEG', () => {
  /** Where the coded data begins. */
  const data = Buffer.from(WAVES).indexOf(Buffer.from([0xff, 0xda])) + 14;

  test('is borne where only its coded data is damaged', async () => {
    const file = Buffer.from(WAVES);
    file.fill(0x55, data + 2000, data + 2100);
    const image = await decodeImage(file);
    assert.deepEqual([image.width, image.height], [333, 251]);
  });

  test('is refused wherever it is cut, and borne where a marker of its end follows the coded data', async () => {
    for (const name of ['baseline', 'progressive'] as const) {
      const file = jpegFile(name);
      const data = Buffer.from(file).indexOf(Buffer.from([0xff, 0xda]));
      for (let length = 0; length < file.length; length++) {
        const cut = file.subarray(0, length);
        await assert.rejects(decodeImage(cut), { reason: 'unreadable-image' }, `${name} ${length}`);
        if (length < data + 20 || cut[length - 1] === 0xff || length % 5 > 0) continue;
        const ended = Buffer.concat([cut, Buffer.from([0xff, 0xd9])]);
        const image = await decodeImage(ended).catch((error: SemapError) => error);
        if (image instanceof SemapError) assert.equal(image.reason, 'unreadable-image', `${name} ${length}`);
        else assert.deepEqual([image.width, image.height], [40, 24]);
      }
    }
  });

  test('does not keep the next one from being read', async () => {
    const before = await decodeImage(WAVES);
    const file = Buffer.from(WAVES);
    // No quantisation table: libjpeg gives up.
    for (const table = Buffer.from([0xff, 0xdb]); file.includes(table); )
      file[file.indexOf(table) + 1] = 0xef;
    await assert.rejects(decodeImage(file), (error: Error) => {
      assert.equal(error.message, 'The image data is damaged.');
      assert.match(String((error.cause as Error).message), /^Quantization table 0x00 was not defined$/);
      return true;
    });
    assert.deepEqual((await decodeImage(WAVES)).data, before.data);
  });
});
