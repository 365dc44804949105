import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LongArray, NotSuchJson } from '../../../../src/core/json/longArray.ts';

/** What is read of a text that comes in pieces. */
function read(text: string, piece: number, key = 'items') {
  const parts = new LongArray(key);
  const elements: string[] = [];
  for (let at = 0; at < text.length; at += piece) elements.push(...parts.push(text.slice(at, at + piece)));
  return { elements: elements.map((one) => JSON.parse(one)), object: parts.end() };
}

const document = {
  before: ['items', { items: [1] }, 'a "quoted" } ]'],
  name: 'items',
  items: [{ path: 'a]}"\\', nested: [{ items: [2] }] }, { path: 'ü\u202e', deep: { items: [] } }, {}],
  'after "items"': { items: [3, [4]] },
};

describe('a long array in a JSON object', () => {
  it('is taken out of it, wherever the pieces end', () => {
    for (const text of [JSON.stringify(document), JSON.stringify(document, null, 2)])
      for (const piece of [1, 2, 3, 7, 64, 10_000])
        assert.deepEqual(read(text, piece), { elements: document.items, object: { ...document, items: [] } });
  });

  it('may be empty', () => {
    assert.deepEqual(read('{"items": []}', 3), { elements: [], object: { items: [] } });
  });

  it('is refused where it is cut off, missing or no array', () => {
    const texts = [
      '',
      '[]',
      '"items"',
      '{"items": [{"a": 1}',
      '{"items": [{"a": 1}]',
      '{"items": {"a": []}}',
      '{"other": {"items": []}}',
      '{"items": []}}',
      '{"items": [], nonsense}',
      '{"a": "items", "b": []}',
      `{"deep": ${'['.repeat(1000)}${']'.repeat(1000)}, "items": []}`,
    ];
    for (const text of texts) {
      // What ends in the middle of the array is told apart: it was such a text once.
      const isCut = /^\{"items": \[\{"a": 1\}\]?$/.test(text);
      assert.throws(
        () => read(text, 4),
        (error) => error instanceof NotSuchJson && error.isCut === isCut,
        text,
      );
    }
  });
});
