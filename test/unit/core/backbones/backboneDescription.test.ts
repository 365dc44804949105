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
