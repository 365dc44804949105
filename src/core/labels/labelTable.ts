import { invalidLabels } from '../errors.ts';
import { csvRecordAt } from '../text/csvRecords.ts';
import { listed, phrase } from '../text/text.ts';
import { type LabelColumn, type LabelEntry, type LabelFile, WNID } from './labelEntry.ts';

export type Row = readonly string[];

/** Headers of columns that hold labels, the surest first; lower case, letters and digits only. */
const LABEL_HEADERS = [
  ...['label', 'labels', 'classname', 'labelname', 'categoryname', 'classlabel', 'class', 'classes'],
  ...['category', 'categories', 'breed', 'choice', 'displayname', 'species', 'target', 'name', 'names'],
  ...['commonname', 'tag', 'tags', 'object'],
  ...['klasse', 'kategorie', 'étiquette', 'classe', 'catégorie', 'etiqueta', 'clase', 'categoría'],
  ...['标签', '类别', '標籤', 'ラベル', 'クラス', 'カテゴリ'],
];
/** Last words that say as much: `dog_breed`, `true label`. */
const LABEL_ENDINGS = ['label', 'class', 'category', 'breed', 'species'];
const INDEX_HEADERS = 'index id idx classid classindex labelid categoryid number nr'.split(' ');
const WNID_HEADERS = ['wnid', 'synset'];
/** Headers of columns that hold something else, whatever it looks like. */
const OTHER_HEADERS = [
  ...'image images img imageid imgid imagename file filename filepath path imagepath url uri'.split(' '),
  ...'uuid split set subset usage fold annotator user username comment comments description'.split(' '),
  ...'notes supercategory superclass color colour type width height lang language source'.split(' '),
  ...'date time createdat updatedat leadtime annotationid confidence score count attributes'.split(' '),
  ...'pixels bbox area iscrowd license'.split(' '),
];
const IMAGE_HEADER = /^(?:images?|img|file)(?:id|name|path|file|url|index)?$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const PATH =
  /\.(?:jpe?g|png|webp|bmp|gif|tiff?|heic|avif|dng|ppm|dcm)$|^[a-z][a-z0-9+.-]*:\/\/|^(?:\.{0,2}[\\/]|[a-z]:\\)/i;
