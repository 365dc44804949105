import { invalidLabels } from '../errors.ts';
import { csvLine, withApostrophes, withoutApostrophes } from '../text/csv.ts';
import { csvRecordAt } from '../text/csvRecords.ts';
import { phrase } from '../text/text.ts';
import type { Moved } from './movedRows.ts';
import { type LabelCounts, readLabel, TruthCounts, type TruthRow } from './truth.ts';
import {
  COLUMNS,
  type Column,
  headerOf,
  NO_SEPARATOR,
  NoTable,
  plainRecordAt,
  RARE_COLUMNS,
} from './truthHeader.ts';

/** The file in the root of a folder in which persons' labels are kept. */
export const TRUTHS_FILE = 'labels.semap.csv';

/** What Hugging Face's `imagefolder` reads beside images; it is read here too, and never written. */
export const METADATA_FILE = 'metadata.csv';

/** Quotation marks that nobody closes are letters; after so many, all of them are. */
const MOST_OPEN = 50;
/** The most rows: an image each. */
const MOST_ROWS = 3_000_000;
const BOM = '\ufeff';
const CONTENT = /^[0-9a-f]{32}$/;

/** A cell of a column that SeMap does not know, and the column's title. */
export type Remark = readonly [title: string, cell: string];

/**
 * The labels of the images of a folder, as a plain table: `file_name,label` and more. What SeMap does not know (columns,
 * comments, rows of images that are gone, order, line ends) stays as it is to the letter; only rows that are edited are
 * written anew. Where an image has several rows, the last one counts.
 */
export class TruthTable {
  /** How it begins: mark of the encoding, comments, header. */
  readonly #head: string;
  readonly #separator: string;
  readonly #lineEnd: string;
  readonly #places: Readonly<Partial<Record<Column, number>>>;
  /** Of the header, then of columns that it lacks and rows have got since. */
  readonly #titles: string[];
  readonly #width: number;
  /** Each record as it is written, with its line end; undefined where it was removed. */
  readonly #lines: (string | undefined)[] = [];
  /** By name, the record that counts. */
  readonly #rows = new Map<string, number>();
  /** By name, records before the one that counts. */
  readonly #earlier = new Map<string, number[]>();
  #contradictions = 0;
  #counts: TruthCounts | undefined;

