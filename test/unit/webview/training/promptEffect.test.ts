import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { promptEffect } from '../../../../webview/training/promptEffect.ts';

/** A picture of gray values, opaque. */
function pictureOf(rows: readonly (readonly number[])[]): Uint8ClampedArray {
  return Uint8ClampedArray.from(rows.flat().flatMap((value) => [value, value, value, 255]));
}

/** The gray values of a picture; nothing where it is transparent. */
function grays(pixels: Uint8ClampedArray): (number | undefined)[] {
  return Array.from({ length: pixels.length / 4 }, (_, i) =>
    pixels[4 * i + 3] === 0 ? undefined : pixels[4 * i],
  );
}

describe('what a prompt adds', () => {
  it('is made larger by the largest round factor that keeps it apart from black and white', () => {
    const { pixels, factor, most } = promptEffect(
      pictureOf([
        [128, 131],
        [126, 128],
      ]),
      2,
      2,
    );
    assert.deepEqual([factor, most], [30, 3]);
    assert.deepEqual(grays(pixels), [128, 218, 68, 128]);
  });

  it('is shown as it is when it is strong, and when there is nothing of it', () => {
    const strong = pictureOf([
      [0, 255],
      [10, 128],
    ]);
    assert.deepEqual(promptEffect(strong, 2, 2), { pixels: strong, factor: 1, most: 128 });
    const { factor, most } = promptEffect(
      pictureOf([
        [128, 128],
        [128, 128],
      ]),
      2,
      2,
    );
    assert.deepEqual([factor, most], [1, 0]);
  });

  it('is clear inside a frame, whose black is not added', () => {
    const { pixels, factor } = promptEffect(
      pictureOf([
        [128, 138, 128, 128],
        [118, 0, 0, 128],
        [128, 0, 0, 128],
        [128, 128, 128, 128],
      ]),
      4,
      4,
    );
    assert.equal(factor, 10);
    const shown = grays(pixels);
    assert.deepEqual([shown[1], shown[4], shown[5], shown[10]], [228, 28, undefined, undefined]);
  });

  it('is told apart where a few pixels are much stronger than all others', () => {
    const row = Array.from({ length: 200 }, (_, i) => (i === 7 ? 255 : 130));
    const { factor, most } = promptEffect(pictureOf([row]), 200, 1);
    assert.deepEqual([factor, most], [50, 127]);
  });
});
