import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { float16Value } from '../../../../src/core/float16.ts';
import {
  type ChannelOrder,
  channelCount,
  type InputSpec,
  type InputType,
  type Preprocessing,
  type RgbImage,
} from '../../../../src/core/images/preprocessing.ts';
import {
  fillInput,
  fillPixels,
  inputBytes,
  inputView,
  leastScale,
} from '../../../../src/core/images/tensor.ts';
import { inputSpec } from '../../inputSpec.ts';

/** Two pixels: red-ish and blue-ish. */
const image: RgbImage = { width: 2, height: 1, data: Uint8Array.of(200, 100, 0, 10, 20, 255) };

type Changes = Partial<Omit<InputSpec, 'preprocessing'>> & { preprocessing?: Partial<Preprocessing> };

function spec(changes: Changes = {}): InputSpec {
  const size = { height: 1, width: 2 };
  const { preprocessing, ...usual } = inputSpec(1, { size, rescaleFactor: 1, ...changes.preprocessing });
  return { ...usual, width: 2, ...changes, preprocessing };
}

function fill(s: InputSpec): number[] {
  const into = inputView(s, new ArrayBuffer(inputBytes(s)));
  fillInput(image, s, into);
  return [...into];
}

describe('fillInput', () => {
  test('gives an image its edges back where it must be enlarged at least twice', () => {
    const edge = (width: number): RgbImage => ({
      width,
      height: 16,
      data: Uint8Array.from({ length: 48 * width }, (_, i) =>
        Math.floor(i / 3) % width < width / 2 ? 100 : 150,
      ),
    });
    const range = (width: number): number[] => {
      const s = spec({
        type: 'uint8',
        width: 32,
        height: 32,
        preprocessing: { size: { height: 32, width: 32 } },
      });
      const into = new Uint8Array(inputBytes(s));
      fillInput(edge(width), s, into);
      return [Math.min(...into), Math.max(...into)];
    };
    const [low, high] = range(16);
    assert.ok(low! < 95 && high! > 155, `${low} ${high}`);
    assert.deepEqual(range(18), [100, 150]);
  });

  test('sharpens what is enlarged by any smooth filter and placement, and leaves blocks as blocks', () => {
    const image: RgbImage = {
      width: 16,
      height: 16,
      data: Uint8Array.from({ length: 768 }, (_, i) => (Math.floor(i / 3) % 16 < 8 ? 100 : 150)),
    };
    const range = (preprocessing: Partial<Preprocessing>): number[] => {
      const s: InputSpec = {
        ...inputSpec(40, { size: { height: 40, width: 40 }, rescaleFactor: 1, ...preprocessing }),
        type: 'uint8',
      };
      const into = new Uint8Array(inputBytes(s));
      fillInput(image, s, into);
      return [Math.min(...into), Math.max(...into)];
    };
    const smooth: Partial<Preprocessing>[] = [
      { resample: 'hamming' },
      { resample: 'lanczos', cropFirst: 0.875 },
      { fit: 'letterbox', antialias: false },
      { size: { longestEdge: 40 }, rounded: false },
    ];
    for (const preprocessing of smooth) {
      const [low, high] = range(preprocessing);
      assert.ok(low! < 95 && high! > 155, `${low} ${high}`);
    }
    assert.deepEqual(range({ resample: 'nearest' }), [100, 150]);
    assert.deepEqual(range({ resample: 'box', antialias: false }), [100, 150]);
  });

  test('pads with the described color, around whole numbers and fractions', () => {
    const padColor = [10, 20, 30] as const;
    const described = { size: { longestEdge: 4 }, padColor, mean: [1, 2, 3] };
    for (const rounded of [undefined, false] as const) {
      const s = spec({ width: 4, height: 4, preprocessing: { ...described, resample: 'nearest', rounded } });
      const into = new Float32Array(48);
      fillInput(image, s, into);
      assert.deepEqual([...into.subarray(0, 8)], [9, 9, 9, 9, 199, 199, 9, 9]);
      assert.deepEqual([...into.subarray(40)], [-3, -3, 252, 252, 27, 27, 27, 27]);
      const bgr = { ...described, resample: 'nearest', rounded, channels: 'bgr' } as const;
      fillInput(image, spec({ width: 4, height: 4, preprocessing: bgr }), into);
      assert.deepEqual([...into.subarray(0, 6)], [27, 27, 27, 27, -3, -3]);
    }
    const fraction = { ...described, resample: 'nearest', padColor: [9.6, 20, 30] } as const;
    const into = new Float32Array(48);
    fillInput(image, spec({ width: 4, height: 4, preprocessing: fraction }), into);
    assert.equal(into[0], 9);
  });

  test('keeps fractions where nothing is rounded, and what overshoots', () => {
    const half = { size: { height: 1, width: 1 }, rounded: false, antialias: false } as const;
    const one = (changes: Partial<Preprocessing>, layout: 'nchw' | 'nhwc' = 'nchw') => {
      const s = spec({ width: 1, layout, preprocessing: { ...half, ...changes } });
      const into = inputView(s, new ArrayBuffer(inputBytes(s)));
      fillInput(image, s, into);
      return [...into];
    };
    assert.deepEqual(one({}), [105, 60, 127.5]);
    assert.deepEqual(one({ channels: 'bgr' }, 'nhwc'), [127.5, 60, 105]);
    assert.deepEqual(
      one({ channels: 'rgba', mean: [0, 0, 0, 0], std: [1, 1, 1, 1], inverted: true }),
      [150, 195, 127.5, 255],
    );
    // Half of 118 and 44, which the two pixels are as gray.
    assert.deepEqual(one({ channels: 'gray', mean: [0], std: [1] }), [81]);
    const row: RgbImage = {
      width: 4,
      height: 1,
      data: Uint8Array.from({ length: 12 }, (_, i) => (i < 6 ? 0 : 255)),
    };
    const s = spec({
      width: 6,
      preprocessing: { ...half, size: { height: 1, width: 6 }, resample: 'bicubic' },
    });
    const into = new Float32Array(18);
    fillInput(row, s, into);
    assert.ok(Math.min(...into) < -5 && Math.max(...into) > 260);
  });

  test('orders planes or pixels, red or blue first', () => {
    assert.deepEqual(fill(spec()), [200, 10, 100, 20, 0, 255]);
    assert.deepEqual(fill(spec({ layout: 'nhwc' })), [200, 100, 0, 10, 20, 255]);
    assert.deepEqual(fill(spec({ preprocessing: { channels: 'bgr' } })), [0, 255, 100, 20, 200, 10]);
    assert.deepEqual(
      fill(spec({ layout: 'nhwc', preprocessing: { channels: 'bgr' } })),
      [0, 100, 200, 255, 20, 10],
    );
  });

  test('has gray and alpha, inverted but for alpha, in every order', () => {
    const two = (channels: ChannelOrder, layout: 'nchw' | 'nhwc' = 'nchw', more = {}) => {
      const count = channelCount(channels);
      const numbers = { mean: Array(count).fill(0), std: Array(count).fill(1) };
      return fill(spec({ layout, preprocessing: { channels, ...numbers, ...more } }));
    };
    assert.deepEqual(two('gray'), [118, 44]);
    assert.deepEqual(two('gray', 'nchw', { inverted: true }), [137, 211]);
    assert.deepEqual(two('gray-alpha'), [118, 44, 255, 255]);
    assert.deepEqual(two('gray-alpha', 'nhwc', { inverted: true }), [137, 255, 211, 255]);
    assert.deepEqual(two('rgba', 'nhwc'), [200, 100, 0, 255, 10, 20, 255, 255]);
    assert.deepEqual(two('bgra', 'nhwc'), [0, 100, 200, 255, 255, 20, 10, 255]);
    assert.deepEqual(two('argb'), [255, 255, 200, 10, 100, 20, 0, 255]);
    assert.deepEqual(two('bgr', 'nchw', { inverted: true }), [255, 0, 155, 235, 55, 245]);
  });

  test('fills elements of every type, rounded and in range', () => {
    const scaled = { rescaleFactor: 300, mean: [0.5, 0.5, 0.5] };
    const of = (type: InputType) => fill(spec({ type, preprocessing: scaled }))[0];
    assert.deepEqual(
      (['float64', 'uint16', 'int16', 'int32', 'int64'] as const).map(of),
      [59_999.5, 60_000, 32_767, 60_000, 60_000],
    );
  });

  test('reads pixels four at a time as it reads them one by one', () => {
    const width = 8;
    const height = 3;
    const there = Uint8Array.from(
      { length: 1 + 3 * width * height },
      (_, i) => Math.imul(i, 0x9e3779b1) >>> 24,
    );
    const [aligned, shifted] = [there.slice(1), there.subarray(1)];
    for (const type of ['float32', 'float16', 'uint8', 'int8'] as const)
      for (const channels of ['rgb', 'bgr'] as const) {
        const s = spec({ type, width, height, preprocessing: { channels, mean: [1, 2, 3], std: [1, 3, 7] } });
        const [fast, slow] = [aligned, shifted].map((data) => {
          const into = inputView(s, new ArrayBuffer(inputBytes(s)));
          fillPixels({ width, height, data }, s, into);
          return into;
        });
        assert.deepEqual(fast, slow, `${type} ${channels}`);
        assert.notEqual(fast.at(-1), 0);
      }
  });

  test('scales, then takes the mean away and divides by the deviation of each colour', () => {
    const s = spec({ preprocessing: { rescaleFactor: 1 / 255, mean: [0.5, 0.25, 0], std: [0.5, 1, 0.1] } });
    const expected = [
      (200 / 255 - 0.5) / 0.5,
      (10 / 255 - 0.5) / 0.5,
      100 / 255 - 0.25,
      20 / 255 - 0.25,
      0,
      10,
    ];
    assert.deepEqual(fill(s), expected.map(Math.fround));
  });

  test('means and deviations belong to red, green and blue also when blue comes first', () => {
    const s = spec({ preprocessing: { channels: 'bgr', mean: [1, 2, 3] } });
    assert.deepEqual(fill(s), [-3, 252, 98, 18, 199, 9]);
  });

  test('rounds halves to even and saturates for integer inputs', () => {
    const half = spec({ type: 'int8', preprocessing: { mean: [128, 128, 128], std: [2, 2, 2] } });
    assert.deepEqual(fill(half), [36, -59, -14, -54, -64, 64]);
    assert.deepEqual(
      fill(spec({ type: 'int8', preprocessing: { mean: [0, 250, 0] } })),
      [127, 10, -128, -128, 0, 127],
    );
    assert.deepEqual(
      fill(spec({ type: 'uint8', preprocessing: { rescaleFactor: 2, mean: [50, 150, 1] } })),
      [255, 0, 50, 0, 0, 255],
    );
  });

  test('gives float16 as bit patterns', () => {
    const s = spec({ type: 'float16', preprocessing: { channels: 'bgr', mean: [123.68, 116.78, 103.94] } });
    const values = fill(s).map(float16Value);
    const exact = [-103.94, 151.06, -16.78, -96.78, 76.32, -113.68];
    for (const [i, value] of values.entries()) assert.ok(Math.abs(value - exact[i]) <= 0.0625, `${value}`);
  });

  test('writes every element, padding as black pixels', () => {
    const s = spec({ height: 3, width: 4, preprocessing: { mean: [1, 2, 3] } });
    const into = new Float32Array(36).fill(99);
    fillPixels(image, s, into, 1, 1);
    assert.deepEqual([...into.subarray(0, 12)], [-1, -1, -1, -1, -1, 199, 9, -1, -1, -1, -1, -1]);
    assert.deepEqual([...into.subarray(24)], [-3, -3, -3, -3, -3, -3, 252, -3, -3, -3, -3, -3]);
  });

  test('does not keep the values of an earlier specification', () => {
    fill(spec({ preprocessing: { mean: [9, 9, 9] } }));
    assert.deepEqual(fill(spec()), [200, 10, 100, 20, 0, 255]);
  });
});

