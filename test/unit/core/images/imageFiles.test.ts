import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isImageFile } from '../../../../src/core/images/imageFiles.ts';

test('folders are searched by extension, whatever its case', () => {
  const yes = [
    'a.jpg',
    'a.JPEG',
    'b/c.png',
    'x.y.webp',
    'a.tif',
    'a.TIFF',
    'a.bmp',
    'a.gif',
    'a.ppm',
    'a.pgm',
    'a.pbm',
    'photo.heic',
    'a.AVIF',
    'a.jxl',
    'a.jp2',
    'a.j2k',
  ];
  const no = ['jpg', 'a.jpg.txt', 'a.onnx', '.jpg', '._photo.jpg', 'folder/._photo.jpg', 'a.svg', ''];
  assert.deepEqual(yes.filter(isImageFile), yes);
  assert.deepEqual(no.filter(isImageFile), []);
});
