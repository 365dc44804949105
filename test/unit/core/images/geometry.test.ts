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

  test('fits a picture into a rectangle or a longest edge, halves to even', () => {
    const square = { height: 224, width: 224 };
    assert.deepEqual(resizedSize(640, 480, square, 'letterbox'), { width: 224, height: 168 });
    assert.deepEqual(resizedSize(480, 640, { longestEdge: 224 }), { width: 168, height: 224 });
    assert.deepEqual(resizedSize(16, 5, { longestEdge: 8 }), { width: 8, height: 2 });
    assert.deepEqual(resizedSize(16, 7, { longestEdge: 8 }), { width: 8, height: 4 });
    assert.deepEqual(resizedSize(100, 100, { height: 40, width: 72 }, 'letterbox'), {
      width: 40,
      height: 40,
    });
    assert.deepEqual(resizedSize(5000, 1, square, 'letterbox'), { width: 224, height: 1 });
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

  const placed = (width: number, height: number, preprocessing: Partial<Preprocessing>, input = 224) =>
    placeImage(width, height, inputSpec(input, preprocessing));
  const square = { height: 224, width: 224 };

  test('puts what fits inside into the middle, or into the corner', () => {
    const middle = placed(640, 481, { size: square, fit: 'letterbox' });
    assert.deepEqual([middle.width, middle.height, middle.left, middle.top], [224, 168, 0, 28]);
    const corner = placed(640, 481, { size: { longestEdge: 224 }, anchor: 'top-left' });
    assert.deepEqual([corner.width, corner.height, corner.left, corner.top], [224, 168, 0, 0]);
    const cropped = placed(500, 400, { size: { height: 256, width: 256 }, fit: 'letterbox', crop: square });
    assert.deepEqual([cropped.width, cropped.height], [256, 205]);
    assert.deepEqual(cropped.window, { left: 16, top: 0, width: 224, height: 205 });
    assert.equal(cropped.top, 9);
  });

  test('crops from the top left where that is described', () => {
    const { window } = placed(300, 400, { size: { shortestEdge: 256 }, crop: square, anchor: 'top-left' });
    assert.deepEqual(window, { left: 0, top: 0, width: 224, height: 224 });
  });

  test('cuts before the resize, at whole pixels', () => {
    const fit = placed(301, 200, { size: square, cropFirst: 1 });
    assert.deepEqual(fit.source, { left: 50, top: 0, width: 200, height: 200 });
    const share = placed(400, 301, { size: square, cropFirst: 0.875 }).source;
    assert.deepEqual(share, { left: 68, top: 19, width: 263, height: 263 });
    const both = placed(301, 200, { size: { shortestEdge: 256 }, crop: square, cropFirst: 1 });
    assert.deepEqual([both.source?.left, both.width, both.height, both.window.left], [50, 256, 256, 16]);
    const corner = placed(301, 200, { size: square, cropFirst: 1, anchor: 'top-left' }).source;
    assert.equal(corner?.left, 0);
    assert.deepEqual(placed(301, 1, { size: square, cropFirst: 0.5 }).source, {
      left: 150,
      top: 0,
      width: 1,
      height: 1,
    });
  });

  test('what is cut first has the proportions of the size', () => {
    const size = { height: 40, width: 80 };
    const spec = { ...inputSpec(40, { size, cropFirst: 1, resample: 'nearest' }), width: 80 };
    assert.deepEqual(placeImage(100, 100, spec).source, { left: 0, top: 25, width: 100, height: 50 });
  });

  test('of an image of at most half the size of the input nothing is cut, whatever the kind', () => {
    const letterbox = { size: { height: 256, width: 256 }, fit: 'letterbox', crop: square } as const;
    assert.deepEqual(placed(100, 50, letterbox).window, { left: 0, top: 0, width: 224, height: 112 });
    const longest = placed(100, 50, { size: { longestEdge: 256 }, crop: square });
    assert.equal(longest.width, 224);
    assert.equal(placed(32, 32, { size: square, cropFirst: 0.875 }).source?.width, 32);
    assert.equal(placed(113, 113, { size: square, cropFirst: 0.875 }).source?.width, 98);
  });
});
