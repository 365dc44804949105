import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withEdit } from '../../../../src/core/alignments/alignmentEdits.ts';
import {
  alignmentTextEdits,
  parseAlignment,
  serialiseAlignment,
} from '../../../../src/core/alignments/alignmentText.ts';
import { applyEdits, jsonEdits } from '../../../../src/core/json/jsonEdits.ts';
import { jsonTree } from '../../../../src/core/json/jsonTree.ts';
import { seededRandom } from '../../../../src/core/random.ts';
import { alignmentOf, source, target } from '../../alignments.ts';

/** The text after the edits that make it say `next`; it must say so. */
function edited(text: string, next: unknown): string {
  const after = applyEdits(text, jsonEdits(text, next));
  assert.deepEqual(JSON.parse(after), JSON.parse(JSON.stringify(next)));
  return after;
}

/** Lines that are not in the other text, as a diff counts them. */
function changedLines(before: string, after: string): { gone: number; come: number } {
  const [a, b] = [before.split('\n'), after.split('\n')];
  return {
    gone: a.filter((line) => !b.includes(line)).length,
    come: b.filter((line) => !a.includes(line)).length,
  };
}

const pets = alignmentOf(10, [
  target('dog', source(1), source(2), source(3)),
  target('cat', source(4)),
  target('bird'),
]);

describe('a JSON text with places', () => {
  it('says what JSON.parse says, escapes, blanks and numbers included', () => {
    const text = '\uFEFF { "a\\"\\u00e9" : [ 1e3, -0.5, true, null, "}\\\\" ], "b" : { } , "c":[]}';
    assert.deepEqual(jsonTree(text).value, JSON.parse(text.slice(1)));
  });

  it('takes the last of two members of one name', () => {
    assert.deepEqual(jsonTree('{"a":1,"a":2}').value, { a: 2 });
  });
});

describe('the edits of a JSON text', () => {
  it('are none when the text says it already, however it is written', () => {
    const text = '{ "b" : 1.0,\r\n\t"a":[1 , 2] }';
    assert.deepEqual(jsonEdits(text, { a: [1, 2], b: 1 }), []);
  });

  it('change one value and nothing around it', () => {
    const text = '{\r\n\t"keep": 1.50,\r\n\t"change": "x" , "other": null\r\n}\r\n';
    assert.equal(edited(text, { keep: 1.5, change: 'y', other: null }), text.replace('"x"', '"y"'));
  });

  it('take members out at the start, in the middle and at the end', () => {
    const text = '{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}';
    assert.equal(edited(text, { b: 2, c: 3 }), '{\n  "b": 2,\n  "c": 3\n}');
    assert.equal(edited(text, { a: 1, c: 3 }), '{\n  "a": 1,\n  "c": 3\n}');
    assert.equal(edited(text, { a: 1, b: 2 }), '{\n  "a": 1,\n  "b": 2\n}');
    assert.equal(edited(text, {}), '{}');
  });

  it('put a new member behind the one it follows, in the style of the text', () => {
    const text = '{\r\n\t"a": 1,\r\n\t"z": 2\r\n}';
    assert.equal(
      edited(text, { a: 1, new: [true], z: 2 }),
      text.replace('1,', '1,\r\n\t"new": [\r\n\t\ttrue\r\n\t],'),
    );
  });

  it('stay on one line where the text is one line', () => {
    assert.equal(edited('{"a":[]}', { a: [{ b: 1 }], c: {} }), '{"a":[{"b":1}],"c":{}}');
    assert.equal(edited('{"a":[1,2]}', { a: [0, 1, 2, 3] }), '{"a":[0,1,2,3]}');
  });

  it('fill an empty list line by line, and empty it again', () => {
    const text = '{\n  "a": []\n}';
    const full = edited(text, { a: [{ x: 1 }] });
    assert.equal(full, '{\n  "a": [\n    {\n      "x": 1\n    }\n  ]\n}');
    assert.equal(edited(full, { a: [] }), text);
  });

  it('change the last of two members of one name, and take both out together', () => {
    assert.equal(edited('{"a":1,"a":2}', { a: 3 }), '{"a":1,"a":3}');
    assert.equal(edited('{"a":1,"a":2,"b":0}', { b: 0 }), '{"b":0}');
  });

  it('lead to the wanted value for any two values', () => {
    const random = seededRandom(7);
    const pick = (n: number) => Math.floor(random() * n);
    const value = (depth: number): unknown => {
      const kind = pick(depth > 2 ? 3 : 5);
      if (kind === 0) return pick(4);
      if (kind === 1) return `t"${pick(4)}`;
      if (kind === 2) return [null, true, false][pick(3)];
      const parts = Array.from({ length: pick(5) }, () => value(depth + 1));
      return kind === 3
        ? parts
        : Object.fromEntries(parts.map((part, i) => [`k${(i * 3 + pick(3)) % 6}`, part]));
    };
    for (let round = 0; round < 400; round++) {
      const text = JSON.stringify(value(0), null, [undefined, 2, '\t'][pick(3)]);
      edited(text, value(0));
    }
  });
});

