import assert from 'node:assert/strict';
import { it } from 'node:test';
import { expOfNegative } from '../../../../src/core/mapping/fastExp.ts';

it('the fast exponential is as exact as float32 scores need', () => {
  for (let x = 0; x > -699; x -= 0.0137) {
    const relative = Math.abs(expOfNegative(x) / Math.exp(x) - 1);
    assert.ok(relative < 1e-11, `${relative} at ${x}`);
  }
  assert.equal(expOfNegative(0), 1);
  assert.equal(expOfNegative(-1e9), 0);
  assert.equal(expOfNegative(Number.NEGATIVE_INFINITY), 0);
});
