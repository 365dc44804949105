import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import { SemapError } from '../../../src/core/errors.ts';
import { phrase } from '../../../src/core/text/text.ts';
import { type DecodeLimits, decodeImage } from '../../../src/engine/images/decodeImage.ts';
import { formatFiles } from '../../unit/engine/images/formatFiles.ts';
import { DISPLAY_P3 } from '../../unit/engine/images/iccProfiles.ts';
import { bmpHeader, gradientJpeg, png, pngChunk, tiff } from '../../unit/engine/images/imageFiles.ts';
import { jpegFile } from '../../unit/engine/images/jpegFiles.ts';
import { pillowFiles, tiffFiles } from '../../unit/engine/images/pillowFiles.ts';
import { damageBytes } from '../damage/bytes.ts';
import { damagePieces, piecesOfPicture } from '../damage/pieces.ts';
import { damageSizes } from '../damage/sizes.ts';
import { type FuzzTarget, orRefusal } from '../target.ts';

const MOST_PIXELS = 4_000_000;
/** A picture that says that it takes more is let go; one that takes more than it says shows in the process. */
const MOST_BYTES = 96 << 20;

const limits: DecodeLimits = {
  maxPixels: MOST_PIXELS,
  admit: async (_, bytes) => {
    if (bytes > MOST_BYTES)
      throw new SemapError('out-of-memory', phrase('There is no room for the picture.'));
  },
};

const TILED = { 256: 20, 257: 20, 258: [8, 8, 8], 259: 1, 262: 2, 277: 3, 322: 32, 323: 32 };

const riff = (name: string, ...content: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(content);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([Buffer.from(name, 'latin1'), length, body, Buffer.alloc(body.length & 1)]);
};
const webp = (...chunks: readonly Uint8Array[]) => riff('RIFF', Buffer.from('WEBP', 'latin1'), ...chunks);
const corner = Buffer.alloc(6);

/** One pixel of one colour, every symbol of which takes no bit: its data is enough for any size. */
const solid = riff('VP8L', Buffer.from([0x2f, 0, 0, 0, 0, 0x88, 0x88, 0x08]));
const solidFrame = riff('ANMF', corner, corner, Buffer.from([10, 0, 0, 0]), solid);
const animated = [riff('VP8X', Buffer.from([2, 0, 0, 0]), corner), riff('ANIM', corner)];

const p3 = pngChunk('iCCP', Buffer.concat([Buffer.from('P3\0\0'), deflateSync(DISPLAY_P3)]));

/** Whole pictures of every kind. */
const seeds: readonly Uint8Array[] = [
  ...[...pillowFiles, ...tiffFiles].map(({ bytes }) => bytes),
  gradientJpeg(48, 40),
  png(9, 7, 2, 8, Buffer.alloc(300), { interlaced: true }),
  png(9, 7, 2, 16, Buffer.alloc(500, 7), { chunks: [p3, pngChunk('sBIT', Buffer.from([12, 12, 12]))] }),
  tiff(TILED, new Uint8Array(32 * 32 * 3), 324),
  webp(solid),
  webp(...animated, solidFrame, solidFrame),
  Buffer.concat([bmpHeader(4, 2, 8, 1), Buffer.alloc(1024), Buffer.from([4, 1, 0, 0, 4, 2, 0, 0, 0, 1])]),
];

/** Whatever its bytes, an image file gives a whole picture, the same one each time, or a refusal. */
const pictures = (name: string, seeds: readonly Uint8Array[]): FuzzTarget => ({
  name,
  // The decoders themselves, and garbage, beside the picture.
  megabytes: (MOST_BYTES >> 20) + 64,
  make(random) {
    const bytes = random.pick(seeds);
    const other = random.pick(seeds);
    if (random.chance(0.2)) return damageSizes(bytes, random);
    return random.chance(0.6)
      ? damagePieces(piecesOfPicture(bytes), random, piecesOfPicture(other))
      : damageBytes(bytes, random, other);
  },
  async check(input) {
    const picture = await orRefusal(() => decodeImage(input, limits));
    if (!picture) return;
    const { width, height, data } = picture;
    assert.ok(width >= 1 && height >= 1 && Number.isInteger(width * height), `${width} x ${height} pixels`);
    assert.ok(width * height <= MOST_PIXELS, `${width} x ${height} pixels`);
    assert.equal(data.length, width * height * 3);
    const first = Buffer.from(data);
    const again = await decodeImage(input, limits);
    assert.ok(first.equals(Buffer.from(again.data)), 'the same file gives another picture the second time');
    const small = await decodeImage(input, { ...limits, least: () => 0.25 });
    const full = small.reduced ?? small;
    assert.deepEqual([full.width, full.height], [width, height], 'a smaller picture of another size');
    assert.equal(small.data.length, small.width * small.height * 3);
  },
});

export const images = pictures('images', seeds);

export const jpeg = pictures('jpeg', [
  ...pillowFiles.flatMap(({ name, bytes }) => (name.endsWith('.jpg') ? [bytes] : [])),
  ...(['progressive', 'progressive grey', 'baseline'] as const).map(jpegFile),
]);

const seedsOf = (ending: RegExp): readonly Uint8Array[] =>
  Object.entries(formatFiles).flatMap(([name, { bytes }]) => (ending.test(name) ? [bytes] : []));

export const avif = pictures('avif', seedsOf(/\.avif$/));
export const heic = pictures('heic', seedsOf(/\.heic$/));
export const jxl = pictures('jxl', seedsOf(/\.jxl$/));
export const jpeg2000 = pictures('jpeg2000', seedsOf(/\.j(?:p2|2k)$/));