  private constructor(text: string) {
    const bom = text.startsWith(BOM) ? BOM.length : 0;
    const header = headerOf(text, bom);
    this.#separator = header.separator;
    this.#places = header.places;
    this.#titles = header.titles;
    this.#width = header.titles.length;
    this.#head = text.slice(0, header.end);
    this.#lineEnd = /\r\n/.test(this.#head) ? '\r\n' : '\n';
    let open = 0;
    for (let at = header.end; at < text.length; ) {
      const simple = this.#takeSimple(text, at);
      if (simple !== undefined) {
        at = simple;
        continue;
      }
      let record = csvRecordAt(text, at, open < MOST_OPEN ? this.#separator : NO_SEPARATOR);
      if (record.open || open >= MOST_OPEN) {
        // One row is damaged, not all that follow it.
        if (record.open) open++;
        record = plainRecordAt(text, at, this.#separator);
        // In quotes from now on: a mark in a row that is added later must not end what begins here.
        this.#take(this.#lineOf(record.cells), record.cells);
      } else this.#take(text.slice(at, record.end), record.cells);
      at = record.end;
    }
  }

  /**
   * @param name how the file is called, for messages
   * @throws {SemapError} `invalid-labels` for what is no table with a column `file_name`
   */
  static parse(text: string, name: string): TruthTable {
    if (text.replace(BOM, '').trim() === '') return TruthTable.empty();
    try {
      return new TruthTable(text);
    } catch (error) {
      if (!(error instanceof NoTable)) throw error;
      throw invalidLabels(
        error.tooMany
          ? phrase('{0} has more than {1} rows.', name, MOST_ROWS)
          : phrase('{0} is not a table of labels: it has no column "{1}".', name, error.missing),
        { hint: phrase('Its first line must be a header such as {0}.', 'file_name,label') },
      );
    }
  }

  static empty(): TruthTable {
    return new TruthTable(`${COLUMNS.join(',')}\n`);
  }

  /** Images with a row. */
  get size(): number {
    return this.#rows.size;
  }

  /** Images that have rows with different labels. */
  get contradictions(): number {
    return this.#contradictions;
  }

  /** Names of the images with a row, relative to the folder, with `/`. */
  get names(): IterableIterator<string> {
    return this.#rows.keys();
  }

  /** What is said of an image; undefined where there is no row, or one that says nothing. @param name as in {@link names} */
  of(name: string): TruthRow | undefined {
    const at = this.#rows.get(nameKey(name));
    return at === undefined ? undefined : this.#read(this.#cells(at));
  }

  /** How many images have which label. */
  get counts(): LabelCounts {
    if (!this.#counts) {
      this.#counts = new TruthCounts();
      for (const name of this.names) this.#counts.add(this.of(name), 1);
    }
    return this.#counts;
  }

  /** Columns of a row as they are written, whatever it says. */
  cells(name: string): readonly string[] | undefined {
    const at = this.#rows.get(nameKey(name));
    return at === undefined ? undefined : this.#cells(at);
  }

  /** What stands in a row in columns that SeMap does not know, with their titles. */
  remarks(name: string): readonly Remark[] {
    const cells = this.cells(name) ?? [];
    return this.#remarkable.flatMap(([title, place]) =>
      cells[place] ? [[title, cells[place]] as const] : [],
    );
  }

  /** Whether it says no more than a new table does, but for the titles of some columns. */
  isBare(columns: ReadonlySet<string>): boolean {
    return (
      this.#lines.every((line) => line === undefined) &&
      this.#head.startsWith(COLUMNS.join(',')) &&
      this.#remarkable.every(([title]) => columns.has(title))
    );
  }

  /**
   * @param row undefined: nothing is said of the image any more
   * @param remarks of a row in another table, for columns that this one may not have yet
   */
  set(name: string, row: TruthRow | undefined, remarks: readonly Remark[] = []): void {
    const key = nameKey(name);
    const at = this.#rows.get(key);
    this.#counts?.add(this.of(name), -1);
    this.#counts?.add(row, 1);
    if (row === undefined) {
      if (at === undefined) return;
      for (const one of [at, ...(this.#earlier.get(key) ?? [])]) this.#lines[one] = undefined;
      this.#rows.delete(key);
      if (this.#earlier.delete(key)) this.#count();
      return;
    }
    const cells = at === undefined ? [] : [...this.#cells(at)];
    const put = (column: Column, value: string) => {
      const place = this.#placeOf(column, value !== '');
      if (place === undefined) return;
      while (cells.length <= place) cells.push('');
      cells[place] = withApostrophes(value);
    };
    // Blanks around a name that is not in quotes are not of it.
    put('file_name', at === undefined ? name : this.#nameAt(at));
    put('label', row.label ?? '');
    put('given', row.how === 'labeled' && this.#places.given === undefined ? '' : row.how);
    put('asked', row.asked ?? '');
    if (row.content !== undefined) put('content', row.content);
    put('given_by', row.givenBy ?? '');
    const filled = new Set<number>();
    for (const [title, cell] of remarks) {
      const known = this.#remarkable.find(([one, place]) => one === title && !filled.has(place))?.[1];
      const place = known ?? this.#titles.push(withApostrophes(title)) - 1;
      filled.add(place);
      while (cells.length <= place) cells.push('');
      // In the other table it may have been a formula, which is not to be computed in this one.
      cells[place] = withApostrophes(withoutApostrophes(cell));
    }
    this.#write(key, at, cells);
  }

  /** Gives rows other names, all at once: two may change places. A name that has another row keeps it, and so does its own. */
  move(moves: readonly Moved[]): void {
    const taken = new Map<string, Moved & { readonly at: number; readonly cells: string[] }>();
    for (const move of moves) {
      const at = this.#rows.get(nameKey(move.from));
      const to = nameKey(move.to);
      if (at !== undefined && !taken.has(to)) taken.set(to, { ...move, at, cells: [...this.#cells(at)] });
    }
    const leaving = new Set(Array.from(taken.values(), ({ from }) => nameKey(from)));
    // A row that stays keeps its name, so that the one which was to have that name stays, too, and so on.
    const kept = [...taken.keys()].filter((to) => this.of(to) && !leaving.has(to));
    for (let to = kept.pop(); to !== undefined; to = kept.pop()) {
      const stays = taken.get(to);
      if (!stays || !taken.delete(to)) continue;
      const from = nameKey(stays.from);
      if (this.of(from)) kept.push(from);
    }
    for (const { from } of taken.values()) this.set(from, undefined);
    for (const [key, { to, at, cells }] of taken) {
      this.set(to, undefined);
      cells[this.#places.file_name ?? 0] = withApostrophes(to);
      this.#counts?.add(this.#read(cells), 1);
      this.#write(key, at, cells);
    }
  }

  get text(): string {
    const lines: string[] = [this.#headLine()];
    for (const line of this.#lines) {
      if (line === undefined) continue;
      // The last line of a file that is edited by hand often has no end.
      const before = lines.length - 1;
      if (!/[\r\n]$/.test(lines[before])) lines[before] += this.#lineEnd;
      lines.push(line);
    }
    return lines.join('');
  }

  /** A row in which nothing is quoted, of which only the name is looked at. @returns where it ends; undefined for others */
  #takeSimple(text: string, start: number): number | undefined {
    const lineEnd = text.indexOf('\n', start);
    if (lineEnd < 0) return undefined;
    const line = text.slice(start, lineEnd + 1);
    if (line.startsWith('#') || line.includes('"')) return undefined;
    const mark = line.indexOf('\r');
    if (mark >= 0 && mark < line.length - 2) return undefined;
    let from = 0;
    for (let place = this.#places.file_name ?? 0; place > 0; place--) {
      from = line.indexOf(this.#separator, from) + 1;
      if (from === 0) break;
    }
    const to = line.indexOf(this.#separator, from);
    // Of a row with fewer cells than that, or whose last one this is.
    if (to < 0 || (from === 0 && (this.#places.file_name ?? 0) > 0)) return undefined;
    this.#add(this.#lines.push(line) - 1, withoutApostrophes(line.slice(from, to).trim()));
    return lineEnd + 1;
  }

  #take(line: string, cells: readonly string[]): void {
    const at = this.#lines.push(line) - 1;
    const place = this.#places.file_name ?? 0;
    const written = cells[place];
    if (written === undefined || isComment(line, cells)) return;
    this.#add(at, nameIn(line, written, place));
  }

  #nameAt(at: number): string {
    const place = this.#places.file_name ?? 0;
    return nameIn(this.#lines[at] ?? '', this.#cells(at)[place] ?? '', place);
  }

  #add(at: number, name: string): void {
    const key = nameKey(name);
    if (key === '') return;
    const before = this.#rows.get(key);
    this.#rows.set(key, at);
    if (this.#rows.size > MOST_ROWS) throw new NoTable('', true);
    if (before === undefined) return;
    this.#earlier.set(key, [...(this.#earlier.get(key) ?? []).slice(-MOST_OPEN), before]);
    const label = this.#read(this.#cells(before))?.label;
    if (label !== this.#read(this.#cells(at))?.label) this.#contradictions++;
  }

  #count(): void {
    this.#contradictions = 0;
    for (const [key, earlier] of this.#earlier) {
      const label = this.of(key)?.label;
      if (earlier.some((at) => this.#read(this.#cells(at))?.label !== label)) this.#contradictions++;
    }
  }

  #cells(at: number): string[] {
    const line = this.#lines[at] ?? '';
    const record = csvRecordAt(line, 0, this.#separator);
    // A quotation mark that is not closed within its row.
    return record.open || record.end < line.length
      ? plainRecordAt(line, 0, this.#separator).cells
      : record.cells;
  }

  #read(cells: readonly string[]): TruthRow | undefined {
    const at = (column: Column) => {
      const place = this.#places[column] ?? this.#addedPlace(column);
      return place === undefined ? '' : (cells[place] ?? '');
    };
    const label = readLabel(withoutApostrophes(at('label')));
    const given = at('given').trim().toLowerCase();
    const asked = at('asked').trim().toLowerCase();
    const content = at('content').trim().toLowerCase();
    if (label === undefined && given !== 'none') return undefined;
    return {
      label,
      how: label === undefined ? 'none' : given === 'accepted' ? 'accepted' : 'labeled',
      ...(asked === 'random' || asked === 'proposed' ? { asked } : {}),
      ...(CONTENT.test(content) ? { content } : {}),
      ...(at('given_by').trim().toLowerCase() === 'agent' ? { givenBy: 'agent' } : {}),
    };
  }

  #write(key: string, at: number | undefined, cells: readonly string[]): void {
    const line = this.#lineOf(cells);
    if (at === undefined) this.#rows.set(key, this.#lines.push(line) - 1);
    else {
      this.#lines[at] = line;
      this.#rows.set(key, at);
    }
    if (this.#earlier.has(key)) this.#count();
  }

  #lineOf(cells: readonly string[]): string {
    return csvLine(cells, this.#separator) + this.#lineEnd;
  }

  #placeOf(column: Column, needed: boolean): number | undefined {
    const place = this.#places[column] ?? this.#addedPlace(column);
    if (place !== undefined || !needed) return place;
    return this.#titles.push(column) - 1;
  }

  #addedPlace(column: Column): number | undefined {
    const at = this.#titles.indexOf(column, this.#width);
    return at < 0 ? undefined : at;
  }

  /** Columns that SeMap does not know, with their places. */
  get #remarkable(): readonly (readonly [title: string, place: number])[] {
    const own = new Set([...COLUMNS, ...RARE_COLUMNS].map((column) => this.#placeOf(column, false)));
    return this.#titles.flatMap((title, place) =>
      own.has(place) || title === '' ? [] : [[withoutApostrophes(title), place]],
    );
  }

  #headLine(): string {
    if (this.#titles.length === this.#width) return this.#head;
    const end = /(?:\r\n|\r|\n)?$/.exec(this.#head)?.[0] ?? '';
    const rest = this.#head.slice(0, this.#head.length - end.length);
    const added = csvLine(this.#titles.slice(this.#width), this.#separator);
    return rest + this.#separator + added + (end || this.#lineEnd);
  }
}

/** `# labels of the first week`: a row only where there is a comma too, and no blank. */
function isComment(line: string, cells: readonly string[]): boolean {
  return line.startsWith('#') && (cells.length === 1 || /^#\s/.test(line));
}

/** Whether a cell is in quotes: then its outer blanks belong to it. */
function isQuoted(line: string, place: number): boolean {
  return place === 0 ? line.startsWith('"') : line.includes('"');
}

/** The name in a cell. */
function nameIn(line: string, cell: string, place: number): string {
  return withoutApostrophes(isQuoted(line, place) ? cell : cell.trim());
}

/** Names are the same however a system composes their accents, and with `./` or the root of a disk before them. */
export function nameKey(name: string): string {
  const slash = name.indexOf('/');
  const short = slash >= 0 && slash <= 2 ? name.replace(ROOT, '') : name;
  // Of a text without accents, it is the same one.
  return short.normalize('NFC');
}

const ROOT = /^(?:\.?\/|[a-z]:\/)+/i;
