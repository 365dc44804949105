import { invalidLabels, type Problem, problemOf, SemapError } from '../errors.ts';
import { isImageFile } from '../images/imageFiles.ts';
import { csvRecordAt } from '../text/csvRecords.ts';
import { listed, phrase, type Text } from '../text/text.ts';
import { readLabel } from '../truths/truth.ts';
import { nameKey } from '../truths/truthTable.ts';
import { type LayoutTable, type SplitName, splitOf } from './layout.ts';

/** What a table says of an image. */
export interface ImageRow {
  readonly label: string | undefined;
  readonly split?: SplitName | undefined;
}

/** Files that may be a table of labels beside images. */
export const TABLE_FILE = /\.(?:csv|tsv|jsonl|ndjson)$/i;

const USUAL_TABLE = /^(?:metadata|labels?|train(?:ing)?(?:[ _-]?labels?)?|annotations?|classes)\./i;

/** Names of tables, those first that tables of labels usually have: the first one that can be used decides. */
export function byUsualName(a: string, b: string): number {
  return Number(USUAL_TABLE.test(b)) - Number(USUAL_TABLE.test(a));
}

/** Headers of columns that name images, and that say what they are of; the surest first; letters and digits only. */
const IMAGE_HEADERS = [
  ...[
    'filename',
    'filenames',
    'file',
    'imagepath',
    'filepath',
    'filepaths',
    'imagefile',
    'imagename',
    'path',
  ],
  ...['paths', 'image', 'images', 'imageid', 'imgpath', 'imgname', 'img', 'imgid', 'id', 'name'],
];
const LABEL_HEADERS = [
  ...['label', 'classname', 'labelname', 'categoryname', 'class', 'category', 'breed', 'species', 'target'],
  ...['labels', 'classes', 'categories', 'tag', 'tags', 'classlabel', 'choice', 'diagnosis', 'dx', 'y'],
];
const LABEL_ENDINGS = /(?:label|class|category|breed|species)$/;
const SPLIT_HEADERS = new Set(['split', 'set', 'subset', 'dataset', 'partition', 'phase', 'usage']);
/** Columns that may have several labels in a cell with blanks between. */
const PLURAL_HEADERS = new Set(['labels', 'tags', 'classes', 'categories', 'attributes', 'targets']);

const SEPARATORS = [',', ';', '\t', '|'];
const MOST_ROWS = 3_000_000;
const MOST_OPEN = 50;
const MOST_COLUMNS = 2000;
/** Rows that are looked at to know what columns hold. */
const SAMPLE = 1000;
const MOST_CELLS = 100_000;
/** A longer line is no row. */
const LONGEST_LINE = 1 << 20;
/** Shares of rows: of those with images in the folder, under an unusual header, at least; of those with several labels, at most. */
const FEWEST_MATCHING = 0.2;
const MOST_SEVERAL = 0.05;

interface Records {
  readonly titles: readonly string[];
  readonly rows: Iterable<readonly string[]>;
}

/**
 * The columns of a table beside images: which names them, what they are, and of which split.
 * @param isImage whether there is an image of that name, as {@link imageNames} has them
 * @param wanted header of the column with the labels; absent: the likeliest
 * @param wantedImage header of the column that names the images; absent: the likeliest
 * @returns undefined for a table of something else
 * @throws {SemapError} `invalid-labels` where images have several labels, by the name of the table with what to do
 */
export function columnsOf(
  text: string,
  file: string,
  isImage: (name: string) => boolean,
  wanted?: string,
  wantedImage?: string,
): LayoutTable | undefined {
  const records = recordsOf(text, file);
  if (!records) return undefined;
  const { titles } = records;
  if (wanted === undefined && holdAnswers(titles)) return undefined;
  const rows: (readonly string[])[] = [];
  const most = Math.max(20, Math.min(SAMPLE, Math.floor(MOST_CELLS / titles.length)));
  for (const row of records.rows) if (rows.push(row) === most) break;
  const keys = titles.map(keyOf);
  const image = wantedImage === undefined ? imageColumn(rows, keys, isImage) : titles.indexOf(wantedImage);
  if (image === undefined || image < 0) return undefined;
  const others = [...keys.keys()].filter((c) => c !== image);
  const split = others.find((c) => SPLIT_HEADERS.has(keys[c]) && areSplits(rows, c));
  const possible = others.filter((c) => c !== split);
  const label =
    wanted === undefined ? labelColumn(rows, keys, possible) : others.find((c) => titles[c] === wanted);
  if (label === undefined) {
    const flags = others.filter((c) => areFlags(rows, c));
    if (flags.length > 1)
      throw several(
        phrase(
          '{0} has a column for each label ({1}), but SeMap needs one label for each image.',
          file,
          listed(
            flags.map((c) => titles[c]),
            4,
          ),
        ),
      );
    return undefined;
  }
  mustBeSingle(rows, { image, label }, PLURAL_HEADERS.has(keys[label]), file);
  return {
    file,
    image: titles[image],
    label: titles[label],
    ...(split !== undefined && { split: titles[split] }),
  };
}