const DATE = /^\d{4}-\d{1,2}-\d{1,2}|^\d{1,2}[./]\d{1,2}[./]\d{2,4}|^\d{1,2}:\d{2}/;
const ID = /^#?(?=.*\d)[0-9a-f-]{6,}$|^[a-z]{0,12}[_-]?\d{3,}$|^\/[mg]\/\w+$/i;
/** Which part of a data set an image is of, under whatever header. */
const SPLIT = /^(?:public|private)?(?:train|training|test|testing|val|valid|validation|dev|unassigned)$/i;
/** JSON within a cell, as annotation tools export it. */
const DATA = /^(?:\[\s*[[{"]|\{\s*")/;
const FREEBASE = /^\/[mg]\/\w+$/;
/** Rows that are looked at to tell what a column holds. */
const SAMPLE = 2000;

type Kind = 'empty' | 'bit' | 'number' | 'path' | 'id' | 'wnid' | 'split' | 'data' | 'text';

/**
 * The labels in a table: of the column that `wanted` names, else of the one that holds what labels look like. A table
 * with a column for each label (ones and zeros) has them in its header.
 * @param header undefined where it is not known whether the first row is one
 * @throws {SemapError} `invalid-labels` where no column holds labels, or there is none of the name
 */
export function labelsOfTable(rows: readonly Row[], file: string, wanted?: string, header?: Row): LabelFile {
  const head =
    header ?? (isHeader(rows) || (wanted !== undefined && rows[0]?.includes(wanted)) ? rows[0] : undefined);
  const body = head !== undefined && header === undefined ? rows.slice(1) : rows;
  const width = body.slice(0, SAMPLE).reduce((most, row) => Math.max(most, row.length), head?.length ?? 0);
  const kinds = Array.from({ length: width }, (_, c) => kindOf(body, c));
  const names = kinds.map((_, c) => head?.[c]?.trim() || String(c + 1));
  const titles = kinds.map((_, c) => title(head?.[c] ?? ''));
  const entries = (c: number): LabelEntry[] => {
    const index = titles.findIndex((one, i) => i !== c && INDEX_HEADERS.includes(one) && isWhole(kinds[i]));
    // Without a header, numbers that count on from 0 or 1 beside the labels are their places.
    const bare = head === undefined ? kinds.findIndex((kind, i) => isWhole(kind) && counts(body, i)) : -1;
    const wnid = kinds.findIndex(
      (kind, i) => i !== c && (kind === 'wnid' || WNID_HEADERS.includes(titles[i])),
    );
    return body.map((row) => entryOf(row, c, index >= 0 ? index : bare, wnid));
  };
  const holdsImages = kinds.includes('path') || titles.some((one) => IMAGE_HEADER.test(one));
  const chosen = (c: number): LabelFile => {
    const found = entries(c);
    const distinct = new Set(found.map(({ name }) => name));
    const repeats = distinct.size < found.length;
    return { kind: holdsImages || (repeats && width > 1) ? 'images' : 'classes', entries: found };
  };
  if (wanted !== undefined) {
    const at = named(wanted, names);
    if (at >= 0) return chosen(at);
    throw invalidLabels(phrase('{0} has no column "{1}".', file, wanted), {
      hint: phrase('Its columns: {0}.', listed(names, 12)),
    });
  }
  const texts = [...kinds.keys()].filter((c) => kinds[c] === 'text' && !OTHER_HEADERS.includes(titles[c]));
  const known = texts.filter((c) => rank(titles[c], names[c]) < Number.POSITIVE_INFINITY);
  known.sort((a, b) => rank(titles[a], names[a]) - rank(titles[b], names[b]));
  if (known.length > 0) return chosen(known[0]);
  if (texts.length === 1) return chosen(texts[0]);
  const repeated = texts.filter((c) => new Set(body.map((row) => row[c]?.trim())).size < body.length);
  if (repeated.length === 1) return chosen(repeated[0]);
  if (texts.length > 1) {
    const columns = texts.map(
      (c): LabelColumn => ({
        name: names[c],
        examples: [...new Set(body.slice(0, 20).map((row) => row[c] ?? ''))].slice(0, 3),
      }),
    );
    return { kind: 'unclear', columns };
  }
  const bits = [...kinds.keys()].filter((c) => kinds[c] === 'bit' && !OTHER_HEADERS.includes(titles[c]));
  // Numbers beside them are what the images are: then ones and zeros are pixels or properties.
  const numbers = kinds.some((kind, c) => kind === 'number' && !OTHER_HEADERS.includes(titles[c]));
  if (head && bits.length > 1 && !numbers)
    return { kind: 'classes', entries: bits.map((c) => ({ name: names[c] })) };
  const wnids = kinds.indexOf('wnid');
  if (wnids >= 0) return chosen(wnids);
  const WORDS = {
    bit: phrase('numbers'),
    number: phrase('numbers'),
    path: phrase('paths'),
    id: phrase('ids'),
    wnid: phrase('ids'),
    split: phrase('parts of a data set'),
    data: 'JSON',
    text: phrase('something else'),
  };
  const each = kinds
    .slice(0, 8)
    .map((kind, c) =>
      kind === 'empty'
        ? phrase('"{0}" is empty', names[c])
        : phrase('"{0}" holds {1}', names[c], WORDS[kind]),
    );
  throw invalidLabels(phrase('{0} has no column of labels: {1}.', file, listed(each)), {
    hint: phrase('Give a file with the names of the labels, one per line.'),
  });
}

/** Where a column stands among those that headers call labels; infinite for the others. */
function rank(header: string, written: string): number {
  const at = LABEL_HEADERS.indexOf(header);
  if (at >= 0) return at;
  const last =
    written
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .at(-1) ?? '';
  const ending = LABEL_ENDINGS.indexOf(last);
  return ending < 0 ? Number.POSITIVE_INFINITY : LABEL_HEADERS.length + ending;
}

function entryOf(row: Row, column: number, index: number, wnid: number): LabelEntry {
  const name = (row[column] ?? '').trim();
  const number = index >= 0 ? Number.parseInt(row[index] ?? '', 10) : Number.NaN;
  const synset = wnid >= 0 ? (row[wnid] ?? '').trim() : '';
  return {
    name,
    ...(Number.isInteger(number) ? { index: number } : {}),
    ...(WNID.test(synset) ? { wnid: synset } : {}),
  };
}

/** Whether all cells of a row are headers that are known. */
export function isHeaderRow(row: Row): boolean {
  const known = [...LABEL_HEADERS, ...INDEX_HEADERS, ...WNID_HEADERS, ...OTHER_HEADERS];
  return row.every((cell) => known.includes(title(cell)));
}

/** Whether a first row names columns: by a word that does, or by being text over what is none. */
function isHeader(rows: readonly Row[]): boolean {
  const [first, ...body] = rows.slice(0, SAMPLE);
  if (first === undefined || body.length === 0) return false;
  const titles = first.map(title);
  if (first.length === 1) return LABEL_HEADERS.includes(titles[0]);
  if (first.some((cell) => NUMBER.test(cell.trim()) || PATH.test(cell.trim()))) return false;
  if (
    titles.some((one) =>
      [...LABEL_HEADERS, ...INDEX_HEADERS, ...WNID_HEADERS, ...OTHER_HEADERS].includes(one),
    )
  )
    return true;
  if (first.some((_, c) => !['text', 'empty'].includes(kindOf(body, c)) && kindOf([first], c) === 'text'))
    return true;
  // Words that never come again, over columns of words that do.
  const columns = first.map((cell, c) => ({ cell, values: body.map((row) => row[c]) }));
  const repeating = columns.filter(({ values }) => new Set(values).size < values.length);
  return repeating.length > 1 && columns.every(({ cell, values }) => !values.includes(cell));
}

function kindOf(body: readonly Row[], column: number): Kind {
  const values: string[] = [];
  for (const row of body.slice(0, SAMPLE)) {
    const value = (row[column] ?? '').trim();
    if (value !== '') values.push(value);
  }
  if (values.length === 0) return 'empty';
  const most = (is: (value: string) => boolean, share: number) =>
    values.filter(is).length >= share * values.length;
  if (most((value) => /^[01](?:\.0+)?$/.test(value), 1)) return 'bit';
  if (most((value) => NUMBER.test(value) || DATE.test(value), 0.95)) return 'number';
  if (most((value) => WNID.test(value), 0.95)) return 'wnid';
  if (most((value) => FREEBASE.test(value), 0.5)) return 'id';
  if (most((value) => PATH.test(value), 0.5)) return 'path';
  if (most((value) => SPLIT.test(value), 1)) return 'split';
  if (values.some((value) => DATA.test(value))) return 'data';
  const distinct = new Set(values).size;
  if (most((value) => ID.test(value), 0.8) && distinct > 0.9 * values.length) return 'id';
  return 'text';
}

const isWhole = (kind: Kind) => kind === 'number' || kind === 'bit';

function counts(body: readonly Row[], column: number): boolean {
  const first = Number(body[0]?.[column]);
  return (first === 0 || first === 1) && body.every((row, i) => Number(row[column]) === first + i);
}

function named(wanted: string, names: readonly string[]): number {
  const exact = names.indexOf(wanted);
  return exact >= 0 ? exact : names.findIndex((name) => title(name) === title(wanted));
}

function title(cell: string): string {
  return cell.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** The separator that the lines of a table share: of `,` `;` a tab and `|` the one that most lines have equally often. */
export function separatorOf(text: string): string {
  const lines = text
    .slice(0, 100_000)
    .split(/\r\n|\r|\n/, 50)
    .filter((line) => line.trim() !== '');
  let [best, most] = [',', 0];
  for (const separator of [',', ';', '\t', '|']) {
    const counts = lines.map((line) => line.split(separator).length - 1);
    const first = counts[0] ?? 0;
    const alike = first === 0 ? 0 : counts.filter((count) => count === first).length + first / 1000;
    if (alike > most) [best, most] = [separator, alike];
  }
  return best;
}

/** RFC 4180 rows, without empty ones. @param onOpen called where a quotation mark is not closed */
export function tableRows(text: string, separator: string, onOpen?: () => void): readonly Row[] {
  const rows: Row[] = [];
  for (let at = 0; at < text.length; ) {
    const { cells, end, open } = csvRecordAt(text, at, separator);
    if (open) onOpen?.();
    if (cells.some((one) => one.trim() !== '')) rows.push(cells);
    at = end;
  }
  return rows;
}
