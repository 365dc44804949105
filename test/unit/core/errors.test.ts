import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SemapError } from '../../../src/core/errors.ts';

test('an error that quotes a file keeps what failed and why, at a length that can be read', () => {
  const { message, hint } = new SemapError(
    'not-onnx',
    `Output "${'A'.repeat(1e6)}" is not made by any node.`,
    {
      hint: 'B'.repeat(1e6),
    },
  );
  assert.equal(message.length, 2000);
  assert.match(message, /^Output "A+…A+" is not made by any node\.$/);
  assert.equal(hint?.length, 2000);
});

test('a usual message stays as it is', () => {
  const message = 'C'.repeat(2000);
  assert.equal(new SemapError('internal', message).message, message);
});
