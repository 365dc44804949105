import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SemapError } from '../../../../../src/core/errors.ts';
import { hScores } from '../../../../../src/core/metrics/transferability/hScore.ts';
import { leep, nce } from '../../../../../src/core/metrics/transferability/leepAndNce.ts';
import { logMe } from '../../../../../src/core/metrics/transferability/logMe.ts';
import { seededRandom } from '../../../../../src/core/random.ts';

const refused = (error: unknown) => error instanceof SemapError && error.reason === 'invalid-argument';

function near(actual: number | null, expected: number, tolerance: number): void {
  assert.ok(actual !== null && Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
}

/** `perClass` images of each of `classes` around class means that lie `distance` apart in noise of 1. */
function cloud(classes: number, perClass: number, dimensions: number, distance: number, seed = 1) {
  const random = seededRandom(seed);
  const truths = Array.from({ length: classes * perClass }, (_, i) => i % classes);
  const features = Float64Array.from({ length: truths.length * dimensions }, (_, at) => {
    const truth = truths[Math.floor(at / dimensions)];
    return random() - 0.5 + (at % dimensions === truth ? distance : 0);
  });
  return { features, truths, targetCount: classes };
}

describe('LEEP and NCE', () => {
  const logits = Float32Array.from([9, 0, 0, 0, 9, 0, 0, 0, 9, 9, 0, 0]);
  const about = { logits, sourceCount: 3, targetCount: 3 };

  it('are near 0 where source labels tell targets apart, and near -ln 2 where two share one', () => {
    const apart = { ...about, truths: [0, 1, 2, 0] };
    near(nce(apart), 0, 1e-12);
    near(leep(apart), 0, 1e-2);
    const alike = { logits: Float32Array.from([9, 0, 9, 0]), truths: [0, 1], sourceCount: 2, targetCount: 2 };
    near(nce(alike), -Math.LN2, 1e-12);
    near(leep(alike), -Math.LN2, 1e-12);
  });

  it('refuse to measure on no image', () => {
    const none = { ...about, logits: new Float32Array(), truths: [] };
    assert.throws(() => leep(none), refused);
    assert.throws(() => nce(none), refused);
  });
});

describe('LogME', () => {
  it('is higher the better features tell classes apart', () => {
    const values = [0, 0.5, 2].map((distance) => logMe(cloud(4, 10, 16, distance)));
    assert.ok(values[0] < values[1] && values[1] < values[2], values.join(' < '));
  });

  it('does not depend on the scale of features', () => {
    const small = cloud(3, 8, 12, 1);
    const large = { ...small, features: small.features.map((value) => value * 1000) };
    near(logMe(large), logMe(small), 1e-9);
  });

  it('does not change when features repeat or are padded with zeros, even beyond the number of images', () => {
    const given = cloud(3, 8, 12, 1);
    const widened = (width: number, value: (row: number, k: number) => number) => ({
      ...given,
      features: Float64Array.from({ length: 24 * width }, (_, at) =>
        value(Math.floor(at / width), at % width),
      ),
    });
    const expected = logMe(given);
    near(logMe(widened(48, (row, k) => given.features[row * 12 + (k % 12)])), expected, 1e-9);
    near(logMe(widened(30, (row, k) => (k < 12 ? given.features[row * 12 + k] : 0))), expected, 1e-9);
  });

  it('leaves classes without images out', () => {
    const given = cloud(3, 8, 12, 1);
    near(logMe({ ...given, targetCount: 5 }), logMe(given), 1e-12);
  });

  it('stays finite where features are all alike', () => {
    const flat = { features: new Float32Array(6 * 4).fill(1), truths: [0, 1, 0, 1, 0, 1], targetCount: 2 };
    assert.ok(Number.isFinite(logMe(flat)));
    assert.ok(Number.isFinite(logMe({ ...flat, features: new Float32Array(6 * 4) })));
  });

  it('refuses features and labels that do not fit', () => {
    assert.throws(() => logMe({ features: new Float32Array(7), truths: [0, 1], targetCount: 2 }), refused);
    assert.throws(() => logMe({ features: new Float32Array(4), truths: [0, 2], targetCount: 2 }), refused);
    assert.throws(() => logMe({ features: new Float32Array(), truths: [], targetCount: 2 }), refused);
  });
});

describe('H-scores', () => {
  it('come near the number of classes less one where classes are far apart', () => {
    const { plain, regularised } = hScores(cloud(4, 50, 8, 100));
    near(plain, 3, 0.01);
    near(regularised, 3, 0.2);
  });

  it('are higher the better features tell classes apart', () => {
    const values = [0, 0.5, 2].map((distance) => hScores(cloud(4, 10, 64, distance)).regularised);
    assert.ok(values[0] < values[1] && values[1] < values[2], values.join(' < '));
  });

  it('have no plain one with fewer images than features', () => {
    assert.equal(hScores(cloud(2, 4, 9, 1)).plain, null);
    assert.notEqual(hScores(cloud(2, 5, 9, 1)).plain, null);
  });

  it('do not mind features that never vary', () => {
    const given = cloud(3, 20, 6, 1);
    const features = given.features.map((value, at) => (at % 6 === 5 ? 0.25 : value));
    const without = { ...given, features: features.filter((_, at) => at % 6 !== 5) };
    near(hScores({ ...given, features }).plain, hScores(without).plain!, 1e-9);
  });
});
