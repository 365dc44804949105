import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { placeImage, resizedSize } from '../../../../src/core/images/geometry.ts';
import type { InputSpec, Preprocessing } from '../../../../src/core/images/preprocessing.ts';
import { inputSpec } from '../../inputSpec.ts';

function spec(size: Preprocessing['size'], input: number, crop?: number): InputSpec {
  return inputSpec(input, { size, crop: crop === undefined ? undefined : { height: crop, width: crop } });
}

describe('resizedSize', () => {
  test('makes the shortest edge the asked one and rounds the other down, as torchvision does', () => {
    assert.deepEqual(resizedSize(300, 200, { shortestEdge: 256 }), { width: 384, height: 256 });
    assert.deepEqual(resizedSize(200, 300, { shortestEdge: 256 }), { width: 256, height: 384 });
    assert.deepEqual(resizedSize(301, 203, { shortestEdge: 256 }), { width: 379, height: 256 });
    assert.deepEqual(resizedSize(77, 77, { shortestEdge: 32 }), { width: 32, height: 32 });
  });

  test('takes height and width as they are', () => {
    assert.deepEqual(resizedSize(300, 200, { height: 10, width: 20 }), { width: 20, height: 10 });
  });
});

describe('placeImage', () => {
  test('crops the centre, and halves of a pixel go to the even offset', () => {
    const offset = (edge: number): number =>
      placeImage(edge, edge, spec({ shortestEdge: edge }, 224, 224)).window.left;
    assert.equal(offset(256), 16);
    // int(round(16.5)), round(17.5) and round(18.5) in Python.
    assert.equal(offset(257), 16);
    assert.equal(offset(259), 18);
    assert.equal(offset(261), 18);
  });

  test('crops to the size of the input when no crop is given', () => {
    const place = placeImage(300, 200, spec({ shortestEdge: 64 }, 64));
    assert.deepEqual(place.window, { left: 16, top: 0, width: 64, height: 64 });
  });

  test('pads an image that is smaller than the crop, the smaller half first', () => {
    const place = placeImage(30, 20, spec({ shortestEdge: 19 }, 32, 32));
    assert.deepEqual([place.width, place.height], [28, 19]);
    assert.deepEqual(place.window, { left: 0, top: 0, width: 28, height: 19 });
    assert.deepEqual([place.left, place.top], [2, 6]);
  });

  test('cuts nothing off an image of at most half the size of the input', () => {
    const cropped = spec({ shortestEdge: 256 }, 224, 224);
    assert.deepEqual(placeImage(32, 32, cropped).window, { left: 0, top: 0, width: 224, height: 224 });
    const wide = placeImage(112, 56, cropped);
    assert.deepEqual([wide.width, wide.height], [448, 224]);
    assert.equal(placeImage(113, 56, cropped).height, 256);
  });

  test('keeps a very thin image at least one pixel wide', () => {
    assert.deepEqual(resizedSize(5000, 1, { height: 8, width: 8 }), { width: 8, height: 8 });
    const place = placeImage(100_000, 1, spec({ shortestEdge: 8 }, 8, 8));
    assert.deepEqual(place.window, { left: 399_996, top: 0, width: 8, height: 8 });
  });

  test('refuses a crop that is not the size of the input', () => {
    assert.throws(() => placeImage(300, 200, spec({ shortestEdge: 256 }, 224, 200)), {
      reason: 'invalid-description',
    });
  });
});
