import assert from 'node:assert/strict';
import { it } from 'node:test';
import { logistic, logit } from '../../../src/core/logistic.ts';

it('Log-odds lead to shares and back, but for shares that are nearly certain', () => {
  assert.equal(logistic(0), 0.5);
  for (const share of [0.02, 0.5, 0.9]) assert.ok(Math.abs(logistic(logit(share, 0.01)) - share) < 1e-12);
  for (const [share, seen] of [
    [0, 0.01],
    [1, 0.99],
  ])
    assert.ok(Math.abs(logistic(logit(share, 0.01)) - seen) < 1e-12);
});
