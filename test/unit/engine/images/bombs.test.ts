import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { decode as decodeInJs } from 'jpeg-js';
import { opaqueRgb } from '../../../../src/core/images/rgbImage.ts';
import { decodeImage } from '../../../../src/engine/images/decodeImage.ts';
import { processorClock } from '../../processorClock.ts';
import { bmpHeader, gradientJpeg, png, pngChunk, tiff } from './imageFiles.ts';
import { pillowFiles, tiffFiles } from './pillowFiles.ts';

/** What the codec said that it takes, beside the file; -1 when the file was refused before. */
async function admitted(file: Uint8Array): Promise<{ bytes: number; problem?: string }> {
  let bytes = -1;
  const outcome = decodeImage(file, {
    admit: async (_, needed) => {
      bytes = needed;
    },
  });
  return outcome.then(
    () => ({ bytes }),
    (error: Error) => ({ bytes, problem: error.message }),
  );
}

function pillow(name: string): Buffer {
  return Buffer.from(pillowFiles.find((file) => file.name === name)!.bytes);
}

/** A segment of a JPEG: its marker, its length and its content. */
const segment = (marker: number, ...content: number[]): Buffer =>
  Buffer.from([0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 255, ...content]);

const frame = (width: number, height: number, components = 1, precision = 8): number[] => [
  precision,
  height >> 8,
  height & 255,
  width >> 8,
  width & 255,
  components,
  ...Array.from({ length: components }, (_, i) => [i + 1, 0x11, 0]).flat(),
];

/** A progressive grey JPEG whose scans after the first say that all blocks are empty. */
function scanJpeg(width: number, height: number, scans: number): Uint8Array {
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  const oneCode = [1, ...new Array(15).fill(0)];
  const bits = (count: number) => Buffer.alloc(Math.ceil(count / 8) + 1);
  const scan = Buffer.concat([segment(0xda, 1, 1, 0, 1, 63, 0), bits(Math.ceil(blocks / 16384) * 15)]);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xdb, 0, ...new Array(64).fill(1)),
    segment(0xc2, ...frame(width, height)),
    segment(0xc4, 0x00, ...oneCode, 0),
    segment(0xc4, 0x10, ...oneCode, 0xe0),
    segment(0xda, 1, 1, 0, 0, 0, 0),
    bits(blocks),
    ...new Array(scans - 1).fill(scan),
    Buffer.from([0xff, 0xd9]),
  ]);
}

const u24 = (value: number): number[] => [value & 255, (value >> 8) & 255, value >> 16];

function riff(name: string, ...content: Uint8Array[]): Buffer {
  const data = Buffer.concat(content);
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length & 1)]);
}

const webp = (...chunks: Uint8Array[]): Buffer => riff('RIFF', Buffer.from('WEBP'), ...chunks);

/** The header of a lossless picture, which is all that tells its size. */
const vp8l = (width: number, height: number): Buffer => {
  const bits = Buffer.alloc(4);
  bits.writeUInt32LE(((width - 1) | ((height - 1) << 14)) >>> 0);
  return riff('VP8L', Buffer.from([0x2f]), bits, Buffer.from([0x88, 0x88, 0x08]));
};

const vp8x = (width: number, height: number, flags = 0): Buffer =>
  riff('VP8X', Buffer.from([flags, 0, 0, 0, ...u24(width - 1), ...u24(height - 1)]));

const animationFrame = (width: number, height: number, picture: Uint8Array, left = 0, top = 0): Buffer =>
  riff(
    'ANMF',
    Buffer.from([...u24(left / 2), ...u24(top / 2), ...u24(width - 1), ...u24(height - 1), 0, 0, 0, 0]),
    picture,
  );

const ANIMATED = 0x02;
const damaged = 'The image data is damaged.';

