import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RgbImage } from '../../../../src/core/images/preprocessing.ts';
import {
  type Orientation,
  onWhite,
  opaqueRgb,
  rgbaOnWhite,
  toOrientation,
  turnUpright,
} from '../../../../src/core/images/rgbImage.ts';
import { grid } from '../../grid.ts';

test('what is transparent shows white, what is half transparent a mixture', () => {
  const rgba = Uint8Array.of(10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 255, 128);
  assert.deepEqual([...rgbaOnWhite(3, 1, rgba).data], [10, 20, 30, 255, 255, 255, 127, 177, 255]);
});

test('a mixture with white is rounded, whatever the color and alpha', () => {
  for (let color = 0; color < 256; color++)
    for (let alpha = 0; alpha < 256; alpha++)
      assert.equal(onWhite(color, alpha), Math.round((color * alpha) / 255) + 255 - alpha);
});

test('opaque pixels keep their colours', () => {
  assert.deepEqual([...opaqueRgb(2, 1, Uint8Array.of(1, 2, 3, 255, 4, 5, 6, 255)).data], [1, 2, 3, 4, 5, 6]);
});

/** An image whose pixels are grey levels, given row by row. */
function greys(rows: readonly (readonly number[])[]): RgbImage {
  const data = Uint8Array.from(rows.flat().flatMap((v) => [v, v, v]));
  return { width: rows[0].length, height: rows.length, data };
}

/** How each orientation stores the upright picture `1 2 3 / 4 5 6` (EXIF 2.32: where row 0 and column 0 lie). */
const STORED: Record<Orientation, readonly (readonly number[])[]> = {
  1: grid('1 2 3 / 4 5 6'),
  2: grid('3 2 1 / 6 5 4'),
  3: grid('6 5 4 / 3 2 1'),
  4: grid('4 5 6 / 1 2 3'),
  5: grid('1 4 / 2 5 / 3 6'),
  6: grid('3 6 / 2 5 / 1 4'),
  7: grid('6 3 / 5 2 / 4 1'),
  8: grid('4 1 / 5 2 / 6 3'),
};

describe('turnUpright', () => {
  for (const [orientation, rows] of Object.entries(STORED)) {
    test(`undoes orientation ${orientation}`, () => {
      const upright = turnUpright(greys(rows), Number(orientation) as Orientation);
      assert.deepEqual([upright.width, upright.height, ...upright.data], [3, 2, ...greys(STORED[1]).data]);
    });
  }
});

test('numbers that are no orientation mean none', () => {
  assert.deepEqual([0, 9, 1.5, Number.NaN, 6].map(toOrientation), [
    undefined,
    undefined,
    undefined,
    undefined,
    6,
  ]);
});
