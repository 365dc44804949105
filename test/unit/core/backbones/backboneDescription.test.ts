import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageInput } from '../../../../src/core/backbones/imageInput.ts';
import { inputSpec } from '../../../../src/core/backbones/inputSpec.ts';
import { SemapError } from '../../../../src/core/errors.ts';

const input: ImageInput = {
  name: 'image',
  type: 'float32',
  layout: 'nchw',
  channels: 3,
  height: 8,
  width: 8,
};

test('preprocessing whose numbers give no number from a pixel is refused', () => {
  const cases = [
    [input, { rescale_factor: 1e308 }],
    [input, { image_mean: [0, -1e308, 0] }],
    [input, { image_std: [1, 1, 5e-324] }],
    [{ ...input, type: 'float16' }, { rescale_factor: 300 }],
    // 255 alone would fit, but not what a filter makes beside an edge.
    [
      { ...input, type: 'float16' },
      { rescale_factor: 250, rounding: false },
    ],
  ] as const;
  for (const [graph, preprocessing] of cases) {
    assert.throws(
      () => inputSpec(graph, preprocessing, 'tiny'),
      (error) => error instanceof SemapError && error.reason === 'invalid-description',
      JSON.stringify(preprocessing),
    );
  }
});

test('pixels as they are suit every type of input', () => {
  for (const type of ['float32', 'float16', 'uint8', 'int8'] as const) {
    assert.equal(inputSpec({ ...input, type }, { rescale_factor: 1 }, 'tiny').type, type);
  }
});

test('a share that the crop keeps, or a filter alone, says to what a picture is resized', () => {
  const of = (preprocessing: Parameters<typeof inputSpec>[1]) => {
    const { size, crop, fit, cropFirst } = inputSpec(
      { ...input, height: 224, width: 224 },
      preprocessing,
      'net',
    ).preprocessing;
    return { size, crop: crop?.height, fit, cropFirst };
  };
  const whole = { height: 256, width: 256 };
  assert.deepEqual(of({ crop_pct: 0.875 }), {
    size: { shortestEdge: 256 },
    crop: 224,
    fit: undefined,
    cropFirst: undefined,
  });
  assert.deepEqual(of({ crop_pct: 0.875, fit: 'squash' }), {
    size: whole,
    crop: 224,
    fit: undefined,
    cropFirst: undefined,
  });
  assert.deepEqual(of({ crop_pct: 0.875, fit: 'letterbox' }), {
    size: whole,
    crop: 224,
    fit: 'letterbox',
    cropFirst: undefined,
  });
  assert.deepEqual(of({ crop_pct: 0.875, crop_first: 1 }), {
    size: whole,
    crop: 224,
    fit: undefined,
    cropFirst: 1,
  });
  const input224 = { height: 224, width: 224 };
  assert.deepEqual(of({ fit: 'letterbox' }), {
    size: input224,
    crop: undefined,
    fit: 'letterbox',
    cropFirst: undefined,
  });
});