describe('A file that would become more than it says is refused before anything is decoded', () => {
  const jpeg = Buffer.from(gradientJpeg(16, 16));
  const frameAt = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
  const scanAt = jpeg.indexOf(Buffer.from([0xff, 0xda]));
  const second = segment(0xc0, ...frame(65000, 1500, 3));
  const canvas = png(1, 1, 2, 8, Buffer.alloc(4));
  const rgb = { 256: 4, 257: 4, 258: [8, 8, 8], 259: 8, 262: 2, 277: 3 };
  const packed = deflateSync(Buffer.alloc(1000));
  const bigTiff = Buffer.alloc(24);
  bigTiff.set([0x49, 0x49, 43, 0, 8, 0, 0, 0, 16]);
  bigTiff.writeUInt32LE(0x7fffffff, 16);

  /** The JPEG with other bytes in its frame header. */
  const header = (at: number, ...bytes: number[]) => changed(jpeg, frameAt + at, ...bytes);
  const twice = Buffer.concat([jpeg.subarray(0, frameAt), second, jpeg.subarray(frameAt)]);
  const between = Buffer.concat([jpeg.subarray(0, -2), second, jpeg.subarray(scanAt)]);
  const pngHeader = pngChunk('IHDR', Buffer.from([0, 0, 255, 255, 0, 0, 255, 255, 8, 2, 0, 0, 0]));
  const pngTwice = Buffer.concat([canvas.subarray(0, 33), pngHeader, canvas.subarray(33)]);
  const tooLarge = /^The image is too large/;
  const frameLarger = 'The first frame of the animation is larger than its canvas.';
  const animated = (edge: number, ...frame: Parameters<typeof animationFrame>) =>
    webp(vp8x(edge, edge, ANIMATED), animationFrame(...frame));

  const cases: readonly (readonly [string, Uint8Array, string | RegExp])[] = [
    ['a JPEG with a second frame header', twice, damaged],
    ['a JPEG with a frame header between its scans', between, damaged],
    ['a JPEG of 65535 x 65535', header(5, 255, 255, 255, 255), tooLarge],
    [
      'a JPEG of thousands of scans',
      scanJpeg(9000, 9000, 2000),
      /^A JPEG image with 2,000 scans takes too long/,
    ],
    ['a JPEG without a height', header(5, 0, 0), /^JPEG images that state their height after/],
    ['a JPEG of 12 bits', header(4, 12), /^JPEG images with 12 bits per channel/],
    ['a JPEG of two channels', header(9, 2), /^JPEG images with 2 channels/],
    ['a JPEG with a sampling factor of 15', header(11, 0xff), damaged],
    ['an arithmetic-coded JPEG', header(1, 0xc9), /"arithmetic-coded" are not supported/],
    ['a lossless JPEG', header(1, 0xc3), /"lossless" are not supported/],
    ['a PNG with a second header', pngTwice, damaged],
    ['a PNG of 2^31 x 2^31', changed(Buffer.from(canvas), 16, 0x7f, 255, 255, 255, 0x7f), tooLarge],
    [
      'an animated WebP whose frame is larger than its canvas',
      animated(1, 16383, 6000, vp8l(16383, 6000)),
      frameLarger,
    ],
    [
      'an animated WebP whose frame begins outside its canvas',
      animated(10, 4, 4, vp8l(4, 4), 8, 0),
      frameLarger,
    ],
    [
      'an animated WebP whose coded picture is larger than its frame',
      animated(1, 1, 1, vp8l(16383, 6000)),
      damaged,
    ],
    ['a WebP whose coded picture is larger than its canvas', webp(vp8x(1, 1), vp8l(16383, 6000)), damaged],
    ['a WebP whose canvas is larger than its picture', webp(vp8x(9000, 9000), vp8l(1, 1)), damaged],
    ['a WebP with a second canvas', webp(vp8x(9000, 9000), vp8x(1, 1), vp8l(1, 1)), damaged],
    ['a WebP of 16384 x 16384', webp(vp8l(16384, 16384)), tooLarge],
    ['a GIF whose frame is larger than its canvas', gifOf(65535, 65535), /^The image is too large: 65535 x/],
    ['a BMP of height -2^31', bmpHeader(1, -(2 ** 31), 24, 0), tooLarge],
    ['a run-length coded BMP of 65535 x 65535', bmpHeader(65535, 65535, 8, 1), tooLarge],
    [
      'a TIFF whose tiles are larger than the picture',
      tiff({ ...rgb, 322: 30_000, 323: 30_000 }, packed, 324),
      'The image has 4 x 4 pixels, but its tiles have 30000 x 30000.',
    ],
    ['a TIFF of 2^32 pixels', tiff({ ...rgb, 256: 65536, 257: 65536, 278: 1 }, packed), tooLarge],
    ['a TIFF of 200 samples', tiff({ ...rgb, 277: 200, 278: 4 }, packed), damaged],
    [
      'a TIFF that says it has millions of strips',
      lyingCount(tiff({ ...rgb, 278: 4 }, packed)),
      /incomplete/,
    ],
    ['a BigTIFF with two billion entries', bigTiff, damaged],
    ['a grey map with endless digits', Buffer.from(`P5 ${'9'.repeat(100_000)} 1 255\n`), tooLarge],
    ['a grey map of 10^12 grey levels', Buffer.from('P5 1 1 1000000000000\n0'), damaged],
  ];
  for (const [what, file, problem] of cases) {
    test(what, async () => {
      const clock = processorClock();
      await assert.rejects(decodeImage(file), { reason: 'unreadable-image', message: problem });
      assert.equal((await admitted(file)).bytes, -1, 'nothing was let in');
      assert.ok(clock() < 1000, 'takes long');
    });
  }

  test('a GIF whose small frame leaves its canvas is still read', async () => {
    assert.equal((await decodeImage(gifOf(2, 1))).width, 1);
  });
});

