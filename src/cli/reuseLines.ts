import { NOTHING, type ResultColumn } from '../core/tables/resultColumns.ts';
import { say, type Text } from '../core/text/text.ts';
import { displayWidth, printable, table } from './terminal.ts';

/** What marks the best row, and rows that are not. */
const MARKS = { best: '* ', other: '  ' } as const;

/**
 * The results table in a terminal of `width` columns: a table where it fits, else a few lines for each row.
 * @param columns the first one names the rows
 * @param best ids of the rows that are marked with `*`
 */
export function reuseLines<Row extends { readonly id: string }>(
  columns: readonly ResultColumn<Row>[],
  rows: readonly Row[],
  best: ReadonlySet<string>,
  width: number,
): string {
  const said = ({ text, beside }: ResultColumn<Row>, row: Row): string => {
    const quiet = beside?.(row);
    return quiet ? `${inEnglish(text(row))} (${say(quiet)})` : inEnglish(text(row));
  };
  const marked = best.size > 0;
  const name = (row: Row) =>
    `${marked ? MARKS[best.has(row.id) ? 'best' : 'other'] : ''}${said(columns[0], row)}`;
  const heads = columns.map(({ title, by }, place) => ({
    title: place === 0 && marked ? `${MARKS.other}${say(title)}` : say(title),
    ...(by ? { right: true as const } : {}),
  }));
  const whole = table(
    heads,
    rows.map((row) => [name(row), ...columns.slice(1).map((column) => said(column, row))]),
    Number.POSITIVE_INFINITY,
  );
  if (whole.split('\n').every((line) => displayWidth(line) <= width)) return whole;
  return rows
    .map((row) => {
      const parts = columns.slice(1).flatMap((column) => {
        const words = said(column, row);
        return words === NOTHING ? [] : [`${say(column.title)}: ${words}`];
      });
      const indented = wrapped(parts.map(printable), width - 4).map((line) => `    ${line}\n`);
      return `${printable(name(row))}\n${indented.join('')}`;
    })
    .join('');
}

/** Parts side by side as long as a line holds them. */
function wrapped(parts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const longer = last === undefined ? part : `${last}, ${part}`;
    if (last !== undefined && displayWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}

function inEnglish(text: Text | string): string {
  return typeof text === 'string' ? text : say(text);
}
