import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeImage } from '../../../../src/engine/images/decodeImage.ts';
import { OrientationNotes } from '../../../../src/engine/images/exif.ts';
import { gradientJpeg, png, pngChunk, tiff } from './imageFiles.ts';
import { pillowFiles } from './pillowFiles.ts';

const exif = (value: number): Buffer =>
  Buffer.from([
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
    value,
    0,
    0,
    0,
    0,
    0,
    0,
  ]);
const xmp = (value: string): Buffer =>
  Buffer.from(
    `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description tiff:Orientation="${value}"/></rdf:RDF></x:xmpmeta>`,
  );

function orientationOf(...blocks: readonly (readonly ['exif' | 'xmp', Uint8Array])[]): number {
  const notes = new OrientationNotes();
  for (const [kind, block] of blocks) kind === 'exif' ? notes.addExif(block) : notes.addXmp(block);
  return notes.orientation;
}

test('EXIF says how a picture stands, and XMP where EXIF says nothing', () => {
  assert.equal(orientationOf(), 1);
  assert.equal(orientationOf(['xmp', xmp('6')]), 6);
  assert.equal(orientationOf(['xmp', xmp('6')], ['exif', exif(3)]), 3);
  assert.equal(orientationOf(['exif', exif(1)], ['xmp', xmp('6')]), 1);
  assert.equal(orientationOf(['exif', exif(0)], ['xmp', xmp('8')]), 8);
  assert.equal(orientationOf(['exif', exif(9)]), 1);
  assert.equal(orientationOf(['exif', exif(0)], ['exif', exif(5)]), 5);
});

test('XMP may be an element, and numbers that are no orientation are ignored', () => {
  assert.equal(orientationOf(['xmp', Buffer.from('<tiff:Orientation>\n 8 </tiff:Orientation>')]), 8);
  assert.equal(orientationOf(['xmp', Buffer.from("<a tiff:Orientation = '3'>")]), 3);
  for (const value of ['0', '9', '66', '', 'x']) assert.equal(orientationOf(['xmp', xmp(value)]), 1, value);
  assert.equal(orientationOf(['xmp', Buffer.alloc(1 << 20, 'tiff:Orientation ')]), 1);
});

test('every format that may carry XMP is turned by it', async () => {
  const packet = xmp('6');
  const jpeg = Buffer.from(gradientJpeg(40, 24));
  const segment = Buffer.concat([Buffer.from('http://ns.adobe.com/xap/1.0/\0'), packet]);
  const head = Buffer.from([0xff, 0xe1, (segment.length + 2) >> 8, (segment.length + 2) & 255]);
  const text = pngChunk('iTXt', Buffer.concat([Buffer.from('XML:com.adobe.xmp\0\0\0\0\0'), packet]));
  const pixels = new Uint8Array(40 * 24);
  const grey = { 256: 40, 257: 24, 258: 8, 259: 1, 262: 1, 277: 1, 278: 24 };
  const webp = Buffer.from(pillowFiles.find(({ name }) => name.endsWith('.webp'))!.bytes);
  const { width, height } = await decodeImage(webp);
  const files: readonly (readonly [string, Uint8Array, readonly number[]])[] = [
    ['jpeg', Buffer.concat([jpeg.subarray(0, 2), head, segment, jpeg.subarray(2)]), [24, 40]],
    ['png', png(40, 24, 0, 8, Buffer.alloc(41 * 24), { chunks: [text] }), [24, 40]],
    [
      'tiff',
      withXmpTag(Buffer.from(tiff({ ...grey, 700: 0 }, Buffer.concat([pixels, packet]))), packet),
      [24, 40],
    ],
    ['webp', withChunk(webp, 'XMP ', packet), [height, width]],
  ];
  for (const [name, file, size] of files) {
    const image = await decodeImage(file);
    assert.deepEqual([image.width, image.height], size, name);
  }
});

/** The TIFF whose pixels are followed by the packet, its tag 700 made to say so. */
function withXmpTag(file: Buffer, packet: Uint8Array): Buffer {
  const directory = file.readUInt32LE(4);
  for (let i = 0; i < file.readUInt16LE(directory); i++) {
    const at = directory + 2 + i * 12;
    if (file.readUInt16LE(at) !== 700) continue;
    file.writeUInt16LE(1, at + 2);
    file.writeUInt32LE(packet.length, at + 4);
    file.writeUInt32LE(file.indexOf(packet), at + 8);
  }
  return file;
}

function withChunk(file: Buffer, name: string, data: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32LE(data.length, 4);
  const whole = Buffer.concat([file, head, data, Buffer.alloc(data.length & 1)]);
  whole.writeUInt32LE(whole.length - 8, 4);
  return whole;
}
