import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RgbImage } from '../../../../src/core/images/preprocessing.ts';
import { sharpen } from '../../../../src/core/images/sharpen.ts';

const grey = (width: number, height: number, value: (x: number, y: number) => number): RgbImage => ({
  width,
  height,
  data: Uint8Array.from({ length: 3 * width * height }, (_, i) =>
    value(Math.floor(i / 3) % width, Math.floor(i / (3 * width))),
  ),
});

describe('sharpen', () => {
  test('leaves even colour as it is, up to the edges', () => {
    const even = grey(7, 5, () => 90);
    assert.deepEqual(sharpen(even, 2, 3), even);
  });

  test('makes an edge steeper, in both directions alike', () => {
    const upright = sharpen(
      grey(9, 9, (x) => (x < 4 ? 100 : 150)),
      1,
      2,
    );
    const flat = sharpen(
      grey(9, 9, (_, y) => (y < 4 ? 100 : 150)),
      1,
      2,
    );
    const row = Array.from({ length: 9 }, (_, x) => upright.data[3 * (9 * 4 + x)]);
    const column = Array.from({ length: 9 }, (_, y) => flat.data[3 * (9 * y + 4)]);
    assert.deepEqual(row, column);
    // The Gaussian of sigma 1 with 7 taps puts .3006 of the far side on the pixel before an edge: 100 - 2 * 50 * .3006.
    assert.deepEqual([row[0], row[3], row[4], row[8]], [100, 70, 180, 150]);
  });

  test('clips what leaves the range and keeps colours apart', () => {
    const image: RgbImage = { width: 2, height: 1, data: Uint8Array.from([0, 255, 10, 255, 0, 10]) };
    assert.deepEqual([...sharpen(image, 1, 5).data], [0, 255, 10, 255, 0, 10]);
  });
});
