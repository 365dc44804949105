import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { arePhotographs, flatness } from '../../../../src/core/images/flatness.ts';
import { seededRandom } from '../../../../src/core/random.ts';

/** 8 x 8, a shade by the pixel. */
const picture = (shade: (x: number, y: number) => number) => ({
  width: 8,
  height: 8,
  data: Uint8Array.from({ length: 192 }, (_, i) => shade(Math.floor(i / 3) % 8, Math.floor(i / 24))),
});

describe('The flatness of a picture', () => {
  it('is the share of pixels that are as the one before them in their row', () => {
    assert.equal(flatness(picture(() => 7)), 1);
    assert.equal(flatness(picture((x) => x)), 0);
    // One edge in each row of seven pairs.
    assert.equal(flatness(picture((x) => (x < 4 ? 0 : 255))), 6 / 7);
  });

  it('tells photographs from drawings, by most of them', () => {
    const random = seededRandom(1);
    const photo = flatness(picture(() => Math.floor(random() * 256)));
    assert.ok(photo < 0.1);
    assert.equal(arePhotographs([photo, photo, 1]), true);
    assert.equal(arePhotographs([photo, 1, 1]), false);
    assert.equal(arePhotographs([]), false);
  });
});
