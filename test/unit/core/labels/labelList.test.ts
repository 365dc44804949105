import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseLabelList } from '../../../../src/core/labels/labelList.ts';

describe('A label list', () => {
  it('is one label a line, and a comma within a line belongs to the label', () => {
    assert.deepEqual(parseLabelList('cat\ndog, domestic\r\n  bird \n'), ['cat', 'dog, domestic', 'bird']);
  });

  it('may stand on one line', () => {
    assert.deepEqual(parseLabelList('cat, dog,bird'), ['cat', 'dog', 'bird']);
    assert.deepEqual(parseLabelList('cat; dog, domestic; bird; cow'), [
      'cat',
      'dog, domestic',
      'bird',
      'cow',
    ]);
    assert.deepEqual(parseLabelList('cat'), ['cat']);
  });

  it('keeps blanks and duplicates for whoever reports them', () => {
    assert.deepEqual(parseLabelList('cat\n\ncat'), ['cat', '', 'cat']);
    assert.deepEqual(parseLabelList(''), []);
  });

  it('keeps any text as it is', () => {
    const labels = ['<img src=x onerror=alert(1)>', '=cmd()', '../../etc', '猫', '🐶'];
    assert.deepEqual(parseLabelList(labels.join('\n')), labels);
  });

  it('does not take a byte order mark for a part of the first label', () => {
    assert.deepEqual(parseLabelList('\uFEFFcat\ndog'), ['cat', 'dog']);
  });

  it('is the headed column of a table, or its first', () => {
    assert.deepEqual(parseLabelList('id,label\n1,cat\n2,"dog, ""good"""\n', 'csv'), ['cat', 'dog, "good"']);
    assert.deepEqual(parseLabelList('cat;12\ndog;3\n', 'csv'), ['cat', 'dog']);
    assert.deepEqual(parseLabelList('label\ncat\n', 'csv'), ['cat']);
    assert.deepEqual(parseLabelList('cat,dog,bird', 'csv'), ['cat', 'dog', 'bird']);
  });

  it('may hold line breaks within quotes', () => {
    assert.deepEqual(parseLabelList('"a\nb"\nc', 'csv'), ['a\nb', 'c']);
  });
});