/** Whether a table is what SeMap exported of a run: measured with its own answers, every run would be right. */
export function isExport(text: string, file: string): boolean {
  return holdAnswers(recordsOf(text, file)?.titles ?? []);
}

function holdAnswers(titles: readonly string[]): boolean {
  return ['path', 'label', 'confidence', 'truth'].every((column) => titles.includes(column));
}

/** Headers of all columns of a table, its first ones; none where it is no table. */
export function titlesOf(text: string, file: string): readonly string[] {
  return (recordsOf(text, file)?.titles ?? []).filter((title) => title !== '').slice(0, MOST_OFFERED);
}

/** The rows of a table as objects, by its headers. */
export function* rowsOf(text: string, file: string): Generator<Readonly<Record<string, string>>> {
  const records = recordsOf(text, file);
  for (const row of records?.rows ?? [])
    yield Object.fromEntries(records!.titles.map((title, c) => [title, row[c] ?? '']));
}

/** Headers of the columns of a table that may have the labels, its first columns. */
export function labelColumnsIn(text: string, { file, image, split }: LayoutTable): readonly string[] {
  const titles = recordsOf(text, file)?.titles ?? [];
  return titles.filter((title) => title !== '' && title !== image && title !== split).slice(0, MOST_OFFERED);
}

/** Columns that a person can choose from. */
const MOST_OFFERED = 100;

function keyOf(title: string): string {
  return title.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
}

function imageColumn(
  rows: readonly (readonly string[])[],
  keys: readonly string[],
  isImage: (name: string) => boolean,
): number | undefined {
  const found = [...keys.keys()].map((c) => {
    const cells = rows.map((row) => row[c] ?? '');
    const here = cells.filter((cell) => imageNames(cell).some(isImage)).length;
    const files = cells.filter((cell) => isImageFile(cell.trim())).length;
    const header = IMAGE_HEADERS.indexOf(keys[c]);
    return { c, here, files, rank: header < 0 ? IMAGE_HEADERS.length : header };
  });
  // Of a large set, often only a part is there.
  const fitting = found.filter(
    ({ here, rank }) => here > 0 && (rank < IMAGE_HEADERS.length || here >= FEWEST_MATCHING * rows.length),
  );
  fitting.sort((a, b) => b.here - a.here || b.files - a.files || a.rank - b.rank);
  return fitting[0]?.c;
}

function labelColumn(
  rows: readonly (readonly string[])[],
  keys: readonly string[],
  others: readonly number[],
): number | undefined {
  const filled = others.filter((c) => rows.some((row) => (row[c] ?? '').trim() !== ''));
  const known = LABEL_HEADERS.flatMap((header) => filled.filter((c) => keys[c] === header));
  const words = (c: number) => rows.some((row) => /\p{L}/u.test(row[c] ?? ''));
  const named = known.find(words);
  if (named !== undefined) return named;
  const ending = filled.filter((c) => LABEL_ENDINGS.test(keys[c]) && words(c));
  if (ending.length > 0) return ending[0];
  if (known.length > 0) return known[0];
  const telling = filled.filter((c) => words(c) && repeats(rows, c));
  return telling.length === 1 && filled.length <= 2 ? telling[0] : undefined;
}

function repeats(rows: readonly (readonly string[])[], c: number): boolean {
  return rows.length > 1 && new Set(rows.map((row) => row[c])).size <= rows.length / 2;
}

function areSplits(rows: readonly (readonly string[])[], c: number): boolean {
  return rows.every((row) => (row[c] ?? '').trim() === '' || splitOf(row[c]) !== undefined);
}

function areFlags(rows: readonly (readonly string[])[], c: number): boolean {
  return rows.every((row) => /^(?:-?[01](?:\.0+)?|true|false)$/i.test((row[c] ?? '').trim()));
}

/** @throws {SemapError} `invalid-labels` */
function mustBeSingle(
  rows: readonly (readonly string[])[],
  { image, label }: { readonly image: number; readonly label: number },
  plural: boolean,
  file: string,
): void {
  const labels = rows.map((row) => (row[label] ?? '').trim()).filter(Boolean);
  if (labels.some((cell) => cell.startsWith('[')))
    throw several(phrase('{0} has lists of labels, but SeMap needs one label for each image.', file));
  for (const mark of [...'|;,', ...(plural ? [' '] : [])]) {
    const combined = labels.filter((cell) => cell.includes(mark));
    if (combined.length <= MOST_SEVERAL * labels.length) continue;
    // Parts stand elsewhere, too: alone, or beside others. A name with a comma in it is always the same.
    const whole = new Set(labels);
    const parts = new Set(labels.flatMap((cell) => cell.split(mark).map((part) => part.trim())));
    const known = [...new Set(combined)].filter((cell) =>
      cell.split(mark).some((part) => whole.has(part.trim())),
    );
    if (parts.size < whole.size || known.length > 0.5 * new Set(combined).size)
      throw several(
        phrase(
          '{0} has several labels in a cell, such as "{1}", but SeMap needs one label for each image.',
          file,
          combined[0].slice(0, 60),
        ),
      );
  }
  const of = new Map<string, string>();
  let contradictory = 0;
  for (const row of rows) {
    const [name, cell] = [nameKey(row[image] ?? ''), (row[label] ?? '').trim()];
    const before = of.get(name);
    if (before !== undefined && before !== cell) contradictory++;
    of.set(name, cell);
  }
  if (contradictory > MOST_SEVERAL * rows.length)
    throw several(
      phrase('{0} has several labels for the same image, but SeMap needs one label for each image.', file),
    );
}