describe('inputBytes', () => {
  test('counts three channels of the element type', () => {
    assert.equal(inputBytes(spec()), 24);
    assert.equal(inputBytes(spec({ type: 'float16' })), 12);
    assert.equal(inputBytes(spec({ type: 'int8' })), 6);
  });
});

describe('leastScale', () => {
  const crop = inputSpec(224, { size: { shortestEdge: 256 }, crop: { width: 224, height: 224 } });

  test('keeps four pixels for each one of the input, and three where that leaves half of the picture', () => {
    assert.equal(leastScale(crop)(4096, 3072), 4 * (256 / 3072));
    assert.equal(leastScale(crop)(12000, 9000), 0.25);
    assert.ok(leastScale(crop)(1536, 1600) <= 0.5);
    assert.equal(leastScale(crop)(1535, 1600), 1);
    assert.equal(leastScale(crop)(100, 100), 1);
  });

  test('counts the edge that is reduced least', () => {
    const stretched = inputSpec(224);
    assert.equal(leastScale(stretched)(8000, 3000), 4 * (224 / 3000));
  });

  test('decodes all pixels where some are left out, and counts those of what is cut first', () => {
    const size = { height: 224, width: 224 };
    for (const changes of [{ antialias: false }, { resample: 'nearest' }] as const)
      assert.equal(leastScale(inputSpec(224, { size, ...changes }))(8000, 8000), 1);
    const first = inputSpec(224, { size, cropFirst: 1 });
    assert.equal(leastScale(first)(8000, 3000), 4 * (224 / 3000));
    assert.equal(leastScale(inputSpec(224, { size, fit: 'letterbox' }))(4096, 3072), 0.25);
  });

  test('goes by the rectangle inside the frame of a prompt', () => {
    const prompt = { sha256: '', frame: 12, effect: new SharedArrayBuffer(0) };
    assert.equal(leastScale({ ...crop, prompt })(2000, 2000), 4 * (200 / 2000));
  });
});
