import { invalidLabels, type Problem, problemOf, SemapError } from '../errors.ts';
import { isImageFile } from '../images/imageFiles.ts';
import { phrase } from '../text/text.ts';
import { readLabel } from '../truths/truth.ts';
import { nameKey } from '../truths/truthTable.ts';
import { type LayoutTable, type SplitName, splitOf } from './layout.ts';
import { recordsOf } from './tableRecords.ts';

const MOST_ROWS = 3_000_000;

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

/** `train/1.jpg` is not `test/1.jpg`: splits often number their images alike. */
function areOfTwoSplits(one: string, other: string): boolean {
  const [a, b] = [one, other].map((folder) => folder.split('/').map(splitOf).find(Boolean));
  return a !== undefined && b !== undefined && a !== b;
}

function folderOf(name: string): string {
  const folder = name.slice(0, Math.max(0, name.lastIndexOf('/')));
  return folder.startsWith('.') ? folder.replace(/^(?:\.(?:\/|$))+/, '') : folder;
}

/** With every split by its usual name: `validation` is `val`. */
function withSplits(folder: string): string {
  return folder
    .split('/')
    .map((part) => splitOf(part) ?? part)
    .join('/');
}

/** The rows of a table by the images that they name. */
export class ImageTable {
  readonly #rows = new Map<string, ImageRow>();
  #knownFolders: ReadonlyMap<string, string> | undefined;
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

  /** The folders of its rows as it names them, each with the name of one image. */
  get folders(): ReadonlyMap<string, string> {
    if (!this.#knownFolders) {
      const folders = new Map<string, string>();
      for (const name of this.#rows.keys()) folders.set(folderOf(name), name);
      this.#knownFolders = folders;
    }
    return this.#knownFolders;
  }

  /**
   * What it says of an image. Shorter and longer names of the same image count. The name alone counts where the table has
   * no folders, or none of them is here: then images have moved since. Else one of another folder is another image.
   * @param name of the image, relative to the folder of the table
   * @param here the name of that folder, where folders that the table names are in it
   */
  of(name: string, here?: string): ImageRow | undefined {
    const names = imageNames(name);
    for (const one of names) {
      const found = this.#rows.get(one);
      if (found) return found;
      const row = this.#short.get(one);
      if (row !== undefined && !this.#isElsewhere(folderOf(row), folderOf(names[0]), here))
        return this.#rows.get(row);
    }
    return undefined;
  }

  /** Whether a row of a folder is of another image than one that has its name in another folder. */
  #isElsewhere(row: string, image: string, here: string | undefined): boolean {
    if (row === '') return false;
    const [named, own] = [row, image].map(withSplits);
    if (own !== '' && `/${named}`.endsWith(`/${own}`)) return false;
    if (own !== '' && `/${own}`.endsWith(`/${named}`)) return false;
    if (here !== undefined) return own !== '' || named.slice(named.lastIndexOf('/') + 1) !== here;
    if (own === '') return false;
    // Where rows are of images beside it, the one without a row has none.
    return areOfTwoSplits(row, image) || this.folders.has(image);
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

/** Why a table cannot be used, where it is one of labels. */
export function problemIn(error: unknown): Problem | undefined {
  return error instanceof SemapError && error.reason === 'invalid-labels' ? problemOf(error) : undefined;
}
