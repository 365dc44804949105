import { existsSync } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { columnsOf } from '../../core/folders/imageColumns.ts';
import { byUsualName, TABLE_FILE } from '../../core/folders/imageTable.ts';
import { type LayoutOption, splitOf } from '../../core/folders/layout.ts';
import { type Listing, recogniseLayout } from '../../core/folders/recogniseLayout.ts';
import { isImageFile, isOthersFile, isOthersFolder } from '../../core/images/imageFiles.ts';
import { inNaturalOrder } from '../../core/text/naturalOrder.ts';
import { TRUTHS_FILE } from '../../core/truths/truthTable.ts';
import { isFolder } from '../../files/folders.ts';
import { openRegularFile } from '../../files/regularFile.ts';

/** A folder whose folders are classes of images, or whose images a table labels. */
export interface Dataset {
  readonly path: string;
  readonly name: string;
  /** How many of its folders hold images. */
  readonly classes: number;
  /** The name of the table of labels, where there are no class folders. */
  readonly table?: string | undefined;
  /** How it is laid out, where that is by splits or by names of files. */
  readonly option?: LayoutOption | undefined;
}

/** Bounds that keep the scan light whatever lies in a workspace. */
export interface ScanLimits {
  /** How deep below a workspace folder. */
  readonly depth: number;
  /** Folders looked at in all. */
  readonly folders: number;
  /** Entries read of one folder. */
  readonly entries: number;
  /** Entries of a folder among which an image must turn up. */
  readonly peek: number;
}

const LIMITS: ScanLimits = { depth: 4, folders: 4000, entries: 2000, peek: 50 };
/** Names of images of a folder that are compared: what they begin with may be classes. */
const MOST_NAMES = 200;
const SKIPPED: ReadonlySet<string> = new Set([
  'node_modules',
  '__pycache__',
  'dist',
  'out',
  'build',
  'target',
  'venv',
]);
const NOTHING: ReadonlySet<string> = new Set();

interface Look {
  readonly folders: readonly string[];
  /** The names of some. */
  readonly images: readonly string[];
  /** The names of files that may be tables. */
  readonly tables: readonly string[];
  /** Whether every entry was read. */
  readonly whole: boolean;
}

/**
 * Finds datasets below `roots`, level by level, reading no file and no folder to its end: at least two folders with
 * images side by side are class folders, unless they are called as splits; then those in them are.
 *
 * @param follow `false`: links are not even looked at. One in a workspace that is not trusted may lead to another computer.
 */
export async function* scanDatasets(
  roots: readonly string[],
  signal: AbortSignal,
  limits: ScanLimits = LIMITS,
  follow = true,
): AsyncGenerator<Dataset> {
  let budget = limits.folders;
  let level = [...roots];
  for (let depth = 0; depth <= limits.depth && level.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      if (signal.aborted || budget <= 0) return;
      budget--;
      const { folders, images, tables } = await look(folder, limits.entries, { follow });
      const inside: Listing[] = [];
      for (const child of folders) {
        if (signal.aborted || budget <= 0) return;
        budget--;
        const { listing, looked } = await listingOf(child, limits, follow);
        inside.push(listing);
        budget -= looked;
      }
      const seen = { images, inside, tables };
      const found = datasetOf(folder, seen) ?? (await tableOf(folder, seen, follow));
      // A workspace folder may hold sets side by side, of which those without subfolders look like classes.
      const isPlain = found?.option === undefined && found?.table === undefined;
      const sets = depth === 0 && found && isPlain ? await setsAmong(folders, inside, limits, follow) : [];
      if (found && sets.length === 0) yield found;
      else for (const folder of folders) next.push(folder);
    }
    level = next;
  }
}

/** More folders than that side by side are classes. */
const MOST_SETS = 100;

/** Which folders are sets of their own, by splits, a table or names of files, whatever lies beside them. */
async function setsAmong(
  folders: readonly string[],
  inside: readonly Listing[],
  limits: ScanLimits,
  follow: boolean,
): Promise<readonly string[]> {
  if (folders.length > MOST_SETS) return [];
  const sets: string[] = [];
  for (const [i, folder] of folders.entries()) {
    const hasSplits = inside[i].folders.filter(({ name }) => splitOf(name)).length >= 2;
    if (hasSplits) sets.push(folder);
    if (hasSplits || inside[i].images.length === 0) continue;
    const { images, tables } = await look(folder, limits.entries, { follow });
    const seen = { images, inside: [], tables };
    const found = datasetOf(folder, seen) ?? (await tableOf(folder, seen, follow));
    // What a person said of images in SeMap, they may have said of those of one class.
    if (found && found.table !== TRUTHS_FILE) sets.push(folder);
  }
  return sets;
}

/** What was seen of a folder. */
interface Seen {
  readonly images: readonly string[];
  readonly inside: readonly Listing[];
  /** Names of files that may be tables. */
  readonly tables: readonly string[];
}

