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
  const safe = escapeHidden(text, '\t\r\n')
    .split(/([;\t\r\n])/)
    .map((part) => (beginsFormula(part) ? `'${part}` : part))
    .join('');
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Full-width and small forms begin a formula, too, where a spreadsheet is set to Japanese or Chinese. */
function beginsFormula(text: string): boolean {
  const [, first] = /^[\s'"]*([^\s'"])/u.exec(text) ?? [];
  return first !== undefined && '=+-@|'.includes(first.normalize('NFKC')) && !isNumber(text);
}

function isNumber(text: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
}
