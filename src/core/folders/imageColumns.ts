import { invalidLabels, type SemapError } from '../errors.ts';
import { isImageFile } from '../images/imageFiles.ts';
import { listed, phrase, type Text } from '../text/text.ts';
import { nameKey } from '../truths/truthTable.ts';
import { imageNames } from './imageTable.ts';
import { type LayoutTable, splitOf } from './layout.ts';
import { recordsOf } from './tableRecords.ts';

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

/** Rows that are looked at to know what columns hold. */
const SAMPLE = 1000;
const MOST_CELLS = 100_000;
/** Columns that a person can choose from. */
const MOST_OFFERED = 100;
/** Shares of rows: of those with images in the folder, under an unusual header, at least; of those with several labels, at most. */
const FEWEST_MATCHING = 0.2;
const MOST_SEVERAL = 0.05;

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

/** Headers of the columns of a table that may have the labels, its first columns. */
export function labelColumnsIn(text: string, { file, image, split }: LayoutTable): readonly string[] {
  const titles = recordsOf(text, file)?.titles ?? [];
  return titles.filter((title) => title !== '' && title !== image && title !== split).slice(0, MOST_OFFERED);
}

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
