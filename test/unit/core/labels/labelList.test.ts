import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseLabelList } from '../../../../src/core/labels/targetLabels.ts';

describe('parseLabelList: what a person types', () => {
  test('one label per line, a comma is part of it', () => {
    assert.deepEqual(parseLabelList('cat\ndog, domestic\r\n  bird \n'), ['cat', 'dog, domestic', 'bird']);
  });

  test('one line with commas, or with semicolons between labels that hold commas', () => {
    assert.deepEqual(parseLabelList('cat, dog,bird'), ['cat', 'dog', 'bird']);
    assert.deepEqual(parseLabelList('cat; dog, domestic; bird; cow'), [
      'cat',
      'dog, domestic',
      'bird',
      'cow',
    ]);
    assert.deepEqual(parseLabelList('cat'), ['cat']);
  });

  test('quotes and a list in brackets keep a comma within a label', () => {
    assert.deepEqual(parseLabelList('"dog, domestic",cat'), ['dog, domestic', 'cat']);
    assert.deepEqual(parseLabelList('["dog, domestic", "cat"]'), ['dog, domestic', 'cat']);
    assert.deepEqual(parseLabelList("['cat', 'dog']"), ['cat', 'dog']);
    assert.deepEqual(parseLabelList('"dog, domestic"'), ['dog, domestic']);
    assert.deepEqual(parseLabelList("'cat', 'dog'"), ['cat', 'dog']);
  });

  test('blanks and duplicates stay, for whoever reports them', () => {
    assert.deepEqual(parseLabelList('cat\n\ncat'), ['cat', '', 'cat']);
    assert.deepEqual(parseLabelList(''), []);
  });

  test('what nobody sees is left out', () => {
    assert.deepEqual(parseLabelList('\uFEFFcat,\u200bdog\u200b,polar\u00a0bear'), [
      'cat',
      'dog',
      'polar bear',
    ]);
  });

  test('text is kept as it is: emoji, markup, formulas, other scripts', () => {
    const labels = ['👩‍🔬', '<b>', '=1+1', '日本語', 'C#', '#1', "rock'n'roll", 'می‌خواهم'];
    assert.deepEqual(parseLabelList(labels.join('\n')), labels);
  });
});
