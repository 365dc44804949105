import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { escapeHidden, oneLine, unescapeHidden } from '../../../../src/core/text/plainText.ts';
import { processorClock } from '../../processorClock.ts';

/** By what each is dangerous. */
const HIDDEN: Readonly<Record<string, readonly string[]>> = {
  controls: ['\0', '\x07', '\b', '\x1b', '\x7f', '\x85', '\x9b'],
  'line breaks': ['\n', '\r', '\v', '\f', '\u2028', '\u2029'],
  'direction marks': [...'\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c'],
  'invisible characters': [
    ...'\u200b\u200c\u200d\u2060\u2061\u2064\u206a\ufeff\u00ad\u034f\u115f\u3164\uffa0\u180e\ufff9',
  ],
  'tag characters': ['\u{e0001}', '\u{e0041}', '\u{e007f}'],
  'variation selectors beyond need': ['\u{e0100}', '\u{e01ef}'],
  'halves of pairs': ['\ud83d', '\ude00'],
};

/** Names that lose their meaning or their look with any character of theirs. */
const NAMES = [
  'می‌خواهم',
  'क्‍ष',
  'ന്‍',
  'שָׁלוֹם',
  'العَرَبِيَّة',
  '👩‍👩‍👧‍👦',
  '🏳️‍🌈',
  '👍🏽',
  '❤️',
  '1️⃣',
  '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
  '🇩🇪',
  '葛󠄀',
  'Tiếng Việt'.normalize('NFD'),
  'བསྒྲུབས',
  'ᠮᠣᠩᠭᠣᠯ',
  '日本語',
];

describe('text of others', () => {
  for (const [kind, characters] of Object.entries(HIDDEN)) {
    test(`has no ${kind} in a line of the interface, and has them written out where it must stay exact`, () => {
      for (const c of characters) {
        const code = c.codePointAt(0)!.toString(16);
        const units = c.split('').map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
        const line = oneLine(`cat${c}dog`);
        assert.ok(['catdog', 'cat dog', 'cat\ufffddog'].includes(line), `${code}: ${JSON.stringify(line)}`);
        assert.equal(escapeHidden(`cat${c}dog`), `cat${units.join('')}dog`);
        assert.equal(unescapeHidden(`cat${units.join('')}dog`), `cat${c}dog`);
      }
    });
  }

  test('keeps the letters, marks and emoji that people write', () => {
    for (const name of NAMES) {
      assert.equal(oneLine(name), name);
      assert.equal(escapeHidden(name), name);
      assert.equal(unescapeHidden(`${name} \\u0041 C:\\users`), `${name} \\u0041 C:\\users`);
    }
  });

  test('has no more marks on a letter than any spelling', () => {
    const heap = '\u0301\u0336\u20dd'.repeat(100);
    assert.equal(oneLine(`a${heap}b`).length, 10);
    assert.equal(
      oneLine(`a${heap.replaceAll('\u0336', '\u0336\u200b')}b`).length,
      10,
      'nor after others are gone',
    );
    assert.ok(!/\p{M}{9}/u.test(escapeHidden(`a${heap}b`)));
  });

  test('hides no message in what follows an emoji', () => {
    assert.equal(oneLine(`😀\ufe0f${'\ufe01\ufe02\u{e0101}'.repeat(20)}!`), '😀\ufe0f!');
    assert.equal(oneLine(`🏴${'\u{e0068}\u{e0069}'}\u{e007f}`), '🏴');
    assert.equal(oneLine('ab\u200c\u200dc'), 'abc');
  });

  test('is as short as asked, with its end and without halves of characters', () => {
    const long = oneLine(`Cannot read ${'x'.repeat(100_000)}. Choose another file.`, 200);
    assert.equal(long.length, 200);
    assert.match(long, /^Cannot read x+…x*\. Choose another file\.$/);
    for (const limit of [9, 10, 11, 12]) assert.ok(!/\p{Cs}/u.test(oneLine('😀'.repeat(100), limit)));
    assert.equal(oneLine('a\t \n b '), 'a b');
  });

  test('takes time by its length', () => {
    const clock = processorClock();
    for (const unit of ['\u0301', '\u202e', '😀\u200d', 'ا\u200c', '\u0301\u200b', '日']) {
      escapeHidden(unit.repeat(100_000));
      oneLine(unit.repeat(1_000_000));
    }
    assert.ok(clock() < 5000);
  });
});