describe('What a picture takes is told before it is decoded', () => {
  test('a tile of many deep samples counts', async () => {
    const file = tiff(
      { 256: 64, 257: 64, 258: new Array(64).fill(32), 259: 32773, 262: 2, 277: 64, 322: 2048, 323: 2048 },
      Uint8Array.of(128),
      324,
    );
    const { bytes, problem } = await admitted(file);
    assert.ok(bytes > 2048 * 2048 * 64 * 4, `${bytes}`);
    assert.equal(problem, 'The file is incomplete.');
  });

  test('a progressive picture takes more than a baseline one, and a turned one more than an upright one', async () => {
    const baseline = await admitted(gradientJpeg(64, 64));
    const progressive = changed(Buffer.from(gradientJpeg(64, 64)), 0);
    progressive[progressive.indexOf(Buffer.from([0xff, 0xc0])) + 1] = 0xc2;
    assert.ok((await admitted(progressive)).bytes > baseline.bytes);
  });

  for (const { name, bytes, width, height } of [...pillowFiles, ...tiffFiles]) {
    test(`of ${name}`, async () => {
      const { bytes: needed } = await admitted(bytes);
      assert.ok(needed >= 3 * width * height, `${needed}`);
      assert.ok(needed < 60 * (width + 32) * (height + 32) + 4 * bytes.length + 100_000, `${needed}`);
    });
  }
});

test('a PNG in millions of parts is read without an object for each of them', async () => {
  const whole = png(4, 4, 2, 8, Buffer.alloc(13 * 4, 0));
  const data = Buffer.from(whole.subarray(8 + 25 + 8, whole.length - 12 - 4));
  const header = whole.subarray(0, 33);
  const parts = [...data].map((byte) => pngChunk('IDAT', Uint8Array.of(byte)));
  const empty = Buffer.alloc(12 * 200_000);
  for (let at = 4; at < empty.length; at += 12) empty.write('IDAT', at, 'latin1');
  const end = pngChunk('IEND', new Uint8Array(0));
  const file = Buffer.concat([header, empty, ...parts, empty, end]);
  const before = process.memoryUsage().heapUsed;
  assert.deepEqual((await decodeImage(file)).data, new Uint8Array(48));
  assert.ok(process.memoryUsage().heapUsed - before < 30e6);
});

test('a PNG with thousands of profiles that inflate without end has its header read at once', async () => {
  const bomb = pngChunk('iCCP', Buffer.concat([Buffer.from('x\0\0'), deflateSync(Buffer.alloc(8 << 20))]));
  const file = png(4, 4, 2, 8, Buffer.alloc(13 * 4, 0), { chunks: Array(2000).fill(bomb) });
  const clock = processorClock();
  assert.deepEqual((await decodeImage(file)).data, new Uint8Array(48));
  assert.ok(clock() < 2000, `${clock()} ms`);
});

describe('CMYK', () => {
  test('a JPEG without the marker of Adobe is read as one that has it', async () => {
    const marked = pillow('CMYK.jpg');
    const at = marked.indexOf(Buffer.from([0xff, 0xee]));
    const bare = Buffer.concat([
      marked.subarray(0, at),
      marked.subarray(at + 2 + marked.readUInt16BE(at + 2)),
    ]);
    assert.deepEqual((await decodeImage(bare)).data, (await decodeImage(marked)).data);
  });
});

