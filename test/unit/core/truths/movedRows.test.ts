import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { movedRows } from '../../../../src/core/truths/movedRows.ts';

const rows = (...all: readonly [name: string, content: string][]) =>
  all.map(([name, content]) => ({ name, content }));

describe('Rows whose images have other names', () => {
  it('go to the image with their content, and only one of copies', () => {
    const free = new Map([['A', ['b.jpg', 'c.jpg']]]);
    assert.deepEqual(movedRows(rows(['a.jpg', 'A'], ['x.jpg', 'X']), free), [{ from: 'a.jpg', to: 'b.jpg' }]);
    assert.deepEqual(movedRows(rows(['a.jpg', 'A'], ['b2.jpg', 'A'], ['c2.jpg', 'A']), free), [
      { from: 'a.jpg', to: 'b.jpg' },
      { from: 'b2.jpg', to: 'c.jpg' },
    ]);
  });

  it('go to the one of the same file name first', () => {
    const free = new Map([['A', ['new/1.jpg', 'old/a.jpg', 'old/b.jpg']]]);
    assert.deepEqual(movedRows(rows(['z.jpg', 'A'], ['b.jpg', 'A'], ['x/a.jpg', 'A']), free), [
      { from: 'b.jpg', to: 'old/b.jpg' },
      { from: 'x/a.jpg', to: 'old/a.jpg' },
      { from: 'z.jpg', to: 'new/1.jpg' },
    ]);
  });
});