function datasetOf(folder: string, { images, inside }: Seen): Dataset | undefined {
  const name = basename(folder);
  const classes = inside.filter((child) => child.images.length > 0).length;
  const hasSplits = inside.some(
    (child) => splitOf(child.name) || child.folders.some((one) => splitOf(one.name)),
  );
  if (hasSplits || classes < 2) {
    const { option } = recogniseLayout({ name, looked: true, images, folders: inside });
    const { layout, classes: found } = option;
    const isOwn = layout.splitLevel === 1 || (layout.splitLevel === 2 && inside.every(isClassOfSplits));
    if (found >= 2 && (isOwn || (layout.kind === 'names' && images.length > 0)))
      return { path: folder, name, classes: found, option };
    if (inside.every((child) => splitOf(child.name))) return undefined;
  }
  return classes < 2 ? undefined : { path: folder, name, classes };
}

/** Not a set of its own beside others. */
function isClassOfSplits({ images, folders }: Listing): boolean {
  return images.length === 0 && (folders.length === 0 || folders.some((one) => one.images.length > 0));
}

async function tableOf(folder: string, seen: Seen, follow: boolean): Promise<Dataset | undefined> {
  const classes = seen.inside.filter((child) => child.images.length > 0).length;
  const table = seen.images.length === 0 && classes === 0 ? undefined : await tableIn(folder, seen, follow);
  return table === undefined ? undefined : { path: folder, name: basename(folder), classes, table };
}

/** A folder as far as its first image; of one that may be a split or hold some, the folders in it, too. */
async function listingOf(
  folder: string,
  limits: ScanLimits,
  follow: boolean,
): Promise<{ readonly listing: Listing; readonly looked: number }> {
  const name = basename(folder);
  const isSplit = splitOf(name) !== undefined;
  const peek = { follow, most: isSplit ? MOST_NAMES : 1 };
  const { folders, images } = await look(folder, isSplit ? limits.entries : limits.peek, peek);
  const within = isSplit ? folders : folders.filter((one) => splitOf(basename(one)));
  const inner: Listing[] = [];
  for (const one of within) {
    const seen = await look(one, limits.peek, { follow, most: 1 });
    inner.push({ name: basename(one), looked: true, images: seen.images, folders: [] });
  }
  return { listing: { name, looked: true, images, folders: inner }, looked: within.length };
}

/** An image whose label is known: the name of the folder that it is in. */
export interface ExampleImage {
  readonly path: string;
  readonly label: string;
}

/** Datasets whose classes are compared with the labels of a model. */
const MOST_COMPARED = 8;

/**
 * An image of each of the first classes of a dataset below `roots`, which is the one whose classes fit `labels` best, or the
 * first; few entries are looked at.
 * @param labels classes among them go first
 */
export async function exampleImages(
  roots: readonly string[],
  most: number,
  follow: boolean,
  labels: readonly string[] = [],
): Promise<readonly ExampleImage[]> {
  const limits = { ...LIMITS, folders: 200 };
  const wanted = new Set(labels.map(plainName));
  const isKnown = (folder: string) => wanted.has(plainName(basename(folder)));
  let best: readonly string[] = [];
  let compared = 0;
  for await (const { path, option } of scanDatasets(roots, new AbortController().signal, limits, follow)) {
    const [split] = option?.layout.splitLevel === 1 ? option.splits : [];
    const above = split ? join(path, split.names[0]) : path;
    const { folders } = await look(above, limits.entries, { follow });
    if (best.length === 0 || folders.filter(isKnown).length > best.filter(isKnown).length) best = folders;
    compared++;
    if (wanted.size === 0 || compared === MOST_COMPARED) break;
  }
  const found: ExampleImage[] = [];
  for (const folder of [...best.filter(isKnown), ...best.filter((one) => !isKnown(one))]) {
    if (found.length === most) break;
    const { images } = await look(folder, limits.peek, { follow, most: 1 });
    const [image] = images;
    if (image !== undefined) found.push({ path: join(folder, image), label: basename(folder) });
  }
  return found;
}

/** Class folders of a dataset as labels of a model. */
export interface ClassNames {
  readonly dataset: string;
  /** As what trains on class folders sorts them. */
  readonly names: readonly string[];
}

/** The first datasets below `roots` that have so many class folders. */
export async function classNamesOf(
  roots: readonly string[],
  count: number,
  follow: boolean,
): Promise<readonly ClassNames[]> {
  const found: ClassNames[] = [];
  const limits = { ...LIMITS, folders: 200 };
  let compared = 0;
  for await (const { path, name, classes, option } of scanDatasets(
    roots,
    new AbortController().signal,
    limits,
    follow,
  )) {
    if (classes === count && option === undefined) {
      const { folders } = await look(path, limits.entries, { follow });
      if (folders.length === count)
        found.push({ dataset: name, names: folders.map((folder) => basename(folder)).sort() });
    }
    compared++;
    if (compared === MOST_COMPARED) break;
  }
  return found;
}