function several(message: Text): SemapError {
  return invalidLabels(message, {
    hint: phrase('Write one label into a column "label", in one row for each image.'),
  });
}

/** How a table may call an image: as it lies in the folder, without its ending, or by its name alone. */
export function imageNames(name: string): readonly string[] {
  const key = nameKey(name.trim().replaceAll('\\', '/'));
  if (key === '') return [];
  const slash = key.lastIndexOf('/');
  const names = [key, withoutEnding(key)];
  if (slash >= 0) names.push(key.slice(slash + 1), withoutEnding(key.slice(slash + 1)));
  return [...new Set(names)];
}

function withoutEnding(name: string): string {
  return isImageFile(name) ? name.slice(0, name.lastIndexOf('.')) : name;
}

/** The rows of a table by the images that they name. */
export class ImageTable {
  readonly #rows = new Map<string, ImageRow>();
  #shortNames: ReadonlyMap<string, string | undefined> | undefined;
  contradictions = 0;

  /** @throws {SemapError} `invalid-labels` where columns are missing, or there are too many rows */
  constructor(text: string, { file, image, label, split }: LayoutTable) {
    const records = recordsOf(text, file);
    const at = (title: string) => {
      const found = records?.titles.indexOf(title) ?? -1;
      if (found < 0) throw invalidLabels(phrase('{0} has no column "{1}".', file, title));
      return found;
    };
    // Of millions of rows, few say something that no other does.
    const said = new Map<string, ImageRow>();
    const [names, labels, splits] = [at(image), at(label), split === undefined ? -1 : at(split)];
    for (const row of records!.rows) {
      const key = nameKey((row[names] ?? '').trim().replaceAll('\\', '/'));
      if (key === '') continue;
      const found = readLabel(row[labels] ?? '');
      const part = splitOf(row[splits] ?? '');
      if (this.#rows.has(key) && this.#rows.get(key)?.label !== found) this.contradictions++;
      const same = `${part} ${found ?? ''}`;
      const one = said.get(same) ?? { label: found, ...(part && { split: part }) };
      said.set(same, one);
      this.#rows.set(key, one);
      if (this.#rows.size > MOST_ROWS)
        throw invalidLabels(phrase('{0} has more than {1} rows.', file, MOST_ROWS));
    }
  }

  /** By shorter names, made when somebody asks by one; undefined where several images have it. */
  get #short(): ReadonlyMap<string, string | undefined> {
    if (this.#shortNames) return this.#shortNames;
    const short = new Map<string, string | undefined>();
    for (const key of this.#rows.keys())
      for (const name of imageNames(key).slice(1)) short.set(name, short.has(name) ? undefined : key);
    this.#shortNames = short;
    return short;
  }

  get size(): number {
    return this.#rows.size;
  }

  get names(): IterableIterator<string> {
    return this.#rows.keys();
  }

  /** @param name of an image, relative to the folder of the table */
  of(name: string): ImageRow | undefined {
    for (const one of imageNames(name)) {
      const found = this.#rows.get(one) ?? this.#rows.get(this.#short.get(one) ?? '');
      if (found) return found;
    }
    return undefined;
  }

  /** How many images have which label, and of which split they are. */
  get counts(): {
    readonly labels: ReadonlyMap<string, number>;
    readonly splits: ReadonlyMap<SplitName, Set<string>>;
  } {
    const labels = new Map<string, number>();
    const splits = new Map<SplitName, Set<string>>();
    for (const { label, split } of this.#rows.values()) {
      if (label === undefined) continue;
      labels.set(label, (labels.get(label) ?? 0) + 1);
      if (split) splits.set(split, (splits.get(split) ?? new Set()).add(label));
    }
    return { labels, splits };
  }
}

/** The header and rows of a table; undefined for none. */
function recordsOf(text: string, file: string): Records | undefined {
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

/** Why a table cannot be used, where it is one of labels. */
export function problemIn(error: unknown): Problem | undefined {
  return error instanceof SemapError && error.reason === 'invalid-labels' ? problemOf(error) : undefined;
}
