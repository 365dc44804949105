import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FILTERS, type ResampleFilter, type RgbImage } from '../../../../src/core/images/preprocessing.ts';
import { denseWeights, resize, resizeFloats } from '../../../../src/core/images/resample.ts';
import { grid } from '../../grid.ts';
import { RESIZED_ROWS, ROW } from './resizedRows.ts';

function picture(width: number, height: number): RgbImage {
  let state = 7;
  const data = Uint8Array.from({ length: width * height * 3 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
  return { width, height, data };
}

function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Pillow's two passes, a weight and a pixel at a time. */
function plainResize(image: RgbImage, width: number, height: number, filter: ResampleFilter): Uint8Array {
  const box = image.reduced?.box ?? { left: 0, top: 0, width: image.width, height: image.height };
  const { data } = image;
  const across = new Uint8ClampedArray(width * image.height * 3);
  for (let x = 0; x < width; x++) {
    const { from, weights } = plainWeights(image.width, box.left, box.width, width, x, filter);
    for (let y = 0; y < image.height; y++) {
      for (let c = 0; c < 3; c++) {
        let sum = 1 << 21;
        for (let t = 0; t < weights.length; t++)
          sum = (sum + Math.imul(data[(y * image.width + from + t) * 3 + c], weights[t])) | 0;
        across[(y * width + x) * 3 + c] = sum >> 22;
      }
    }
  }
  const out = new Uint8ClampedArray(width * height * 3);
  for (let y = 0; y < height; y++) {
    const { from, weights } = plainWeights(image.height, box.top, box.height, height, y, filter);
    for (let x = 0; x < 3 * width; x++) {
      let sum = 1 << 21;
      for (let t = 0; t < weights.length; t++)
        sum = (sum + Math.imul(across[(from + t) * 3 * width + x], weights[t])) | 0;
      out[y * 3 * width + x] = sum >> 22;
    }
  }
  return new Uint8Array(out.buffer);
}

function plainWeights(
  size: number,
  left: number,
  length: number,
  into: number,
  at: number,
  filter: ResampleFilter,
) {
  const cubic = (d: number) =>
    d < 1 ? (1.5 * d - 2.5) * d * d + 1 : d < 2 ? (((d - 5) * d + 8) * d - 4) * -0.5 : 0;
  const scale = length / into;
  const wide = Math.max(scale, 1);
  const support = (filter === 'bilinear' ? 1 : 2) * wide;
  const center = left + (at + 0.5) * scale;
  const from = Math.max(0, Math.trunc(center - support + 0.5));
  const to = Math.min(size, Math.trunc(center + support + 0.5));
  const exact = Array.from({ length: to - from }, (_, t) => {
    const d = Math.abs((t + from - center + 0.5) * (1 / wide));
    return filter === 'bilinear' ? Math.max(0, 1 - d) : cubic(d);
  });
  const sum = exact.reduce((a, b) => a + b, 0);
  const weights = exact.map((w) => {
    const fixed = (sum === 0 ? w : w / sum) * (1 << 22);
    return Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
  });
  return { from, weights };
}

const row: RgbImage = { width: 5, height: 1, data: Uint8Array.from(ROW) };

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

const PLAIN: readonly ResampleFilter[] = ['bilinear', 'bicubic'];

describe('resize', () => {
  for (const [filter, width, expected] of PILLOW) {
    test(`turns five pixels into ${width} as Pillow does, ${filter}, along a row and along a column`, () => {
      assert.deepEqual([...resize(row, { width: width, height: 1 }, { filter }).data], expected);
      const column: RgbImage = { width: 1, height: 5, data: row.data };
      assert.deepEqual([...resize(column, { width: 1, height: width }, { filter }).data], expected);
    });
  }

  for (const { by, how, width, row: text } of RESIZED_ROWS) {
    test(`${width} pixels of five as ${by} gives them: ${JSON.stringify(how)}`, () => {
      const expected = text.split(' ').map(Number);
      const column: RgbImage = { width: 1, height: 5, data: row.data };
      const of = how.rounded === false ? resizeFloats : resize;
      const across = of(row, { width, height: 1 }, how).data;
      const down = of(column, { width: 1, height: width }, how).data;
      for (const made of [across, down]) {
        assert.equal(made.length, expected.length);
        for (const [i, value] of made.entries()) assert.ok(Math.abs(value - expected[i]) <= 0.011, `${made}`);
      }
    });
  }

  test('rounds once without antialiasing, halves to even, and keeps the range', () => {
    const how = { filter: 'bicubic', antialias: false } as const;
    const to = { width: 8, height: 1 };
    const exact = resizeFloats(row, to, how).data;
    assert.ok(exact.some((value) => value < 0) && exact.some((value) => value > 255));
    const rounded = resize(row, to, how).data;
    assert.deepEqual([...rounded], [...Uint8ClampedArray.from(exact)]);
    const half: RgbImage = { width: 2, height: 1, data: Uint8Array.of(0, 1, 2, 1, 2, 3) };
    assert.deepEqual(
      [...resize(half, { width: 1, height: 1 }, { filter: 'bilinear', antialias: false }).data],
      [0, 2, 2],
    );
  });

  test('reads nothing beside what was cut', () => {
    const image = picture(9, 7);
    const source = { left: 2, top: 1, width: 5, height: 4 };
    const data = Array.from({ length: 4 }, (_, y) => [
      ...image.data.subarray(3 * ((y + 1) * 9 + 2), 3 * ((y + 1) * 9 + 7)),
    ]);
    const cut: RgbImage = { width: 5, height: 4, data: Uint8Array.from(data.flat()) };
    for (const filter of FILTERS)
      for (const antialias of [undefined, false] as const)
        for (const [width, height] of [
          [12, 3],
          [5, 4],
          [3, 9],
        ]) {
          const how = { filter, antialias };
          const actual = resize(image, { width, height, source }, how);
          assert.deepEqual(actual, resize(cut, { width, height }, how), `${filter} ${antialias} ${width}`);
        }
  });

  test('finds the source in the pixels of a reduced picture', () => {
    const image = picture(12, 9);
    const box = { left: 0, top: 0, width: 12, height: 9 };
    const source = { left: 3, top: 2, width: 6, height: 5 };
    const twice = { left: 6, top: 4, width: 12, height: 10 };
    const reduced = { ...image, reduced: { width: 24, height: 18, box } };
    const to = { width: 4, height: 4 };
    const how = { filter: 'lanczos' } as const;
    assert.deepEqual(resize(reduced, { ...to, source: twice }, how), resize(image, { ...to, source }, how));
  });

  test('brings colors to sRGB before fractions are made of them, and leaves the source as it is', () => {
    const toSrgb = (data: Uint8Array | Uint8ClampedArray) => {
      for (let i = 0; i < data.length; i++) data[i] = data[i]! >> 1;
    };
    const image = picture(9, 7);
    const before = Uint8Array.from(image.data);
    const converted = { ...image, data: Uint8Array.from(image.data, (value) => value >> 1) };
    const how = { filter: 'bilinear', antialias: false } as const;
    const to = { width: 5, height: 4 };
    assert.deepEqual(resizeFloats({ ...image, toSrgb }, to, how), resizeFloats(converted, to, how));
    assert.deepEqual(resize({ ...image, toSrgb }, to, how), resize(converted, to, how));
    assert.deepEqual(image.data, before);
  });

  test('has the weights of each filter as a matrix that makes the same pixels', () => {
    for (const filter of FILTERS)
      for (const antialias of [undefined, false] as const) {
        const how = { filter, antialias, rounded: false } as const;
        const axis = { inputSize: 5, boxStart: 0, boxSize: 5, outputSize: 3, first: 1, count: 2 };
        const matrix = denseWeights(axis, how);
        const window = { left: 1, top: 0, width: 2, height: 1 };
        const { data } = resizeFloats(row, { width: 3, height: 1, window }, how);
        for (const [i, value] of data.entries()) {
          const at = Math.floor(i / 3);
          const sum = [0, 1, 2, 3, 4].reduce(
            (all, k) => all + matrix[at * 5 + k] * row.data[3 * k + (i % 3)],
            0,
          );
          assert.ok(Math.abs(sum - value) < 1e-3, `${filter} ${antialias}`);
        }
      }
  });

  test('gives the pixels back when the size stays the same', () => {
    const image = picture(9, 7);
    assert.deepEqual(
      [...resize(image, { width: 9, height: 7 }, { filter: 'bicubic' }).data],
      [...image.data],
    );
  });

  test('computes the same pixels for a window as for the whole', () => {
    const image = picture(53, 31);
    const sizes = grid('20 12 / 100 90 / 53 12 / 20 31');
    for (const filter of FILTERS) {
      for (const [width, height] of sizes) {
        const window = { left: 3, top: 5, width: width - 8, height: height - 7 };
        const whole = resize(image, { width, height }, { filter });
        const part = resize(image, { width, height, window }, { filter });
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

  test('gives what the plain loops give, for any size and box', () => {
    const random = randomNumbers(5);
    const sizes = Array.from({ length: 40 }, () => [60, 40, 40, 30].map((most) => 1 + random(most)));
    for (const [width, height, w, h] of [...sizes, [1900, 100, 20, 15]]) {
      const image = picture(width, height);
      const box = { left: 0.25, top: 0, width: width - 0.25, height: Math.max(0.5, height - 0.625) };
      const reduced = { width: 8 * width, height: 8 * height, box };
      for (const filter of PLAIN) {
        for (const source of [image, { ...image, reduced }]) {
          const name = `${filter} ${width} x ${height} to ${w} x ${h}`;
          assert.deepEqual(
            resize(source, { width: w, height: h }, { filter }).data,
            plainResize(source, w, h, filter),
            name,
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
    assert.deepEqual(
      resize(view, { width: 5, height: 4 }, { filter: 'bilinear' }),
      resize(image, { width: 5, height: 4 }, { filter: 'bilinear' }),
    );
  });

  test('shrinks a picture to one pixel and grows one pixel to a picture', () => {
    const grey: RgbImage = { width: 1, height: 1, data: Uint8Array.of(10, 200, 30) };
    for (const filter of FILTERS) {
      const grown = resize(grey, { width: 4, height: 3 }, { filter });
      assert.deepEqual([...resize(grown, { width: 1, height: 1 }, { filter }).data], [10, 200, 30]);
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
    [
      ...resize(
        { width: 12, height: 1, data: ramp, reduced: across },
        { width: 3, height: 1 },
        { filter: 'bilinear' },
      ).data,
    ],
    centres,
  );
  assert.deepEqual(
    [
      ...resize(
        { width: 1, height: 12, data: ramp, reduced: down },
        { width: 1, height: 3 },
        { filter: 'bilinear' },
      ).data,
    ],
    centres,
  );
  const same = { ...across, box: { ...across.box, left: 2, width: 8 } };
  const moved = resize(
    { width: 12, height: 1, data: ramp, reduced: same },
    { width: 8, height: 1 },
    { filter: 'bilinear' },
  ).data;
  assert.deepEqual([...moved.subarray(0, 6)], [40, 40, 40, 56, 56, 56]);
});
