/** The largest text that is read as a list of labels, in characters. */
export const LABEL_LIST_LIMIT = 2_000_000;

const HEADERS = ['label', 'labels', 'class', 'classes', 'name', 'names', 'category', 'target'];

/**
 * The labels in a text that a person typed or a `.txt` or `.csv` file holds: one a line, or all on one line with
 * commas or semicolons between them. Of a table, the column headed `label`, `class`, `name`, `category` or `target`,
 * otherwise the first. Blanks and duplicates are kept: whoever reads the targets reports them.
 */
export function parseLabelList(text: string, format: 'text' | 'csv' = 'text'): readonly string[] {
  const plain = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (format === 'csv') return column(parseTable(plain));
  const lines = plain.split(/\r\n|\r|\n/);
  while (lines.length > 0 && lines.at(-1)?.trim() === '') lines.pop();
  if (lines.length !== 1) return lines.map((line) => line.trim());
  return fields(lines[0]).map((label) => label.trim());
}

function fields(line: string): readonly string[] {
  return parseTable(line)[0] ?? [];
}

function column(rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const headers = rows[0].map((cell) => cell.trim().toLowerCase());
  const named = headers.findIndex((header) => HEADERS.includes(header));
  // A single row is a list written across.
  if (rows.length === 1 && named < 0) return rows[0].map((cell) => cell.trim());
  const body = named < 0 ? rows : rows.slice(1);
  return body.map((row) => (row[Math.max(named, 0)] ?? '').trim());
}

/** RFC 4180 rows; the separator is what the first line has more of, `,` `;` or a tab. */
function parseTable(text: string): readonly (readonly string[])[] {
  const first = text.split(/\r|\n/, 1)[0];
  const count = (separator: string) => first.split(separator).length;
  const separator = [',', ';', '\t'].reduce((best, one) => (count(one) > count(best) ? one : best));
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  const endCell = () => {
    row.push(cell);
    cell = '';
  };
  const endRow = () => {
    endCell();
    if (row.some((one) => one.trim() !== '')) rows.push(row);
    row = [];
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') cell += text[++i];
      else quoted = false;
    } else if (c === '"' && cell.trim() === '') {
      quoted = true;
      cell = '';
    } else if (c === separator) endCell();
    else if (c === '\n' || c === '\r') {
      if (c === '\r' && text[i + 1] === '\n') i++;
      endRow();
    } else cell += c;
  }
  if (cell !== '' || row.length > 0) endRow();
  return rows;
}