describe('an edit of an alignment as text', () => {
  const edit = (text: string, change: Parameters<typeof withEdit>[1]) => {
    const next = withEdit(parseAlignment(text), change);
    const after = applyEdits(text, alignmentTextEdits(text, next));
    assert.deepEqual(parseAlignment(after), next);
    return after;
  };
  const text = serialiseAlignment(pets);

  it('adds a source as one line and takes it out as one line', () => {
    const after = edit(text, { kind: 'map', target: 0, source: source(7, 0.5) });
    const line = '        { "label": "s7", "index": 7, "weight": 0.5, "similarity": 0.5 }';
    assert.ok(after.split('\n').includes(line));
    assert.equal(after.split('\n').length, text.split('\n').length + 1);
    const heavier = edit(text, { kind: 'map', target: 0, source: source(7, 1) });
    assert.equal(edit(heavier, { kind: 'unmap', target: 0, source: 7 }), text);
    const without = edit(text, { kind: 'unmap', target: 0, source: 2 });
    assert.deepEqual(changedLines(text, without), { gone: 1, come: 0 });
  });

  it('changes a weight within its line', () => {
    const after = edit(text, { kind: 'map', target: 0, source: source(2, 0.3) });
    assert.deepEqual(changedLines(text, after), { gone: 1, come: 1 });
  });

  it('renames a target on one line, also one of two of one name', () => {
    const after = edit(text, { kind: 'rename', target: 1, label: 'dog' });
    assert.deepEqual(changedLines(text, after), { gone: 1, come: 0 });
    assert.equal(edit(after, { kind: 'rename', target: 1, label: 'cat' }), text);
  });

  it('moves a target with all that is written in it', () => {
    const odd = text.replace('"label": "bird",', '"label": "bird",   "note": { "mine" : [1,2] },');
    const after = edit(odd, { kind: 'move', target: 2, to: 0 });
    assert.ok(after.includes('"label": "bird",   "note": { "mine" : [1,2] },'));
    assert.equal(edit(after, { kind: 'move', target: 0, to: 2 }), odd);
  });

  it('keeps unknown fields, tabs and CRLF', () => {
    const odd = text
      .replaceAll('\n', '\r\n')
      .replaceAll('  ', '\t')
      .replace('"weight": 1,', '"weight": 1.000, "why": "mine",');
    const after = edit(odd, { kind: 'map', target: 2, source: source(9) });
    assert.ok(!/[^\r]\n/.test(after));
    assert.ok(after.includes('"weight": 1.000, "why": "mine",'));
    assert.ok(after.includes('\r\n\t\t\t\t{ "label": "s9", "index": 9,'));
    assert.equal(edit(after, { kind: 'unmap', target: 2, source: 9 }), odd);
  });

  it('leaves a contested source to one target and touches only the others', () => {
    const shared = edit(text, { kind: 'map', target: 1, source: source(2) });
    assert.equal(edit(shared, { kind: 'award', target: 0, source: 2 }), text);
  });

  it('is refused where the text is no JSON', () => {
    assert.throws(() => alignmentTextEdits('{', pets), { reason: 'invalid-document' });
  });
});
