import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { resize } from '../../../../src/core/images/resample.ts';
import type { StatedColors } from '../../../../src/engine/images/codec.ts';
import { colorsToSrgb } from '../../../../src/engine/images/colors.ts';
import { decodeImage } from '../../../../src/engine/images/decodeImage.ts';
import { ADOBE_RGB, curv, DISPLAY_P3, iccProfile, para, SRGB, SRGB_CURVE } from './iccProfiles.ts';
import { gradientJpeg, png, pngChunk, tiff } from './imageFiles.ts';

const COLORS = [
  [128, 128, 128],
  [255, 255, 255],
  [0, 0, 0],
  [200, 100, 50],
  [60, 180, 90],
  [30, 20, 10],
  [250, 5, 120],
];

async function converted(
  colors: StatedColors,
  pixels: readonly (readonly number[])[] = COLORS,
  grey = false,
) {
  const data = Uint8Array.from(pixels.flat());
  (await colorsToSrgb(colors, grey))?.(data);
  return [...data];
}

/** By the formulas of CSS Color 4: light, a matrix to light of sRGB, its curve. */
function byFormula(
  light: (v: number) => number,
  matrix: readonly (readonly number[])[],
  pixels = COLORS,
): number[] {
  return pixels.flatMap((pixel) => {
    const lights = pixel.map((code) => light(code / 255));
    return matrix.map((row) => {
      const l = row.reduce((sum, weight, i) => sum + weight * lights[i], 0);
      const code = l <= 0.0031308 ? l * 12.92 : 1.055 * l ** (1 / 2.4) - 0.055;
      return Math.round(255 * Math.min(1, Math.max(0, code)));
    });
  });
}

const srgbLight = (v: number): number => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
const P3_TO_SRGB = [
  [1.2249401762805598, -0.22494017628055996, 0],
  [-0.042056954709688163, 1.0420569547096881, 0],
  [-0.019637554590334432, -0.078636045550631889, 1.0982736001409663],
];
const ADOBE_TO_SRGB = [
  [1.3983557439607783, -0.3983557439607783, 0],
  [0, 1, 0],
  [0, -0.0429289893291683, 1.042928989329168],
];

function assertClose(actual: readonly number[], expected: readonly number[], most = 1): void {
  assert.equal(actual.length, expected.length);
  const apart = Math.max(...actual.map((value, i) => Math.abs(value - expected[i])));
  assert.ok(apart <= most, `${apart} levels apart: ${actual} and ${expected}`);
}

describe('colors of a file become sRGB', () => {
  test('Display P3, as a profile and by code points', async () => {
    const expected = byFormula(srgbLight, P3_TO_SRGB);
    assertClose(await converted({ icc: DISPLAY_P3 }), expected);
    assertClose(await converted({ primaries: 12, transfer: 13 }), expected);
  });

  test('Adobe RGB', async () => {
    assertClose(
      await converted({ icc: ADOBE_RGB }),
      byFormula((v) => v ** 2.19921875, ADOBE_TO_SRGB),
    );
  });

  test('sRGB is recognized by what it does, and left alone', async () => {
    assert.equal(await colorsToSrgb({ icc: SRGB }, false), undefined);
    assert.equal(await colorsToSrgb({ primaries: 1, transfer: 13 }, false), undefined);
    const chromaticities = {
      white: [0.3127, 0.329],
      red: [0.64, 0.33],
      green: [0.3, 0.6],
      blue: [0.15, 0.06],
    } as const;
    assert.equal(await colorsToSrgb({ chromaticities, gamma: 0.45455 }, false), undefined);
  });

  test('a grey profile is for grey pictures only', async () => {
    const icc = iccProfile('GRAY', { kTRC: curv(256) });
    const grey = [0, 10, 128, 255].map((v) => [v, v, v]);
    const identity = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ];
    assertClose(
      await converted({ icc }, grey, true),
      byFormula((v) => v, identity, grey),
      0,
    );
    assert.equal(await colorsToSrgb({ icc }, false), undefined);
    assert.equal(await colorsToSrgb({ icc: DISPLAY_P3 }, true), undefined);
  });

  test('curves of every kind', async () => {
    const of = async (curve: Uint8Array) =>
      (await converted({ icc: iccProfile('GRAY', { kTRC: curve }) }, [[64, 64, 64]], true))[0];
    const code = (light: number) => byFormula(() => light, [[1, 0, 0]], [[0, 0, 0]])[0];
    const v = 64 / 255;
    assert.equal(await of(para(0, 1.8)), code(v ** 1.8));
    assert.equal(await of(para(1, 2, 0.9, 0.1)), code((0.9 * v + 0.1) ** 2));
    assert.equal(await of(para(2, 2, 0.9, 0.05, 0.1)), code((0.9 * v + 0.05) ** 2 + 0.1));
    assert.equal(await of(para(3, 2, 1, 0, 0.5, 0.5)), code(0.5 * v));
    assert.equal(await of(para(4, 2, 1, 0, 0.5, 0.1, 0.2, 0.05)), code(v ** 2 + 0.2));
    assert.equal(await of(curv()), code(v));
    assert.equal(await of(curv(512)), code(v ** 2));
    assert.equal(await of(curv(0, 32768, 65535)), code(v));
  });

  test('damaged profiles change nothing, wherever they end', async () => {
    for (let length = 0; length < DISPLAY_P3.length; length += 7) {
      const icc = DISPLAY_P3.subarray(0, length);
      assert.deepEqual(await converted({ icc }), COLORS.flat());
    }
    const nonsense = iccProfile('RGB ', { rXYZ: SRGB_CURVE, gXYZ: SRGB_CURVE, bXYZ: SRGB_CURVE });
    assert.equal(await colorsToSrgb({ icc: nonsense }, false), undefined);
  });
});

