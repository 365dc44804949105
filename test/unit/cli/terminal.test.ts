import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { printable, Terminal, table } from '../../../src/cli/terminal.ts';

const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;
/** Clears the screen, by C0 and by C1, sets the title, writes over the line, turns it round, hides in it. */
const EVIL = [
  '\x1b[2J',
  '\x9b2J',
  '\x1b]0;owned\x07',
  '\rOK',
  'a\bb',
  '\x7f',
  '\u202egpj',
  '\u2066',
  '\u061c',
  '\u200e\u200f',
  '\u200b',
  '\ufeff',
  '\u{e0041}\u{e007f}',
  '\ud800',
  '\u2028',
];

function terminalOf(interactive = true): { terminal: Terminal; written: () => string } {
  const written: string[] = [];
  const write = (text: string) => void written.push(text);
  return {
    terminal: new Terminal({ out: write, err: write, interactive, columns: 40 }),
    written: () => written.join(''),
  };
}

describe('a terminal', () => {
  test('is not steered by what a command prints, even where it forgot to ask', () => {
    for (const evil of EVIL) {
      const { terminal, written } = terminalOf();
      terminal.out(`label ${evil} end`);
      terminal.err(`label ${evil} end`);
      assert.doesNotMatch(written(), HIDDEN, JSON.stringify(evil));
      assert.doesNotMatch(printable(`label ${evil}`), HIDDEN);
      assert.ok(written().includes('\\u'), 'it is seen');
    }
  });

  test('keeps line breaks of its own and makes none of a label', () => {
    const { terminal, written } = terminalOf();
    terminal.out(`${printable('a\nsemap: all is well\tb')}\n`);
    assert.equal(written(), 'a\\u000asemap: all is well b\n');
  });

  test('prints JSON that says exactly what it was given', () => {
    const value = { [EVIL.join('')]: EVIL, plain: ['日本語', '👩‍👩‍👧', 'می‌خواهم', 'a\nb'] };
    const { terminal, written } = terminalOf(false);
    terminal.out(`${JSON.stringify(value, null, 2)}\n`);
    assert.deepEqual(JSON.parse(written()), value);
    assert.doesNotMatch(
      written().replaceAll('\n', '').replaceAll('👩‍👩‍👧', '').replaceAll('\u200c', ''),
      HIDDEN,
    );
  });

  test('rewrites one line, no longer than it is wide, and only where a person looks', () => {
    const { terminal, written } = terminalOf();
    terminal.rewrite(`${'日'.repeat(30)}${EVIL.join('')}`);
    assert.equal(written(), `\r\x1b[2K${'日'.repeat(19)}…`);
    const silent = terminalOf(false);
    silent.terminal.rewrite('a');
    assert.equal(silent.written(), '');
  });

  test('has tables whose cells stay in their line and column', () => {
    const text = table(
      [{ title: 'a' }, { title: 'b' }],
      [[`x\ny${EVIL.join('')}`, `z${'\u0301'.repeat(300)}`]],
      400,
    );
    assert.equal(text.split('\n').length, 4);
    assert.doesNotMatch(text.replaceAll('\n', ''), HIDDEN);
    assert.ok(!/\p{M}{9}/u.test(text));
    const long = table([{ title: 'a' }, { title: 'b' }], [['x'.repeat(1e6), 'y']], 80);
    assert.ok(long.length < 2000);
  });
});
