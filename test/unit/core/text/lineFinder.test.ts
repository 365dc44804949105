import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lineFinder } from '../../../../src/core/text/lineFinder.ts';

describe('The line of an offset', () => {
  it('counts the breaks before it', () => {
    const text = 'a\n\nbc\r\nd\n';
    const lineOf = lineFinder(text);
    for (let at = 0; at <= text.length; at++)
      assert.equal(lineOf(at), text.slice(0, at).split('\n').length, `offset ${at}`);
  });

  it('is 1 in a text without any', () => {
    assert.equal(lineFinder('')(0), 1);
  });
});
