import assert from 'node:assert/strict';
import { test } from 'node:test';
import { opaqueRgb, rgbaOnWhite } from '../../../../src/core/images/compositing.ts';

test('what is transparent shows white, what is half transparent a mixture', () => {
  const rgba = Uint8Array.of(10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 255, 128);
  assert.deepEqual([...rgbaOnWhite(3, 1, rgba).data], [10, 20, 30, 255, 255, 255, 127, 177, 255]);
});

test('opaque pixels keep their colours', () => {
  assert.deepEqual([...opaqueRgb(2, 1, Uint8Array.of(1, 2, 3, 255, 4, 5, 6, 255)).data], [1, 2, 3, 4, 5, 6]);
});
