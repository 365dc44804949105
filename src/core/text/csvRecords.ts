/** A record of a table: mostly a line, but a quoted cell may hold line ends. */
export interface CsvRecord {
  readonly start: number;
  /** Past its line end. */
  readonly end: number;
  readonly cells: string[];
  /** Whether a quotation mark is not closed: then it holds the rest of the text. */
  readonly open: boolean;
}

/** The record (RFC 4180) that begins at a place; a quotation mark within a cell that does not begin with one is a letter. */
export function csvRecordAt(text: string, start: number, separator: string): CsvRecord {
  const lineEnd = text.indexOf('\n', start);
  const end = lineEnd < 0 ? text.length : lineEnd + 1;
  const line = text.slice(start, lineEnd < 0 ? end : lineEnd);
  if (!line.includes('"')) {
    const mark = line.indexOf('\r');
    if (mark < 0) return { start, end, cells: line.split(separator), open: false };
    if (mark === line.length - 1)
      return { start, end, cells: line.slice(0, -1).split(separator), open: false };
  }
  return quotedRecord(text, start, separator);
}

function quotedRecord(text: string, start: number, separator: string): CsvRecord {
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  let at = start;
  for (; at < text.length; at++) {
    const c = text[at];
    if (quoted) {
      const close = text.indexOf('"', at);
      const to = close < 0 ? text.length : close;
      cell += text.slice(at, to);
      at = to;
      if (close < 0) break;
      if (text[at + 1] === '"') cell += text[++at];
      else quoted = false;
    } else if (c === '"' && cell.trim() === '') {
      quoted = true;
      cell = '';
    } else if (c === separator) {
      cells.push(cell);
      cell = '';
    } else if (c === '\n' || c === '\r') {
      at += c === '\r' && text[at + 1] === '\n' ? 2 : 1;
      cells.push(cell);
      return { start, end: at, cells, open: false };
    } else cell += c;
  }
  cells.push(cell);
  return { start, end: text.length, cells, open: quoted };
}
