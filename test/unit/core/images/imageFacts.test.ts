import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lookOf, packedLook, unpackedLook } from '../../../../src/core/images/imageFacts.ts';
import type { RgbImage } from '../../../../src/core/images/preprocessing.ts';

function picture(width: number, height: number, grey: (x: number, y: number) => number): RgbImage {
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++)
    data.fill(grey(i % width, Math.floor(i / width)), 3 * i, 3 * i + 3);
  return { width, height, data };
}

describe('The look of a picture', () => {
  test('one color has none, whatever the size', () => {
    for (const size of [1, 2, 3, 32, 224]) {
      assert.deepEqual(lookOf(picture(size, size, () => 200)), { spread: 0, detail: 0 });
    }
  });

  test('two halves are spread and have little detail, stripes have much', () => {
    assert.deepEqual(lookOf(picture(224, 224, (_, y) => (y < 112 ? 100 : 140))), { spread: 20, detail: 0 });
    const stripes = lookOf(picture(224, 224, (x) => (x % 2 === 0 ? 100 : 140)));
    assert.equal(stripes.detail, 40);
  });

  test('is kept in 16 bits as it is', () => {
    for (const look of [
      { spread: 0, detail: 0 },
      { spread: 63.75, detail: 63.75 },
      { spread: 12.25, detail: 0.5 },
      lookOf(picture(50, 50, (x, y) => ((x * y) % 2) * 255)),
    ]) {
      assert.deepEqual(unpackedLook(packedLook(look)), look);
    }
  });
});