describe('where files keep their profile', () => {
  const raw = (width: number, color: readonly number[]) =>
    Buffer.from([0, ...Array(width).fill(color).flat()]);
  const first = (image: Awaited<ReturnType<typeof decodeImage>>) => [
    ...resize(image, image.width, image.height, 'bilinear').data.subarray(0, 3),
  ];
  const expected = byFormula(srgbLight, P3_TO_SRGB, [[200, 100, 50]]);

  test('PNG', async () => {
    const iccp = pngChunk('iCCP', Buffer.concat([Buffer.from('P3\0\0'), deflateSync(DISPLAY_P3)]));
    const file = png(4, 1, 2, 8, raw(4, [200, 100, 50]), { chunks: [iccp] });
    assertClose(first(await decodeImage(file)), expected);
    const cicp = pngChunk('cICP', Buffer.from([12, 13, 0, 1]));
    const srgb = pngChunk('sRGB', Buffer.from([0]));
    assertClose(
      first(await decodeImage(png(4, 1, 2, 8, raw(4, [200, 100, 50]), { chunks: [srgb, cicp] }))),
      expected,
    );
    const linear = pngChunk('gAMA', Buffer.from([0, 1, 0x86, 0xa0]));
    const grey = png(1, 1, 0, 8, Buffer.from([0, 55]), { chunks: [linear] });
    assert.deepEqual(first(await decodeImage(grey)), [128, 128, 128]);
    const both = png(1, 1, 0, 8, Buffer.from([0, 55]), { chunks: [linear, srgb] });
    assert.deepEqual(first(await decodeImage(both)), [55, 55, 55]);
  });

  test('JPEG, in pieces in any order', async () => {
    const jpeg = gradientJpeg(16, 16);
    const piece = (number: number, part: Uint8Array) => {
      const body = Buffer.concat([Buffer.from('ICC_PROFILE\0'), Buffer.from([number, 2]), part]);
      return Buffer.concat([Buffer.from([0xff, 0xe2, 0, body.length + 2]), body]);
    };
    const [one, two] = [piece(1, DISPLAY_P3.subarray(0, 200)), piece(2, DISPLAY_P3.subarray(200))];
    const plain = first(await decodeImage(jpeg));
    const whole = Buffer.concat([jpeg.subarray(0, 2), two, one, jpeg.subarray(2)]);
    assertClose(first(await decodeImage(whole)), byFormula(srgbLight, P3_TO_SRGB, [plain]));
    const half = Buffer.concat([jpeg.subarray(0, 2), two, jpeg.subarray(2)]);
    assert.deepEqual(first(await decodeImage(half)), plain);
  });

  test('a picture turned upright keeps its colors', async () => {
    const exif = pngChunk('eXIf', Buffer.from('4d4d002a00000008000101120003000000010006000000000000', 'hex'));
    const cicp = pngChunk('cICP', Buffer.from([12, 13, 0, 1]));
    const image = await decodeImage(png(4, 1, 2, 8, raw(4, [200, 100, 50]), { chunks: [exif, cicp] }));
    assert.deepEqual([image.width, image.height], [1, 4]);
    assertClose(first(image), expected);
  });

  test('TIFF', async () => {
    const tags = { 256: 1, 257: 1, 258: [8, 8, 8], 259: 1, 262: 2, 277: 3 };
    const data = Buffer.concat([Buffer.from([200, 100, 50, 0]), DISPLAY_P3]);
    const file = Buffer.from(tiff({ ...tags, 34675: 12, 279: 3 }, data));
    // The tag of the profile is of bytes, as many as it has.
    const directory = file.readUInt32LE(4);
    for (let i = 0; i < file.readUInt16LE(directory); i++) {
      const at = directory + 2 + 12 * i;
      if (file.readUInt16LE(at) !== 34675) continue;
      file.writeUInt16LE(7, at + 2);
      file.writeUInt32LE(DISPLAY_P3.length, at + 4);
    }
    assertClose(first(await decodeImage(file)), expected);
  });
});
