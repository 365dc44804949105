import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { GraphValue } from '../../../../src/core/backbones/backboneDescription.ts';
import { extraInputs, unsaidInputs } from '../../../../src/core/backbones/extraInputs.ts';
import {
  type ImageInput,
  readImageInput,
  type SaidOfInput,
} from '../../../../src/core/backbones/imageInput.ts';
import { inputSpec, missingFields } from '../../../../src/core/backbones/inputSpec.ts';
import { SemapError } from '../../../../src/core/errors.ts';
import { inputDims } from '../../../../src/core/images/preprocessing.ts';

type Shape = GraphValue['shape'];

const value = (shape: Shape, name = 'x', type = 'float32'): GraphValue => ({ name, type, shape });
const read = (inputs: readonly GraphValue[], said?: SaidOfInput) =>
  readImageInput({ inputs, outputs: [] }, 'net.onnx', said);
const seen = (shape: Shape, said?: SaidOfInput): Partial<ImageInput> => {
  const { name: _, type: __, ...rest } = read([value(shape)], said);
  return rest;
};
const refused = (run: () => unknown): SemapError => {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof SemapError);
    return error;
  }
  throw new assert.AssertionError({ message: 'It was accepted.' });
};

describe('The image input of a graph', () => {
  const nchw = { layout: 'nchw', height: 28, width: 28, fixedBatch: 1 } as const;
  for (const [shape, expected] of [
    [[1, 3, 28, 28], { ...nchw, channels: 3 }],
    [[1, 28, 28, 3], { ...nchw, layout: 'nhwc', channels: 3 }],
    [[1, 1, 28, 28], { ...nchw, channels: 1 }],
    [[8, 28, 28, 4], { ...nchw, layout: 'nhwc', channels: 4, fixedBatch: 8 }],
    [
      ['N', 2, 'H', 'W'],
      { layout: 'nchw', channels: 2, height: undefined, width: undefined, fixedBatch: undefined },
    ],
    [['N', '', 28, 28], { ...nchw, fixedBatch: undefined, channels: 3, supposed: ['channels'] }],
    [
      ['', '', '', ''],
      {
        layout: 'nchw',
        channels: 3,
        height: undefined,
        width: undefined,
        fixedBatch: undefined,
        supposed: ['layout', 'channels'],
      },
    ],
    [
      ['', 'h', 'w', 'num_channels'],
      {
        layout: 'nhwc',
        channels: 3,
        height: undefined,
        width: undefined,
        fixedBatch: undefined,
        supposed: ['channels'],
      },
    ],
    [[3, 28, 28], { ...nchw, channels: 3, axes: ['C', 'H', 'W'] }],
    [[28, 28, 3], { ...nchw, layout: 'nhwc', channels: 3, axes: ['H', 'W', 'C'] }],
    [[1, 28, 28], { ...nchw, channels: 1, axes: ['C', 'H', 'W'] }],
    [['batch', 28, 28], { ...nchw, channels: 1, axes: ['N', 'H', 'W'], fixedBatch: undefined }],
    [[28, 28], { ...nchw, channels: 1, axes: ['H', 'W'] }],
    [['', 784], { ...nchw, channels: 1, axes: ['N', 'L'], fixedBatch: undefined }],
    [[1, 784], { ...nchw, channels: 1, axes: ['N', 'L'] }],
    [[784], { ...nchw, channels: 1, axes: ['L'] }],
    [[1, 2352], { ...nchw, channels: 3, axes: ['N', 'L'], supposed: ['layout'] }],
  ] as [Shape, Partial<ImageInput>][])
    test(`of the shape [${shape.join(', ')}]`, () => assert.deepEqual(seen(shape), expected));

  test('is as was said where its shape leaves it open', () => {
    const said = { layout: 'nhwc', preprocessing: { channels: 'gray' } } as const;
    const { layout, channels, supposed } = seen(['', '', '', ''], said);
    assert.deepEqual([layout, channels, supposed], ['nhwc', 1, undefined]);
    const flat = { layout: 'nhwc', preprocessing: { size: { height: 8, width: 98 } } } as const;
    const { height, width } = seen(['', 784], flat);
    assert.deepEqual([height, width], [8, 98]);
  });

  test('may stand among others, which are settings', () => {
    const inputs = [value([], 'is_training', 'bool'), value(['N', 3, 32, 32], 'image')];
    assert.equal(read(inputs).name, 'image');
    const two = [value(['N', 3, 32, 32], 'a'), value(['N', 3, 32, 32], 'b')];
    const error = refused(() => read(two));
    assert.match(error.message, /Several inputs of net.onnx could take the image: a \[N, 3, 32, 32\] and b/);
    assert.match(error.hint!, /--input-name/);
    assert.equal(read(two, { input_name: 'b' }).name, 'b');
    assert.match(refused(() => read(two, { input_name: 'c' })).message, /has no input "c"/);
  });

  test('that is none is refused with what it is', () => {
    for (const [shape, type, message] of [
      [[1, 3, 16, 112, 112], 'float32', /not a batch of images/],
      [['N', 512, 7, 7], 'float32', /no axis has the 1 to 4 channels/],
      [[1, 4], 'float32', /not a batch of images/],
      [[1, 1, 200], 'float32', /not a batch of images/],
      [['N', 1, 1, 16_000], 'float32', /not a batch of images/],
      [[1, 3, 28, 28], 'bfloat16', /has the type bfloat16/],
      [[1], 'string', /has the type string/],
      [[1, 3, 1e6, 1e6], 'float32', /larger than SeMap supports/],
      [['N', 2 ** 40], 'float32', /larger than SeMap supports/],
    ] as [Shape, string, RegExp][])
      assert.match(refused(() => read([value(shape, 'x', type)])).message, message);
  });
});

