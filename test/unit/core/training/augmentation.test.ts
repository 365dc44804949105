import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../../../src/core/random.ts';
import { mixRows, smoothTruths, variationOf } from '../../../../src/core/training/augmentation.ts';

const size = { width: 240, height: 120 };

describe('Variation of images', () => {
  it('leaves images as they are where nothing is asked for', () => {
    assert.equal(variationOf({}, size, seededRandom(1)), undefined);
  });

  it('crops within a 24th of the edge, and does not mirror unless asked to', () => {
    const random = seededRandom(2);
    for (let i = 0; i < 200; i++) {
      const moved = variationOf({ crop: true }, size, random)!;
      assert.deepEqual(Object.keys(moved), ['flip', 'right', 'down']);
      assert.ok(Math.abs(moved.right) <= 10 && Math.abs(moved.down) <= 5 && !moved.flip);
    }
  });

  it('varies scale, angle and color about what they are', () => {
    const random = seededRandom(3);
    const all = Array.from({ length: 2000 }, () => variationOf({ vary: true }, size, random)!);
    const mean = (of: (one: (typeof all)[number]) => number) =>
      all.reduce((sum, one) => sum + of(one), 0) / all.length;
    assert.ok(Math.abs(mean(({ zoom }) => Math.log(zoom!))) < 0.01);
    assert.ok(Math.abs(mean(({ turn }) => turn!)) < 0.01);
    // Gray stays gray on the mean.
    assert.ok(Math.abs(mean(({ tint }) => tint!.gain[1] * 127.5 + tint!.lift[1]) - 127.5) < 2);
    assert.ok(all.every(({ flip, turn }) => !flip && Math.abs(turn!) < 0.3));
  });
});

describe('Erasing', () => {
  it('takes a rectangle that lies in the picture from every other image', () => {
    const random = seededRandom(6);
    const all = Array.from({ length: 2000 }, () => variationOf({ erase: true }, size, random)!);
    const erased = all.flatMap((one) => one.erased ?? []);
    assert.ok(Math.abs(erased.length / all.length - 0.5) < 0.03);
    for (const { left, top, width, height } of erased) {
      assert.ok(left >= 0 && top >= 0 && left + width <= 1 && top + height <= 1);
      assert.ok(width * height > 0.0199 && width * height < 0.2501 && width / height < 3.01);
    }
    assert.ok(all.every(({ flip, right, down }) => !flip && right === 0 && Math.abs(down) === 0));
  });
});

describe('Mixing of rows', () => {
  it('mixes pairs, images and truths by the same share, and a last row not at all', () => {
    const images = Float32Array.of(1, 1, 3, 3, 5, 5);
    const truths = Float32Array.of(1, 0, 0, 1, 1, 0);
    mixRows(images, truths, 3, 1, seededRandom(4));
    const own = truths[0];
    assert.ok(own >= 0.5 && own < 1);
    const expected = [own + 3 * (1 - own), 3 * own + 1 - own];
    for (const [row, value] of expected.entries()) assert.ok(Math.abs(images[2 * row] - value) < 1e-6);
    assert.ok(Math.abs(truths[3] - own) < 1e-6 && Math.abs(truths[2] - (1 - own)) < 1e-6);
    assert.deepEqual([...images.subarray(4), ...truths.subarray(4)], [5, 5, 1, 0]);
  });

  it('draws shares as the Beta distribution has them: the nearer to 0 its parameter, the less is mixed', () => {
    const meanShare = (concentration: number) => {
      const random = seededRandom(5);
      let sum = 0;
      for (let i = 0; i < 2000; i++) {
        const truths = Float32Array.of(1, 0, 0, 1);
        mixRows(new Float32Array(2), truths, 2, concentration, random);
        sum += truths[0];
      }
      return sum / 2000;
    };
    // E max(m, 1 - m) under Beta(a, a): 3/4 for a = 1, 1/2 + 1/pi for a = 1/2.
    assert.ok(Math.abs(meanShare(1) - 0.75) < 0.01);
    assert.ok(Math.abs(meanShare(0.5) - (0.5 + 1 / Math.PI)) < 0.01);
    // 11/16 for a = 2, and a half of nothing but halves; what is next to 0 mixes nothing, and comes to an end.
    assert.ok(Math.abs(meanShare(2) - 11 / 16) < 0.01);
    assert.ok(Math.abs(meanShare(1e6) - 0.5) < 0.01);
    assert.ok(meanShare(1e-6) > 0.99);
  });

  it('spreads a share of a truth over all targets', () => {
    const truths = Float32Array.of(1, 0, 0, 0);
    smoothTruths(truths, 4, 0.2);
    for (const [i, share] of [0.85, 0.05, 0.05, 0.05].entries())
      assert.ok(Math.abs(truths[i] - share) < 1e-6);
  });
});
