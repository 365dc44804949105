import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ResampleFilter, RgbImage } from '../../../../src/core/images/preprocessing.ts';
import { resize } from '../../../../src/core/images/resample.ts';
import { grid } from '../../grid.ts';

function picture(width: number, height: number): RgbImage {
  let state = 7;
  const data = Uint8Array.from({ length: width * height * 3 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
  return { width, height, data };
}

const row: RgbImage = {
  width: 5,
  height: 1,
  data: Uint8Array.of(0, 10, 255, 255, 20, 0, 0, 30, 255, 255, 40, 0, 9, 50, 90),
};

/** Image.resize of `row` by Pillow 9.4. */
const PILLOW: readonly (readonly [ResampleFilter, number, readonly number[]])[] = [
  ['bilinear', 2, [116, 20, 139, 119, 40, 87]],
  ['bilinear', 3, [109, 14, 146, 113, 30, 142, 114, 46, 51]],
  [
    'bilinear',
    8,
    [0, 10, 255, 112, 14, 143, 239, 21, 16, 80, 27, 175, 80, 33, 175, 239, 39, 16, 117, 46, 51, 9, 50, 90],
  ],
  ['bicubic', 2, [113, 19, 147, 117, 41, 84]],
  ['bicubic', 3, [106, 14, 149, 125, 30, 135, 111, 46, 53]],
  [
    'bicubic',
    8,
    [0, 9, 255, 114, 13, 141, 252, 21, 3, 59, 27, 196, 59, 33, 201, 252, 39, 7, 119, 47, 42, 0, 51, 96],
  ],
];

const FILTERS: readonly ResampleFilter[] = ['bilinear', 'bicubic'];

describe('resize', () => {
  for (const [filter, width, expected] of PILLOW) {
    test(`turns five pixels into ${width} as Pillow does, ${filter}, along a row and along a column`, () => {
      assert.deepEqual([...resize(row, width, 1, filter).data], expected);
      const column: RgbImage = { width: 1, height: 5, data: row.data };
      assert.deepEqual([...resize(column, 1, width, filter).data], expected);
    });
  }

  test('gives the pixels back when the size stays the same', () => {
    const image = picture(9, 7);
    assert.deepEqual([...resize(image, 9, 7, 'bicubic').data], [...image.data]);
  });

  test('computes the same pixels for a window as for the whole', () => {
    const image = picture(53, 31);
    const sizes = grid('20 12 / 100 90 / 53 12 / 20 31');
    for (const filter of FILTERS) {
      for (const [width, height] of sizes) {
        const window = { left: 3, top: 5, width: width - 8, height: height - 7 };
        const whole = resize(image, width, height, filter);
        const part = resize(image, width, height, filter, window);
        for (let y = 0; y < window.height; y++) {
          const from = ((y + window.top) * width + window.left) * 3;
          assert.deepEqual(
            [...part.data.subarray(y * window.width * 3, (y + 1) * window.width * 3)],
            [...whole.data.subarray(from, from + window.width * 3)],
            `${filter} ${width} x ${height}, row ${y}`,
          );
        }
      }
    }
  });

  test('reads pixels that lie inside a larger buffer', () => {
    const image = picture(8, 6);
    const buffer = new Uint8Array(200);
    buffer.set(image.data, 11);
    const view: RgbImage = { ...image, data: buffer.subarray(11, 11 + image.data.length) };
    assert.deepEqual(resize(view, 5, 4, 'bilinear'), resize(image, 5, 4, 'bilinear'));
  });

  test('shrinks a picture to one pixel and grows one pixel to a picture', () => {
    const grey: RgbImage = { width: 1, height: 1, data: Uint8Array.of(10, 200, 30) };
    for (const filter of FILTERS) {
      const grown = resize(grey, 4, 3, filter);
      assert.deepEqual([...resize(grown, 1, 1, filter).data], [10, 200, 30]);
    }
  });
});

test('a reduced picture is resized from its exact box, whose edges lie between pixels', () => {
  /** Of each pixel 16 times where its centre is. */
  const ramp = Uint8Array.from({ length: 12 * 3 }, (_, i) => 16 * (Math.floor(i / 3) + 0.5));
  const across = { width: 12, height: 1, box: { left: 3.25, top: 0, width: 6, height: 1 } };
  const down = { width: 1, height: 12, box: { left: 0, top: 3.25, width: 1, height: 6 } };
  const centres = [68, 100, 132].flatMap((v) => [v, v, v]);
  assert.deepEqual(
    [...resize({ width: 12, height: 1, data: ramp, reduced: across }, 3, 1, 'bilinear').data],
    centres,
  );
  assert.deepEqual(
    [...resize({ width: 1, height: 12, data: ramp, reduced: down }, 1, 3, 'bilinear').data],
    centres,
  );
  const same = { ...across, box: { ...across.box, left: 2, width: 8 } };
  const moved = resize({ width: 12, height: 1, data: ramp, reduced: same }, 8, 1, 'bilinear').data;
  assert.deepEqual([...moved.subarray(0, 6)], [40, 40, 40, 56, 56, 56]);
});
