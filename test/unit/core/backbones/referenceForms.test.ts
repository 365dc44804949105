import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nearestReading, otherOrder, type Rows } from '../../../../src/core/backbones/referenceForms.ts';
import { softmax } from '../../../../src/core/mapping/scoring.ts';

const rows = (...all: readonly ArrayLike<number>[]): Rows => ({
  count: all.length,
  values: Float32Array.from(all.flatMap((row) => Array.from(row))),
});
const LOGITS = [
  [1, 2, 3, -1],
  [0.5, -2, 4, 1],
];
const given = rows(...LOGITS);
const shares = LOGITS.map((row) => softmax(row));

describe('a reference', () => {
  it('is of images in another order, in any form', () => {
    const three = [...LOGITS, [3, 0, -1, 2]];
    const order = [2, 0, 1];
    const turned = order.map((of) => three[of]);
    assert.deepEqual(otherOrder(rows(...three), rows(...turned)), order);
    assert.deepEqual(otherOrder(rows(...three), rows(...turned.map((row) => softmax(row)))), order);
    assert.equal(otherOrder(rows(...three), rows(...three)), undefined);
    assert.equal(otherOrder(rows(...three), rows(three[0], three[0], three[1])), undefined);
    assert.equal(otherOrder(given, rows([9, 1, 1, 1], [0, 5, 0, 0])), undefined);
  });

  it('is found to be the output itself, its softmax, sigmoid or log-softmax', () => {
    const forms = {
      same: given,
      softmax: rows(...shares),
      sigmoid: rows(...LOGITS.map((row) => row.map((value) => 1 / (1 + Math.exp(-value))))),
      'log-softmax': rows(...shares.map((row) => row.map(Math.log))),
    };
    for (const [form, reference] of Object.entries(forms)) {
      const nearest = nearestReading(given, reference)!;
      assert.equal(nearest.reading.form, form);
      assert.ok(nearest.distance.relative < 1e-5);
      assert.equal(nearest.distance.sameTop, 1);
    }
  });

  it('of logits before a softmax is the logarithm of its shares, up to a constant for each image', () => {
    const nearest = nearestReading(rows(...shares), given)!;
    assert.equal(nearest.reading.form, 'log');
    assert.ok(nearest.distance.relative < 1e-5);
  });

  it('may leave out a background class in front or behind', () => {
    assert.deepEqual(nearestReading(given, rows(...LOGITS.map((row) => row.slice(1))))?.reading, {
      form: 'same',
      before: 1,
      after: 0,
    });
    assert.equal(nearestReading(given, rows(...LOGITS.map((row) => row.slice(0, 3))))?.reading.after, 1);
  });

  it('of another number of classes fits nothing', () => {
    assert.equal(nearestReading(given, rows([1, 2], [3, 4])), undefined);
    assert.equal(nearestReading(given, rows([1, 2, 3, 4, 5], [1, 2, 3, 4, 5])), undefined);
  });

  it('agrees with nothing that is no number', () => {
    const broken = rows([Number.NaN, 2, 3, -1], LOGITS[1]);
    assert.ok(nearestReading(broken, given)!.distance.relative > 1);
  });

  it('that differs is told by how much, and in how many images the strongest is another', () => {
    const { distance } = nearestReading(given, rows(LOGITS[0], [4, -2, 0.5, 1]))!;
    assert.ok(distance.relative > 0.5);
    assert.equal(distance.sameTop, 0.5);
    assert.equal(distance.largest, 3.5);
  });
});
