import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { SemapError, toSemapError } from '../../core/errors.ts';
import { columnsOf, isExport, labelColumnsIn } from '../../core/folders/imageColumns.ts';
import {
  byUsualName,
  type ImageRow,
  ImageTable,
  imageNames,
  problemIn,
} from '../../core/folders/imageTable.ts';
import {
  IN_SPLITS,
  type Layout,
  type LayoutOption,
  type LayoutTable,
  type RefusedTable,
  type SplitName,
  splitNames,
  splitOf,
} from '../../core/folders/layout.ts';
import type { Listing } from '../../core/folders/recogniseLayout.ts';
import { decoded } from '../../core/labels/labelBytes.ts';
import { phrase } from '../../core/text/text.ts';
import { type FileState, fileState, isSameState } from '../../files/fileState.ts';
import { openRegularFile, readRegularFile } from '../../files/regularFile.ts';

/** The most bytes of a table. */
const LARGEST = 384 << 20;
/** Bytes of a table that are looked at to know what its columns hold. */
const START = 1 << 20;
/** Tables beside images that are looked into, and those of which the rows stay in memory. */
const MOST_LOOKED_AT = 12;
const KEPT = 4;
/** Folders of a table that are looked for, and of the path of each at most so many parts. */
const LOOKED_FOR = 100;
const DEEPEST = 20;

interface Kept {
  readonly state: FileState;
  readonly table: ImageTable;
}

const kept = new Map<string, Kept>();

/** A table of labels, and the folder that its names are relative to. */
export interface OpenTable {
  readonly folder: string;
  readonly file: string;
  readonly version: string;
  readonly table: ImageTable;
  /** What it says of an image, by its name relative to the folder. */
  of(name: string): ImageRow | undefined;
}

/**
 * The tables of a layout: one in the folder, or one in each of its split folders.
 * @throws {SemapError} `not-found`, `unreadable-file`, `invalid-labels`
 */
export async function openTables(root: string, columns: LayoutTable): Promise<readonly OpenTable[]> {
  if (!columns.file.startsWith(IN_SPLITS)) return [await openTable(root, columns)];
  const file = columns.file.slice(IN_SPLITS.length);
  const found: OpenTable[] = [];
  for (const name of await readdir(root)) {
    if (splitOf(name) === undefined) continue;
    const opened = await openTable(path.join(root, name), { ...columns, file }).catch((error) => {
      if (toSemapError(error).reason === 'not-found') return undefined;
      throw error;
    });
    if (opened) found.push(opened);
  }
  return found;
}

async function openTable(root: string, columns: LayoutTable): Promise<OpenTable> {
  const file = path.resolve(root, columns.file);
  const state = await fileState(file).catch((cause) => {
    throw new SemapError('not-found', phrase('{0} does not exist.', file), { cause });
  });
  const key = JSON.stringify([file, columns.image, columns.label, columns.split]);
  let found = kept.get(key);
  if (!found || !isSameState(found.state, state)) {
    const table = new ImageTable(await readText(file), { ...columns, file: path.basename(file) });
    found = { state, table };
  }
  kept.delete(key);
  kept.set(key, found);
  for (const oldest of [...kept.keys()].slice(0, -KEPT)) kept.delete(oldest);
  const { bytes, modified, changed, inode } = state;
  const { table } = found;
  const here = (await areHere(table.folders, root)) ? path.basename(root) : undefined;
  return {
    folder: root,
    file,
    version: `${key} ${bytes} ${modified} ${changed} ${inode} ${here !== undefined}`,
    table,
    of: (name) => table.of(name, here),
  };
}

/** Whether folders that a table names are below a folder, or are it: tables often have the paths of another computer. */
async function areHere(folders: ReadonlyMap<string, string>, root: string): Promise<boolean> {
  let looked = 0;
  for (const [folder, image] of folders) {
    if (folder === '') continue;
    if (looked++ === LOOKED_FOR) break;
    const parts = folder.split('/');
    for (let at = Math.max(0, parts.length - DEEPEST); at < parts.length; at++) {
      const below = parts.slice(at);
      if (below.some((part) => part === '' || part === '..')) continue;
      if (await isThere(path.join(root, ...below), 'isDirectory')) return true;
    }
    if (parts.at(-1) !== path.basename(root)) continue;
    if (await isThere(path.join(root, path.posix.basename(image)), 'isFile')) return true;
  }
  return false;
}

async function isThere(file: string, kind: 'isDirectory' | 'isFile'): Promise<boolean> {
  return stat(file).then(
    (found) => found[kind](),
    () => false,
  );
}

async function readText(file: string): Promise<string> {
  return textOf(file, await readRegularFile(file, { limit: LARGEST }));
}

