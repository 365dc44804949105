import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { resize } from '../../../../src/core/images/resample.ts';
import { fillInput, inputBytes, inputView } from '../../../../src/core/images/tensor.ts';
import type { StatedColors } from '../../../../src/engine/images/codec.ts';
import { gridReader } from '../../../../src/engine/images/colorGrid.ts';
import { cmykToRgb, colorsToSrgb } from '../../../../src/engine/images/colors.ts';
import { decodeImage } from '../../../../src/engine/images/decodeImage.ts';
import { encodeThumbnail } from '../../../../src/engine/images/thumbnail.ts';
import {
  ADOBE_RGB,
  curv,
  DISPLAY_P3,
  iccProfile,
  mft1,
  para,
  SRGB,
  SRGB_CURVE,
  withIcc,
} from './iccProfiles.ts';
import { gradientJpeg, png, pngChunk, smallInput, tiff } from './imageFiles.ts';
import { pillowFiles } from './pillowFiles.ts';

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

  test('code points of television count as sRGB, and of bright screens white is what is white on paper', async () => {
    for (const transfer of [1, 6, 13, 14, 15])
      assert.equal(await colorsToSrgb({ primaries: 1, transfer }, false), undefined);
    const levels = async (transfer: number, ...codes: readonly number[]) =>
      (
        await converted(
          { primaries: 9, transfer },
          codes.map((v) => [v, v, v]),
        )
      ).filter((_, i) => i % 3 === 0);
    // 203 candela are the codes .5807 of PQ and .75 of HLG (ITU-R BT.2408, table 1); 18% grey, 26 candela, .38 of both.
    assertClose(await levels(16, 0, 97, 148, 255), [0, 101, 254, 255], 4);
    assertClose(await levels(18, 0, 97, 191, 255), [0, 101, 254, 255], 4);
    assertClose(await levels(8, 0, 55, 255), [0, 128, 255]);
    // Pure green of BT.2020 lies far outside of sRGB.
    assertClose(await converted({ primaries: 9, transfer: 13 }, [[0, 255, 0]]), [0, 255, 0], 0);
    const [red, , blue] = await converted({ primaries: 9, transfer: 13 }, [[120, 160, 120]]);
    assert.ok(red < 100 && blue < 120);
    assert.equal(await colorsToSrgb({ primaries: 2, transfer: 2 }, false), undefined);
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

describe('profiles of tables', () => {
  const lightOf = (l: number) => (l > 8 ? ((l + 16) / 116) ** 3 : l / 903.3);
  /** sRGB of Lab (D50) without a and b, where `darkest` is what black ink on paper has: that becomes black. */
  const grey = (l: number, darkest = 0) => {
    const light = (lightOf(l) - lightOf(darkest)) / (1 - lightOf(darkest));
    return byFormula(() => light, [[1, 0, 0]], [[0, 0, 0]])[0];
  };

  test('CMYK: paper is white, full black is black, and ink is what the profile says', async () => {
    // Printed black is dark grey; every other ink takes ten of the light.
    const table = mft1(4, ([c, m, y, k]) => [k ? 20 : 100 - 10 * (c + m + y), 0, 0]);
    const icc = iccProfile('CMYK', { A2B0: table }, 'Lab ');
    const inverted = Uint8Array.from([255, 255, 255, 255, 255, 255, 255, 0, 0, 255, 255, 255, 0, 0, 0, 255]);
    const levels = [100, 20, 90, 70].flatMap((l) => Array(3).fill(grey(l, 20)));
    assertClose([...(await cmykToRgb(inverted, icc))], levels, 2);
    // By no profile, or one of other colors: as inks without color of their own mix.
    const plain = [255, 255, 255, 0, 0, 0, 0, 255, 255, 0, 0, 0];
    assert.deepEqual([...(await cmykToRgb(inverted, undefined))], plain);
    assert.deepEqual([...(await cmykToRgb(inverted, DISPLAY_P3))], plain);
  });

  test('RGB and grey', async () => {
    const rgb = iccProfile('RGB ', { A2B0: mft1(3, ([r, g, b]) => [(r + g + b) * 30 + 10, 0, 0]) }, 'Lab ');
    const corners = [0, 0, 0, 255, 0, 0, 255, 0, 255, 255, 255, 255];
    const levels = [10, 40, 70, 100].flatMap((l) => Array(3).fill(grey(l, 10)));
    assertClose(await converted({ icc: rgb }, [corners]), levels, 2);
    const dim = iccProfile('GRAY', { A2B0: mft1(1, ([k]) => [k * 50, 0, 0]) }, 'Lab ');
    assertClose(await converted({ icc: dim }, [[255, 255, 255]], true), Array(3).fill(grey(50)), 2);
  });

  test('between nodes it is linear in what the nodes are', async () => {
    const nodes = Float32Array.from([0, 0, 0, 0, 0, 100, 0, 200, 0, 0, 200, 100]);
    const convert = gridReader({ channels: 2, edge: 2, nodes });
    const out = new Uint8Array(3);
    convert(Uint8Array.from([51, 204]), 0, out, 0);
    assert.deepEqual([...out], [0, 40, 80]);
  });

  test('damaged tables change nothing', async () => {
    const icc = iccProfile('RGB ', { A2B0: mft1(3, ([r, g, b]) => [(r + g + b) * 30 + 10, 0, 0]) }, 'Lab ');
    for (const length of [140, 160, 400, icc.length - 300]) {
      assert.equal(await colorsToSrgb({ icc: icc.subarray(0, length) }, false), undefined);
    }
  });
});

describe('where files keep their profile', () => {
  const raw = (width: number, color: readonly number[]) =>
    Buffer.from([0, ...Array(width).fill(color).flat()]);
  const first = (image: Awaited<ReturnType<typeof decodeImage>>) => [
    ...resize(image, { width: image.width, height: image.height }, { filter: 'bilinear' }).data.subarray(
      0,
      3,
    ),
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

  test('CMYK in JPEG and TIFF', async () => {
    // Paper is white, whatever else is printed darkens it by the same.
    const icc = iccProfile(
      'CMYK',
      { A2B0: mft1(4, (inks) => [inks.some(Boolean) ? 40 : 100, 0, 0]) },
      'Lab ',
    );
    const isGrey = ({ data }: { data: ArrayLike<number> }) =>
      Array.from(data).every((v, i, all) => Math.abs(v - all[i - (i % 3)]) <= 1);
    const jpeg = Buffer.from(pillowFiles.find(({ name }) => name === 'CMYK.jpg')?.bytes ?? []);
    assert.ok(!isGrey(await decodeImage(jpeg)));
    assert.ok(isGrey(await decodeImage(withIcc(jpeg, icc))));
    const file = withProfile(
      { 256: 2, 257: 1, 258: [8, 8, 8, 8], 262: 5, 277: 4 },
      [0, 0, 0, 0, 255, 0, 0, 0],
      icc,
    );
    const [paper, , , ink] = (await decodeImage(file)).data;
    assert.equal(paper, 255);
    assert.ok(ink < 100);
  });

  test('what a backbone and a person see is sRGB', async () => {
    const plain = gradientJpeg(40, 40);
    const image = await decodeImage(plain);
    const data = Uint8Array.from(image.data);
    (await colorsToSrgb({ icc: DISPLAY_P3 }, false))?.(data);
    const view = () => inputView(smallInput, new ArrayBuffer(inputBytes(smallInput)));
    const [input, wanted, unconverted] = [view(), view(), view()];
    const inP3 = await decodeImage(withIcc(plain, DISPLAY_P3));
    fillInput(inP3, smallInput, input);
    fillInput({ ...image, data }, smallInput, wanted);
    fillInput(image, smallInput, unconverted);
    // On average, in levels of 255: colors outside of sRGB are cut off before or after they are mixed.
    const apart = (other: ArrayLike<number>) =>
      (127.5 * Array.from(input, (v, i) => Math.abs(v - other[i])).reduce((sum, v) => sum + v)) /
      input.length;
    assert.ok(apart(wanted) < 0.5, `${apart(wanted)}`);
    assert.ok(apart(unconverted) > 3, `${apart(unconverted)}`);
    const thumbnail = await decodeImage((await encodeThumbnail(inP3, 20)).bytes);
    const wantedThumbnail = await decodeImage((await encodeThumbnail({ ...image, data }, 20)).bytes);
    assertClose([...thumbnail.data], [...wantedThumbnail.data], 6);
  });

  test('a picture turned upright keeps its colors', async () => {
    const exif = pngChunk('eXIf', Buffer.from('4d4d002a00000008000101120003000000010006000000000000', 'hex'));
    const cicp = pngChunk('cICP', Buffer.from([12, 13, 0, 1]));
    const image = await decodeImage(png(4, 1, 2, 8, raw(4, [200, 100, 50]), { chunks: [exif, cicp] }));
    assert.deepEqual([image.width, image.height], [1, 4]);
    assertClose(first(image), expected);
  });

  test('TIFF', async () => {
    const file = withProfile({ 256: 1, 257: 1, 258: [8, 8, 8], 262: 2, 277: 3 }, [200, 100, 50], DISPLAY_P3);
    assertClose(first(await decodeImage(file)), expected);
  });
});

/** A TIFF whose strip is followed by a profile. */
function withProfile(
  tags: Parameters<typeof tiff>[0],
  samples: readonly number[],
  icc: Uint8Array,
): Uint8Array {
  const strip = Buffer.alloc(Math.ceil(samples.length / 4) * 4);
  strip.set(samples);
  const file = Buffer.from(tiff({ ...tags, 259: 1, 34675: 8 + strip.length }, Buffer.concat([strip, icc])));
  // The tag of the profile is of bytes, as many as it has.
  const directory = file.readUInt32LE(4);
  for (let i = 0; i < file.readUInt16LE(directory); i++) {
    const at = directory + 2 + 12 * i;
    if (file.readUInt16LE(at) !== 34675) continue;
    file.writeUInt16LE(7, at + 2);
    file.writeUInt32LE(icc.length, at + 4);
  }
  return file;
}
