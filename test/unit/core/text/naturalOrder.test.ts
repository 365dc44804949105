import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inNaturalOrder } from '../../../../src/core/text/naturalOrder.ts';

test('names are in the order of their numbers, and the same names are neither before nor after each other', () => {
  const names = ['b', '10.jpg', 'a', '2.jpg', '2.jpg'];
  assert.deepEqual(names.sort(inNaturalOrder), ['2.jpg', '2.jpg', '10.jpg', 'a', 'b']);
  assert.equal(inNaturalOrder('a', 'a'), 0);
  assert.equal(inNaturalOrder('e\u0301', '\u00e9'), -inNaturalOrder('\u00e9', 'e\u0301'));
});