/** `golf_ball` and `Golf ball` are one name. */
function plainName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
    .trim();
}

/** Whether an image lies in or below the folders; true also where looking for one would take long. */
export async function mayHoldImages(
  folders: readonly string[],
  limits: Pick<ScanLimits, 'folders' | 'entries'> = LIMITS,
): Promise<boolean> {
  const waiting = [...folders];
  for (let looked = 0; waiting.length > 0; looked++) {
    if (looked === limits.folders) return true;
    const {
      folders: inside,
      images,
      whole,
    } = await look(waiting.shift()!, limits.entries, { follow: true, most: 1, skipped: NOTHING });
    if (images.length > 0 || !whole) return true;
    for (const one of inside) waiting.push(one);
  }
  return false;
}

/**
 * Reads at most `limit` entries of a folder. Unreadable ones are empty.
 * @param most images after which it stops; absent: it goes on, and names as many as are compared
 */
async function look(
  folder: string,
  limit: number,
  {
    follow,
    most = Number.POSITIVE_INFINITY,
    skipped = SKIPPED,
  }: { readonly follow: boolean; readonly most?: number; readonly skipped?: ReadonlySet<string> },
): Promise<Look> {
  const folders: string[] = [];
  const images: string[] = [];
  const tables: string[] = [];
  let whole = true;
  try {
    let read = 0;
    for await (const entry of await opendir(folder)) {
      if (++read > limit) {
        whole = false;
        break;
      }
      if (entry.name.startsWith('.') || isOthersFolder(entry.name) || isOthersFile(entry.name)) continue;
      if (isImageFile(entry.name) && !entry.isDirectory()) {
        if (images.length < MOST_NAMES) images.push(entry.name);
        if (images.length >= most) break;
      } else if (TABLE_FILE.test(entry.name) && !entry.isDirectory()) tables.push(entry.name);
      else if (!skipped.has(entry.name)) {
        const path = join(folder, entry.name);
        if (entry.isDirectory() || (follow && entry.isSymbolicLink() && (await isFolder(path))))
          folders.push(path);
      }
    }
  } catch {
    // A folder that cannot be read is no dataset; the person sees that in the Explorer.
  }
  return {
    folders: folders.sort(inNaturalOrder),
    images,
    tables,
    whole,
  };
}

/**
 * The name of a table of labels in a folder, which came with the images or was made by labelling them.
 * @param read whether a file may be read to see what is in it
 */
async function tableIn(folder: string, seen: Seen, read: boolean): Promise<string | undefined> {
  const made = await lstat(join(folder, TRUTHS_FILE)).catch(() => undefined);
  if (made?.isFile()) return TRUTHS_FILE;
  const tables = read ? seen.tables.toSorted(byUsualName).slice(0, MOST_TABLES) : [];
  for (const name of tables) if (await labelsImages(folder, name, seen)) return name;
  return undefined;
}

/** Tables of a folder that are looked into. */
const MOST_TABLES = 3;
/** Of a table, as many bytes and lines tell what its columns are. */
const FIRST_BYTES = 16_384;
const FIRST_LINES = 30;
/** Folders in which the images of a table are looked for, beside its own. */
const MOST_PLACES = 3;

async function labelsImages(folder: string, name: string, { images, inside }: Seen): Promise<boolean> {
  const withImages = inside.filter((child) => child.images.length > 0);
  const places = ['', ...withImages.slice(0, MOST_PLACES).map((child) => child.name)];
  const seen = [...images, ...withImages.flatMap((child) => child.images)];
  const endings = new Set(seen.map((image) => extname(image)));
  const isImage = (cell: string) => {
    if (cell.split('/').includes('..')) return false;
    const names = isImageFile(cell) ? [cell] : [...endings].map((ending) => cell + ending);
    return places.some((place) => names.some((one) => existsSync(join(folder, place, one))));
  };
  const opened = await openRegularFile(join(folder, name)).catch(() => undefined);
  try {
    const read = await opened?.handle.read(Buffer.alloc(FIRST_BYTES), 0, FIRST_BYTES, 0);
    const lines = read?.buffer.toString('utf8', 0, read.bytesRead).split('\n') ?? [];
    // The last one may be only begun.
    const whole = read?.bytesRead === FIRST_BYTES ? lines.slice(0, -1) : lines;
    return columnsOf(whole.slice(0, FIRST_LINES).join('\n'), name, isImage) !== undefined;
  } catch {
    // What cannot be read, or gives images several labels, is said where somebody uses the folder.
    return false;
  } finally {
    await opened?.handle.close();
  }
}