/** The first rows of a table, which may be large and of something else. */
async function readStart(file: string): Promise<string> {
  const { handle, stats } = await openRegularFile(file);
  try {
    const bytes = Buffer.alloc(Math.min(stats.size, START));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    const read = bytes.subarray(0, bytesRead);
    // UTF-16 has line ends of two bytes; what is decoded is cut then.
    const isWide = read[0] >= 0xfe;
    const end = stats.size > bytesRead && !isWide ? read.lastIndexOf(10) + 1 : bytesRead;
    const text = textOf(file, read.subarray(0, isWide ? end - (end % 2) : end));
    return stats.size > bytesRead ? text.slice(0, text.lastIndexOf('\n') + 1) : text;
  } finally {
    await handle.close();
  }
}

function textOf(file: string, bytes: Uint8Array): string {
  const text = decoded(bytes);
  if (text !== undefined) return text;
  const name = path.basename(file);
  throw new SemapError('invalid-labels', phrase('{0} is not text, or is in an unknown encoding.', name), {
    hint: phrase('Save it as UTF-8.'),
  });
}

/**
 * What tables beside images make of a folder: the usable ones, those of usual names first, and those that are refused.
 * @param given a table that is meant, and its column with the labels: an error where it cannot be used
 */
export async function tablesOf(
  root: string,
  listing: Listing,
  { splitLevel }: Layout,
  given?: { readonly file: string; readonly column?: string | undefined },
): Promise<{ readonly options: readonly LayoutOption[]; readonly refused: readonly RefusedTable[] }> {
  const files = given ? [given.file] : tablesIn(listing, splitLevel).slice(0, MOST_LOOKED_AT);
  const options: LayoutOption[] = [];
  const refused: RefusedTable[] = [];
  if (files.length === 0) return { options, refused };
  const names = new Set<string>();
  collect(listing, '', names);
  const inSplit = listing.folders.find(({ tables = [] }) => tables.length > 0);
  for (const file of files) {
    try {
      const one = file.startsWith(IN_SPLITS)
        ? path.join(inSplit?.name ?? '', file.slice(IN_SPLITS.length))
        : file;
      const text = await readStart(path.resolve(root, one));
      const columns = columnsOf(text, path.basename(file), (name) => names.has(name), given?.column);
      if (!columns) {
        if (given === undefined) continue;
        if (isExport(text, path.basename(file)))
          throw new SemapError(
            'invalid-labels',
            phrase('{0} has answers that SeMap exported, not true labels.', path.basename(file)),
          );
        throw new SemapError(
          'invalid-labels',
          phrase('{0} has no columns with the names of images in {1} and their labels.', file, root),
          { hint: phrase('Its first line must be a header such as {0}.', 'file_name,label') },
        );
      }
      const option = await optionOfTable(root, { ...columns, file }, splitLevel);
      options.push({ ...option, columns: labelColumnsIn(text, columns) });
    } catch (error) {
      const problem = problemIn(error);
      if (given !== undefined) throw error;
      if (problem) refused.push({ file, problem });
    }
  }
  return { options, refused };
}

/** Tables in a folder, those of usual names first; where there are none, those in its split folders. */
function tablesIn({ tables = [], folders }: Listing, splitLevel: number | undefined): readonly string[] {
  if (tables.length > 0 || splitLevel !== 1) return tables.toSorted(byUsualName);
  const first = folders.find((folder) => (folder.tables ?? []).length > 0);
  return (first?.tables ?? []).toSorted(byUsualName).map((name) => `${IN_SPLITS}${name}`);
}

function collect({ images, folders }: Listing, above: string, into: Set<string>): void {
  for (const name of images) for (const one of imageNames(above + name)) into.add(one);
  for (const folder of folders) collect(folder, `${above}${folder.name}/`, into);
}

async function optionOfTable(
  root: string,
  table: LayoutTable,
  splitLevel: number | undefined,
): Promise<LayoutOption> {
  const labels = new Map<string, number>();
  const splits = new Map<SplitName, { readonly names: Set<string>; readonly classes: Set<string> }>();
  const bySplit = table.split === undefined && splitLevel !== undefined;
  for (const { folder, table: rows } of await openTables(root, table)) {
    const { labels: some, splits: told } = rows.counts;
    for (const [label, images] of some) labels.set(label, (labels.get(label) ?? 0) + images);
    for (const [split, classes] of told) splits.set(split, { names: new Set([split]), classes });
    const name = path.basename(folder);
    const own = bySplit && folder !== root ? splitOf(name) : undefined;
    if (own) splits.set(own, { names: new Set([name]), classes: new Set(some.keys()) });
  }
  return {
    layout: { kind: 'table', table, ...(bySplit && { splitLevel }) },
    classes: labels.size,
    examples: [...labels]
      .sort(([, a], [, b]) => b - a)
      .slice(0, 5)
      .map(([label]) => label),
    splits: splitNames.flatMap((split) => {
      const found = splits.get(split);
      return found ? [{ split, names: [...found.names], classes: found.classes.size }] : [];
    }),
  };
}
