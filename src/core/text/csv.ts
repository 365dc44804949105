import { escapeHidden } from './plainText.ts';

/**
 * Rows as CSV (RFC 4180) that do nothing in a spreadsheet: labels and file names are other people's text.
 *
 * - Where a cell would begin a formula, an apostrophe stands in front; also within a cell, where a spreadsheet that splits
 *   at semicolons or tabs, or at the line breaks of a quoted cell, would begin another one. An apostrophe that is part of
 *   the text gets one more where it stands before such a beginning: a reader that takes one away has the text again.
 * - Numbers stay as they are, with their sign.
 * - Characters that nobody sees are written out, such as `\u202e`. Exact names of files are in the JSON formats.
 */
export function csvOf(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function cell(text: string): string {
  const safe = withApostrophes(escapeHidden(text, '\t\r\n'));
  return /[",\r\n]/.test(safe) ? quoted(safe) : safe;
}

/**
 * Cells as they are as a line of CSV that is read back to the letter: outer blanks are in quotes, and so is what would make
 * a comment of the line.
 */
export function csvLine(cells: readonly string[], separator: string): string {
  return cells
    .map((text) => {
      const plain = !/["\r\n]|^[\s#]|\s$/.test(text) && !text.includes(separator);
      return plain ? text : quoted(text);
    })
    .join(separator);
}

/** The text with an apostrophe wherever a spreadsheet would begin a formula; {@link withoutApostrophes} takes them away. */
export function withApostrophes(text: string): string {
  return inParts(text, (part) => (beginsFormula(part) ? `'${part}` : part));
}

/** The text of a cell without the apostrophes that SeMap, or a careful person, put before formulas. */
export function withoutApostrophes(text: string): string {
  if (!text.includes("'")) return text;
  return inParts(text, (part) =>
    part.startsWith("'") && beginsFormula(part.slice(1)) ? part.slice(1) : part,
  );
}

/** What a spreadsheet may take for cells of their own. */
function inParts(text: string, change: (part: string) => string): string {
  return text
    .split(/([;\t\r\n])/)
    .map(change)
    .join('');
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** Full-width and small forms begin a formula, too, where a spreadsheet is set to Japanese or Chinese. */
function beginsFormula(text: string): boolean {
  const [, first] = /^[\s'"]*([^\s'"])/u.exec(text) ?? [];
  return first !== undefined && '=+-@|'.includes(first.normalize('NFKC')) && !isNumber(text);
}

function isNumber(text: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
}
