import { isImageFile } from '../images/imageFiles.ts';
import { csvRecordAt } from '../text/csvRecords.ts';

const SEPARATORS = [',', ';', '\t', '|'];
const MOST_OPEN = 50;
const MOST_COLUMNS = 2000;
/** A longer line is no row. */
const LONGEST_LINE = 1 << 20;

/** A table as CSV, TSV or JSON Lines. */
export interface Records {
  readonly titles: readonly string[];
  readonly rows: Iterable<readonly string[]>;
}

/** The header and rows of a table; undefined for none. */
export function recordsOf(text: string, file: string): Records | undefined {
  const whole = text.startsWith('\ufeff') ? text.slice(1) : text;
  return /\.(?:jsonl|ndjson)$/i.test(file) ? jsonRecords(whole) : csvRecords(whole, /\.tsv$/i.test(file));
}

function csvRecords(text: string, tabs: boolean): Records | undefined {
  const start = /^(?:[ \t]*(?:#[^\n]*)?\r?\n|sep=.\r?\n)*/.exec(text)?.[0].length ?? 0;
  if (start >= text.length || lineLength(text, start) > LONGEST_LINE) return undefined;
  for (const separator of tabs ? ['\t'] : SEPARATORS) {
    const header = csvRecordAt(text, start, separator);
    if (header.open || header.cells.length < 2 || header.cells.length > MOST_COLUMNS) continue;
    const titles = header.cells.map((cell) => cell.trim());
    // Whoever writes no header has an image in the first line, and loses none.
    const first = titles.some(isImageFile) ? start : header.end;
    return { titles, rows: csvRows(text, first, separator) };
  }
  return undefined;
}

function* csvRows(text: string, from: number, separator: string): Iterable<readonly string[]> {
  let open = 0;
  for (let at = from; at < text.length; ) {
    const length = lineLength(text, at);
    if (length > LONGEST_LINE) {
      at += length + 1;
      continue;
    }
    const record = open < MOST_OPEN ? csvRecordAt(text, at, separator) : undefined;
    if (record && !record.open) {
      at = record.end;
      if (record.cells.length > 1) yield record.cells;
      continue;
    }
    // A quotation mark that nobody closes is a letter.
    open++;
    const lineEnd = text.indexOf('\n', at);
    const stop = lineEnd < 0 ? text.length : lineEnd;
    yield text.slice(at, stop).replace(/\r$/, '').split(separator);
    at = stop + 1;
  }
}

function jsonRecords(text: string): Records | undefined {
  const titles: string[] = [];
  for (const object of jsonLines(text.slice(0, 1 << 20))) {
    for (const title of Object.keys(object)) if (!titles.includes(title)) titles.push(title);
    if (titles.length > MOST_COLUMNS) return undefined;
  }
  if (titles.length < 2) return undefined;
  const rows = {
    *[Symbol.iterator]() {
      for (const object of jsonLines(text)) yield titles.map((title) => cellOf(object[title]));
    },
  };
  return { titles, rows };
}

function lineLength(text: string, at: number): number {
  const lineEnd = text.indexOf('\n', at);
  return (lineEnd < 0 ? text.length : lineEnd) - at;
}

function cellOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 1 ? cellOf(value[0]) : JSON.stringify(value);
  if (typeof value === 'object' && value !== null) return '';
  return value === undefined || value === null ? '' : String(value);
}

function* jsonLines(text: string): Iterable<Readonly<Record<string, unknown>>> {
  for (let at = 0; at < text.length; ) {
    const lineEnd = text.indexOf('\n', at);
    const stop = lineEnd < 0 ? text.length : lineEnd;
    const object = stop - at > LONGEST_LINE ? undefined : parsed(text.slice(at, stop));
    at = stop + 1;
    if (object) yield object;
  }
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The rows of a table as objects, by its headers. */
export function* rowsOf(text: string, file: string): Generator<Readonly<Record<string, string>>> {
  const records = recordsOf(text, file);
  for (const row of records?.rows ?? [])
    yield Object.fromEntries(records!.titles.map((title, c) => [title, row[c] ?? '']));
}
