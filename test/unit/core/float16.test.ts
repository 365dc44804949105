import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float16Bits, float16Value, float16Values } from '../../../src/core/float16.ts';

test('every half-precision number survives the way to a number and back', () => {
  for (let pattern = 0; pattern < 0x10000; pattern++) {
    const value = float16Value(pattern);
    if (Number.isNaN(value)) assert.equal(float16Bits(value), 0x7e00);
    else assert.equal(float16Bits(value), pattern);
  }
});

test('many patterns are the same numbers as each of them', () => {
  const patterns = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0xfc00, 0x7e00, 0x8000);
  assert.deepEqual([...float16Values(patterns)], [...patterns].map(float16Value));
});

test('numbers between two halves go to the nearer one, ties to the even pattern', () => {
  assert.equal(float16Bits(1 + 2 ** -11), 0x3c00);
  assert.equal(float16Bits(1 + 3 * 2 ** -11), 0x3c02);
  assert.equal(float16Bits(1 + 2 ** -11 + 2 ** -20), 0x3c01);
  assert.equal(float16Bits(2047.9), 0x6800);
  assert.equal(float16Bits(2 ** -25), 0);
  assert.equal(float16Bits(2 ** -25 * 1.01), 1);
});

test('numbers beyond the largest half become infinite', () => {
  assert.equal(float16Bits(65519), 0x7bff);
  assert.equal(float16Bits(65520), 0x7c00);
  assert.equal(float16Bits(-1e9), 0xfc00);
});
