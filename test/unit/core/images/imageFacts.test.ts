import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  lookOf,
  packedLook,
  SHAPE_BYTES,
  shapeLevels,
  unpackedLook,
} from '../../../../src/core/images/imageFacts.ts';
import type { RgbImage } from '../../../../src/core/images/preprocessing.ts';

function picture(width: number, height: number, grey: (x: number, y: number) => number): RgbImage {
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++)
    data.fill(grey(i % width, Math.floor(i / width)), 3 * i, 3 * i + 3);
  return { width, height, data };
}

function levelsOf(image: RgbImage): Int8Array {
  const levels = new Int8Array(64);
  shapeLevels(lookOf(image).shape, levels);
  return levels;
}

function cosine(a: Int8Array, b: Int8Array): number {
  const dot = (one: Int8Array, other: Int8Array) => one.reduce((sum, level, i) => sum + level * other[i], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

describe('The look of a picture', () => {
  test('one color has none, whatever the size', () => {
    for (const size of [1, 2, 3, 32, 224]) {
      const { spread, detail, shape } = lookOf(picture(size, size, () => 200));
      assert.deepEqual([spread, detail, shape.length], [0, 0, SHAPE_BYTES]);
      assert.ok(levelsOf(picture(size, size, () => 200)).every((level) => level === 0));
    }
  });

  test('two halves are spread and have little detail, stripes have much', () => {
    const halves = lookOf(picture(224, 224, (_, y) => (y < 112 ? 100 : 140)));
    assert.deepEqual([halves.spread, halves.detail], [20, 0]);
    assert.equal(lookOf(picture(224, 224, (x) => (x % 2 === 0 ? 100 : 140))).detail, 40);
  });

  test('the shape is the same in every size and light, and another for another picture', () => {
    const hill = (x: number, y: number) => 128 + 60 * Math.sin(5 * x) * Math.cos(3 * y + x);
    const shapes = [64, 128, 224].flatMap((size) =>
      [1, 0.7].map((light) => levelsOf(picture(size, size, (x, y) => light * hill(x / size, y / size)))),
    );
    for (const shape of shapes) assert.ok(cosine(shape, shapes[0]) > 0.97);
    assert.ok(Math.abs(cosine(levelsOf(picture(224, 224, (x, y) => 128 + (x - y) / 4)), shapes[0])) < 0.5);
  });

  test('spread and detail are kept in 16 bits as they are', () => {
    const { spread, detail } = lookOf(picture(50, 50, (x, y) => ((x * y) % 2) * 255));
    for (const look of [
      { spread: 0, detail: 0 },
      { spread: 63.75, detail: 63.75 },
      { spread: 12.25, detail: 0.5 },
      { spread, detail },
    ]) {
      assert.deepEqual(unpackedLook(packedLook(look)), look);
    }
  });
});
