import { csvRecordAt } from '../text/csvRecords.ts';

/** The columns, as a new table has them; others find the first two by their names. */
export const COLUMNS = ['file_name', 'label', 'given', 'asked', 'content'] as const;
/** Columns that a table gets where a row needs them. */
export const RARE_COLUMNS = ['given_by'] as const;
export type Column = (typeof COLUMNS)[number] | (typeof RARE_COLUMNS)[number];

const SEPARATORS = [',', ';', '\t', '|'];

/** A separator that no text has: then a record is one cell. */
export const NO_SEPARATOR = '\0';

export class NoTable extends Error {
  readonly missing: string;
  readonly tooMany: boolean;

  constructor(missing: string, tooMany = false) {
    super(missing);
    this.missing = missing;
    this.tooMany = tooMany;
  }
}

/** The first record that is no comment: it names the columns. */
export function headerOf(text: string, from: number) {
  for (let at = from; at < text.length; ) {
    const { end } = plainRecordAt(text, at, NO_SEPARATOR);
    const line = text.slice(at, end);
    if (line.trim() === '' || /^\s*#/.test(line) || /^sep=.\s*$/.test(line)) {
      at = end;
      continue;
    }
    for (const separator of SEPARATORS) {
      const record = csvRecordAt(text, at, separator);
      const titles = record.cells.map((cell) => cell.toLowerCase().replaceAll(/[^a-z]/g, ''));
      const places: Partial<Record<Column, number>> = {};
      for (const column of [...COLUMNS, ...RARE_COLUMNS]) {
        const place = titles.indexOf(column.replace('_', ''));
        if (place >= 0) places[column] = place;
      }
      if (record.open || places.file_name === undefined) continue;
      if (places.label === undefined) throw new NoTable('label');
      return { end: record.end, separator, places, titles: record.cells.map((cell) => cell.trim()) };
    }
    break;
  }
  throw new NoTable('file_name');
}

/** A record whose quotation marks are letters. */
export function plainRecordAt(text: string, start: number, separator: string) {
  const mark = /\r\n|\r|\n/g;
  mark.lastIndex = start;
  const found = mark.exec(text);
  const stop = found ? found.index : text.length;
  const end = found ? mark.lastIndex : stop;
  return { start, end, cells: text.slice(start, stop).split(separator), open: false };
}
