import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identifyImage } from '../../../../src/engine/images/imageType.ts';
import { pillowFiles } from './pillowFiles.ts';

test('the type is told by the first bytes', () => {
  const typeOf = (extension: string): string =>
    ({ jpg: 'jpeg', tif: 'tiff', ppm: 'pnm', pgm: 'pnm', pbm: 'pnm' })[extension] ?? extension;
  for (const { name, bytes } of pillowFiles) {
    assert.equal(identifyImage(bytes), typeOf(name.slice(name.lastIndexOf('.') + 1)), name);
  }
});

test('other bytes are no image', () => {
  for (const text of ['', 'P', 'P7 1', 'Pope', 'RIFF1234WAVE', '%PDF-1.7', 'BPM', 'GIF90a']) {
    assert.equal(identifyImage(Buffer.from(text)), undefined, text);
  }
});
