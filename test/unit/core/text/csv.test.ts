import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { csvOf } from '../../../../src/core/text/csv.ts';

/** The cell as it stands in the file, without the quotes around it. */
function written(text: string): string {
  const line = csvOf([[text]]).slice(0, -2);
  return line.startsWith('"') ? line.slice(1, -1).replaceAll('""', '"') : line;
}

/** What a reader does to have the text again; `csvOf` promises that it works. */
function read(cell: string): string {
  const part = (text: string) =>
    text.startsWith("'") && written(text.slice(1)) === text ? text.slice(1) : text;
  return cell
    .split(/([;\t\r\n])/)
    .map(part)
    .join('');
}

describe('a cell of CSV', () => {
  test('is never a formula, however the formula is written', () => {
    const codes =
      '=cmd() +1+1 -1-1 @SUM(A1) |cmd ＝cmd() ＋1+1 －1-1 ＠SUM(A1) ﹦cmd() "=1 \'=1 - -Infinity'.split(' ');
    for (const evil of [...codes, "=cmd|' /C calc'!A0", '  =1', '\u00a0=1', '\u3000=1', '+1 -1'])
      assert.equal(written(evil), `'${evil}`);
  });

  test('begins no formula behind what a spreadsheet skips or cannot show', () => {
    for (const before of '\0\u200b\u202e\ufeff\u2066\u00ad\u{e0041}\ud800\x7f\x85')
      assert.match(written(`${before}=1`), /^\\u/, JSON.stringify(before));
    for (const before of ['\t', '\r', '\n', '\r\n', ';', '; "', 'a;', 'a\t', 'a\n', 'a;b;\t']) {
      const cells = written(`${before}=1`).split(/[;\t\r\n]/);
      const formulas = cells.filter((cell) => /^[\s"]*=/.test(cell));
      assert.deepEqual(formulas, [], JSON.stringify(before));
    }
  });

  test('stays a number', () => {
    for (const number of ['0', '-2', '-1.5e-3', '+5', '.5', '-.5', '1e308', '12.']) {
      assert.equal(csvOf([[number]]), `${number}\r\n`);
    }
  });

  test('can be read back, also where the text itself has apostrophes', () => {
    const texts = ["'tis", "'", "'=1", "''=1", "' '=1", "a;'=1", ';;=1', "'-5", '-5', 'a;b', '=1;=2\t=3'];
    for (const text of [...texts, 'rock ’n’ roll']) assert.equal(read(written(text)), text);
    assert.equal(written("'tis"), "'tis", 'only what would begin a formula is changed');
  });

  test('shows the marks that turn a text round, and keeps what people write', () => {
    assert.equal(written('photo\u202egpj.exe'), 'photo\\u202egpj.exe');
    assert.equal(written('a\u200bb\u2066c\x1b[2J'), 'a\\u200bb\\u2066c\\u001b[2J');
    for (const text of ['日本語', 'می‌خواهم', '👩‍👩‍👧', 'ﬁn', 'é', 'a = b', 'x-ray', '1;2'])
      assert.equal(written(text), text);
  });

  test('quotes commas, quotes and line breaks', () => {
    const row = ['a,b', 'say "so"', 'two\nlines', 'plain'];
    assert.equal(csvOf([row]), '"a,b","say ""so""","two\nlines",plain\r\n');
  });
});
