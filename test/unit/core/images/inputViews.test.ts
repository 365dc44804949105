import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mirroredInput, movedInput } from '../../../../src/core/images/inputViews.ts';
import type { InputSpec } from '../../../../src/core/images/preprocessing.ts';

const spec = (layout: InputSpec['layout']): InputSpec => ({
  preprocessing: {
    size: { height: 2, width: 3 },
    resample: 'bilinear',
    rescaleFactor: 1,
    mean: [0, 0, 0],
    std: [1, 1, 1],
    channels: 'rgb',
  },
  type: 'uint8',
  layout,
  height: 2,
  width: 3,
});
const bytes = (...values: number[]) => Uint8Array.from(values).buffer;
const PLANES = bytes(1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16, 21, 22, 23, 24, 25, 26);
const PIXELS = bytes(1, 11, 21, 2, 12, 22, 3, 13, 23, 4, 14, 24, 5, 15, 25, 6, 16, 26);

test('an input is mirrored channel by channel, whatever its layout', () => {
  assert.deepEqual(
    [...new Uint8Array(mirroredInput(PLANES, spec('nchw')))].slice(0, 9),
    [3, 2, 1, 6, 5, 4, 13, 12, 11],
  );
  assert.deepEqual(
    [...new Uint8Array(mirroredInput(PIXELS, spec('nhwc')))].slice(0, 6),
    [3, 13, 23, 2, 12, 22],
  );
});

test('an input is moved by a part of its edge, and its edge goes on', () => {
  assert.deepEqual([...new Uint8Array(movedInput(PLANES, spec('nchw')))].slice(0, 6), [5, 6, 6, 5, 6, 6]);
});