describe('The tensor of an image', () => {
  const spec = (shape: Shape, preprocessing = {}) => inputSpec(read([value(shape)]), preprocessing, 'net');

  test('has the shape that the graph takes', () => {
    assert.deepEqual(inputDims(spec([1, 1, 28, 28]), 1), [1, 1, 28, 28]);
    assert.deepEqual(inputDims(spec(['', 784]), 5), [5, 784]);
    assert.deepEqual(inputDims(spec([28, 28, 4]), 1), [28, 28, 4]);
    assert.deepEqual(inputDims(spec(['N', 28, 28]), 2), [2, 28, 28]);
  });

  test('has the channels that fit their number', () => {
    const order = (count: number, channels?: string) =>
      spec(['N', count, 8, 8], channels ? { channels } : {}).preprocessing.channels;
    assert.deepEqual(
      [1, 2, 3, 4].map((count) => order(count)),
      ['gray', 'gray-alpha', 'rgb', 'rgba'],
    );
    assert.deepEqual([order(1, 'rgb'), order(4, 'bgr'), order(4, 'argb')], ['gray', 'bgra', 'argb']);
    assert.match(refused(() => order(3, 'gray')).hint!, /rgb and bgr/);
  });

  test('takes one number for all channels, and the average of three for gray', () => {
    const { mean, std } = spec(['N', 1, 8, 8], { image_mean: [1, 2, 3], image_std: [2] }).preprocessing;
    assert.deepEqual([mean, std], [[2], [2]]);
    const rgba = spec(['N', 4, 8, 8], { image_mean: [1, 2, 3], image_std: [2] }).preprocessing;
    assert.deepEqual(
      [rgba.mean, rgba.std],
      [
        [1, 2, 3, 0],
        [2, 2, 2, 2],
      ],
    );
    const fourth = spec(['N', 4, 8, 8], { image_mean: [1, 2, 3, 4], image_std: [2] }).preprocessing;
    assert.deepEqual(fourth.mean, [1, 2, 3, 4]);
    for (const [count, numbers] of [
      [1, 2],
      [3, 2],
      [3, 4],
    ]) {
      const said = { image_std: Array(numbers).fill(2) };
      assert.match(
        refused(() => spec(['N', count, 8, 8], said)).message,
        new RegExp(`takes ${count} channels, but "image_std" has ${numbers} numbers`),
      );
    }
  });

  test('asks for no order of one channel, and for layout and channels that nobody knows', () => {
    const missing = (shape: Shape) => missingFields(read([value(shape)]), { labels: ['a'] });
    assert.ok(!missing([1, 1, 8, 8]).includes('channels'));
    assert.ok(missing([1, 4, 8, 8]).includes('channels'));
    assert.ok(missing(['', '', '', '']).includes('layout'));
  });
});

describe('Inputs beside the image', () => {
  const image = value(['N', 3, 32, 32], 'image');
  const beside = (others: readonly GraphValue[], inputs = {}) =>
    extraInputs(read([image, ...others]), { inputs }, { height: 32, width: 48 }, 'net');
  const values = (name: string, shape: Shape = [], type = 'float32') =>
    beside([value(shape, name, type)])?.[0];

  test('are none where there are none', () => assert.equal(beside([]), undefined));

  test('get what exporters mean by them', () => {
    assert.deepEqual(values('is_training', [], 'bool'), {
      name: 'is_training',
      type: 'bool',
      dims: [],
      values: [0],
    });
    assert.deepEqual(values('keep_prob:0')?.values, [1]);
    assert.deepEqual(values('dropout')?.values, [1]);
    assert.deepEqual(values('drop_rate')?.values, [0]);
    assert.deepEqual(values('im_shape', ['N', 2])?.values, [32, 48]);
    assert.deepEqual(values('scale_factor', ['N', 2])?.values, [1, 1]);
    assert.deepEqual(values('im_info', [1, 3])?.values, [32, 48, 1]);
  });

  test('with a row for each image make runs of one image', () => {
    assert.equal(read([image, value(['N', 2], 'im_shape')]).fixedBatch, 1);
    assert.equal(read([image, value([], 'keep_prob')]).fixedBatch, undefined);
  });

  test('of no known kind are asked for by their names', () => {
    const input = read([image, value([2], 'threshold'), value([], 'training', 'bool')]);
    assert.deepEqual(unsaidInputs(input, {}), ['threshold']);
    assert.ok(missingFields(input, {}).includes('inputs.threshold'));
    assert.deepEqual(unsaidInputs(input, { inputs: { threshold: 0.5 } }), []);
  });

  test('are given as they were said, a number for all elements', () => {
    const [, second] = beside([value([2], 'a'), value(['', ''], 'b', 'int64')], {
      a: 0.5,
      b: [[1, 2, 3]],
    })!;
    assert.deepEqual(
      [second.dims, second.values],
      [
        [1, 3],
        [1, 2, 3],
      ],
    );
    assert.deepEqual(beside([value([2], 'a')], { a: 0.5 })?.[0].values, [0.5, 0.5]);
  });

  test('that do not fit, do not exist or are no numbers are refused', () => {
    assert.match(refused(() => beside([value([2], 'a')], { a: [1, 2, 3] })).message, /does not fit/);
    assert.match(refused(() => beside([value([], 'a', 'int64')], { a: 0.5 })).message, /does not fit/);
    assert.match(refused(() => beside([value([], 'a')], { a: 1, b: 2 })).message, /no further input "b"/);
    assert.match(refused(() => beside([value([], 'a', 'string')], { a: 1 })).message, /only numbers/);
  });
});
