import assert from 'node:assert/strict';
import { test } from 'node:test';
import { indexesOf, indexText } from '../../../../src/core/jobs/indexes.ts';

test('indexes are read as schedulers write them', () => {
  assert.deepEqual(indexesOf('3', 10), [3]);
  assert.deepEqual(indexesOf('0-2', 10), [0, 1, 2]);
  assert.deepEqual(indexesOf('7-9, 3,8', 10), [7, 8, 9, 3]);
});

test('what is no list of indexes is none, and one beyond the last is told apart', () => {
  for (const text of ['', '-1', '1.5', 'a', '3-1', '1,,2', '1-', '0x1', '99999999999'])
    assert.equal(indexesOf(text, 10), undefined, text);
  assert.equal(indexesOf('10', 10), 'beyond');
  assert.equal(indexesOf('0-999999999', 10), 'beyond');
});

test('indexes are written as ranges, and read back', () => {
  const all = [0, 3, 7, 8, 9, 12, 13];
  assert.equal(indexText(all), '0,3,7-9,12-13');
  assert.deepEqual(indexesOf(indexText(all), 20), all);
  assert.equal(indexText([]), '');
});