describe('YCCK', () => {
  test('is told from CMYK by the marker of Adobe', async () => {
    const file = Buffer.from(pillow('CMYK.jpg'));
    file[file.indexOf(Buffer.from([0xff, 0xee])) + 15] = 2;
    const { data } = await decodeImage(file);
    // A decoder that shares nothing with ours.
    const other = opaqueRgb(21, 17, decodeInJs(file, { useTArray: true }).data).data;
    const apart = Math.max(...Array.from(data, (value, i) => Math.abs(value - other[i])));
    assert.ok(apart <= 3, `${apart} levels apart`);
    assert.notDeepEqual(data, (await decodeImage(pillow('CMYK.jpg'))).data);
  });
});

describe('BigTIFF', () => {
  test('is read like TIFF', async () => {
    const pixels = Uint8Array.from({ length: 12 }, (_, i) => i * 20);
    const entries = { 256: 2, 257: 2, 258: 8, 259: 1, 262: 2, 273: 16, 277: 3, 278: 2, 279: 12 };
    const directory = Buffer.alloc(8 + Object.keys(entries).length * 20 + 8);
    directory.writeUInt32LE(Object.keys(entries).length, 0);
    for (const [i, [tag, value]] of Object.entries(entries).entries()) {
      const at = 8 + i * 20;
      directory.writeUInt16LE(Number(tag), at);
      directory.writeUInt16LE(tag === '273' ? 16 : 4, at + 2);
      directory.writeUInt32LE(1, at + 4);
      directory.writeUInt32LE(value, at + 12);
    }
    const header = Buffer.alloc(16);
    header.set([0x49, 0x49, 43, 0, 8, 0, 0, 0]);
    header.writeUInt32LE(28, 8);
    const image = await decodeImage(Buffer.concat([header, pixels, directory]));
    assert.deepEqual([image.width, image.height, image.data], [2, 2, pixels]);
  });
});

describe('What is not supported is named', () => {
  const grey = { 256: 4, 257: 4, 258: 8, 259: 1, 262: 1, 277: 1, 278: 4 };
  for (const [tags, named] of [
    [{ 259: 34712 }, 'JPEG 2000 compression'],
    [{ 259: 50000 }, 'Zstandard compression'],
    [{ 259: 6 }, 'old-style JPEG compression'],
    [{ 259: 12345 }, 'compression 12345'],
    [{ 262: 32803 }, 'the sensor data of a raw photo'],
    [{ 262: 8 }, 'CIELab colors'],
    [{ 258: 24 }, '24 bits per sample'],
    [{ 339: 3, 258: 8 }, '8 bits per sample'],
    [{ 317: 3 }, 'predictor 3'],
  ] as const) {
    test(`a TIFF with ${named}`, async () => {
      await assert.rejects(decodeImage(tiff({ ...grey, ...tags }, new Uint8Array(16))), {
        message: `TIFF images with ${named} are not supported.`,
      });
    });
  }
});

function changed(file: Buffer, at: number, ...bytes: number[]): Buffer {
  const copy = Buffer.from(file);
  copy.set(bytes, at);
  return copy;
}

/** A GIF of a 1 x 1 canvas with a frame of another size. */
function gifOf(width: number, height: number): Buffer {
  const head = Buffer.from('GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff\x2c\0\0\0\0', 'latin1');
  const size = Buffer.alloc(4);
  size.writeUInt16LE(width, 0);
  size.writeUInt16LE(height, 2);
  // Codes of 3 bits: clear, two pixels, end.
  return Buffer.concat([head, size, Buffer.from([0, 2, 2, 0b01_000_100, 0b0_101_0, 0, 0x3b])]);
}

/** As if the offsets of a TIFF's strips were many more than the file has bytes. */
function lyingCount(file: Uint8Array): Buffer {
  const lying = Buffer.from(file);
  const directory = lying.readUInt32LE(4);
  for (let i = 0; i < lying.readUInt16LE(directory); i++) {
    const at = directory + 2 + i * 12;
    if (lying.readUInt16LE(at) === 273) lying.writeUInt32LE(0x3fffffff, at + 4);
  }
  return lying;
}
