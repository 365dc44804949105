import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TextHistory, type TextStep } from '../../../../src/core/text/textHistory.ts';

const FIRST = '{\r\n  "weight": 0.37,\r\n  "next": 1\r\n}\r\n';
const UNMAPPED = '{\r\n  "next": 1\r\n}\r\n';
const RENAMED = '{\r\n  "neXt": 1\r\n}\r\n';

function applied(text: string, step: TextStep | undefined): string {
  assert.ok(step);
  return text.slice(0, step.start) + step.text + text.slice(step.end);
}

describe('the history of a text', () => {
  it('goes back to every version to the letter, and forth again', () => {
    const history = new TextHistory(FIRST);
    const versions = [FIRST, UNMAPPED, RENAMED, '', FIRST];
    for (const version of versions.slice(1)) history.take(version);
    for (const version of versions.toReversed().slice(1)) {
      history.take(applied(history.text, history.undo));
      assert.equal(history.text, version);
    }
    assert.equal(history.undo, undefined);
    for (const version of versions.slice(1)) {
      history.take(applied(history.text, history.redo));
      assert.equal(history.text, version);
    }
    assert.equal(history.redo, undefined);
  });

  it('changes whole lines: no end of a line and no character of two halves is torn', () => {
    const history = new TextHistory('a\r\n"🐶"\r\nz');
    history.take('a\r\n"🐱"\r\nz');
    assert.deepEqual(history.undo, { start: 3, end: 9, text: '"🐶"\r\n' });
  });

  it('takes an undo that was done elsewhere for one', () => {
    const history = new TextHistory(FIRST);
    history.take(UNMAPPED);
    history.take(FIRST);
    assert.equal(history.undo, undefined);
    assert.equal(applied(FIRST, history.redo), UNMAPPED);
    history.take(UNMAPPED);
    assert.equal(applied(UNMAPPED, history.undo), FIRST);
  });

  it('has nothing to redo after another change', () => {
    const history = new TextHistory(FIRST);
    history.take(UNMAPPED);
    history.take(FIRST);
    history.take(RENAMED);
    assert.equal(history.redo, undefined);
    assert.equal(applied(RENAMED, history.undo), FIRST);
  });

  it('takes what is typed in one go for one change', () => {
    const history = new TextHistory('a');
    history.take('ab');
    history.take('abc', true);
    history.take('abcd', true);
    assert.equal(applied('abcd', history.undo), 'a');
  });

  it('remembers a bounded number of changes', () => {
    const history = new TextHistory('0');
    for (let n = 1; n <= 1000; n++) history.take(String(n));
    let undone = 0;
    for (; history.undo; undone++) history.take(applied(history.text, history.undo));
    assert.equal(undone, 200);
    assert.equal(history.text, '800');
  });
});
