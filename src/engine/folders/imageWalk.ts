import type { Dirent } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { ImageFolders, Layout, SplitName } from '../../core/folders/layout.ts';
import { type Place, placeOf } from '../../core/folders/placing.ts';
import {
  isImageFile,
  isOthersFile,
  isOthersFolder,
  isToolFolder,
  type PassedOverKind,
} from '../../core/images/imageFiles.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import { inNaturalOrder } from '../../core/text/naturalOrder.ts';
import { phrase } from '../../core/text/text.ts';
import {
  exists,
  folderProblem,
  isNotRead,
  kindBehindLink,
  kindOf,
  NO_LETTER,
  NOT_A_FILE,
} from './entries.ts';
import { type Placing, placingOf } from './imagePlaces.ts';
import { layoutsOf } from './layouts.ts';
import type { PassedOverList } from './passedOverList.ts';

/** An image file of a dataset, with what the layout of its folder says of it. */
export interface FoundImage extends Place {
  readonly kind: 'image';
  /** Absolute path. */
  readonly path: string;
}

/** A folder or an image that cannot be read, as is clear without opening it. */
export interface Unreadable extends SkippedImage {
  readonly kind: 'unreadable';
}

/** What a walk tells while it goes on, and asks. */
export interface WalkOptions {
  readonly signal?: AbortSignal | undefined;
  /** Gathers what is not read. */
  readonly passedOver?: PassedOverList | undefined;
  /** Whether a folder that could not be read is to be read once more. */
  readonly again?: (() => Promise<boolean>) | undefined;
}

interface Walk extends WalkOptions {
  /** Real paths of the folders that were read. */
  readonly visited: Set<string>;
  /** Only images of this split are found. */
  readonly split: SplitName | undefined;
  /** The chosen folders, by their real paths. */
  readonly roots: readonly { readonly real: string; readonly root: string; readonly layout: Layout }[];
  /** Files that links led to, with the class that they were found in. */
  readonly linked: Set<string>;
}

/** A folder that is walked, and what leads to it from the chosen one. */
interface Within {
  readonly folders: readonly string[];
  readonly place: Placing;
}

type Entry = FoundImage | Unreadable;

/**
 * The images of folders, in natural order, folder by folder while they are being read. Hidden entries are left out;
 * symbolic links are followed, each folder is visited once, and so are folders that were given twice. What other programs
 * keep for themselves is left out too.
 */
export async function* walkImages(images: ImageFolders, options: WalkOptions = {}): AsyncGenerator<Entry> {
  for await (const some of walkTogether(images, options))
    for (const entry of some) {
      if (options.signal?.aborted) return;
      yield entry;
    }
}

/** The same, some at a time: whoever takes millions waits less often. */
export async function* walkTogether(
  images: ImageFolders,
  options: WalkOptions = {},
): AsyncGenerator<readonly Entry[]> {
  const layouts = await layoutsOf(images, options.again);
  const roots = await Promise.all(
    images.folders.map(async (folder, i) => {
      const whole = path.resolve(folder);
      const real = await realpath(whole).catch(() => whole);
      return { real, root: path.basename(whole), layout: layouts[i] };
    }),
  );
  const walking: Walk = { ...options, visited: new Set(), split: images.split, roots, linked: new Set() };
  for (const [i, folder] of images.folders.entries()) {
    const whole = path.resolve(folder);
    const place = await placingOf(whole, layouts[i]);
    yield* walk(whole, { folders: [], place }, walking);
  }
}

/**
 * Whether the file that a link leads to is an image of the same class anyway, or another link led to it. In another class
 * it is one of both.
 */
async function isReached(link: string, { classFolder, split }: Place, walking: Walk): Promise<boolean> {
  const real = await realpath(link).catch(() => link);
  for (const { real: folder, layout, root } of walking.roots) {
    if (!real.startsWith(folder + path.sep)) continue;
    const folders = real.slice(folder.length + 1).split(path.sep);
    const name = folders.pop() ?? '';
    if (!isImageFile(name) || [...folders, name].some(isNotRead)) continue;
    const place = placeOf(layout, root, folders, name);
    if (place.classFolder === classFolder && place.split === split) return true;
  }
  const key = [real, classFolder, split].join('\0');
  if (walking.linked.has(key)) return true;
  walking.linked.add(key);
  return false;
}

/** Entries of a folder whose images are given together, at most; none waits for a folder or a link. */
const AT_A_TIME = 200;

async function* walk(
  folder: string,
  within: Within,
  walking: Walk,
  reading = readFolder(folder),
): AsyncGenerator<readonly Entry[]> {
  const { visited, signal, passedOver, split } = walking;
  const { folders } = within;
  if (signal?.aborted) return;
  let entries: Dirent[];
  let broken: readonly Unreadable[];
  try {
    const read = await reading;
    if (visited.has(read.real)) return;
    ({ entries, broken } = read);
    visited.add(read.real);
  } catch (error) {
    if (await walking.again?.()) yield* walk(folder, within, walking);
    else yield [{ kind: 'unreadable', path: folder, reason: folderProblem(error), folder: true }];
    return;
  }
  if (broken.length > 0) yield broken;
  entries.sort((a, b) => inNaturalOrder(a.name, b.name));
  const ahead = new ReadAhead(folder, entries);
  const start = folder.endsWith(path.sep) ? folder : folder + path.sep;
  let some: Entry[] = [];
  for (const [i, entry] of entries.entries()) {
    const { name } = entry;
    const isTurn = i % AT_A_TIME === AT_A_TIME - 1;
    if (some.length > 0 && (isTurn || entry.isDirectory() || entry.isSymbolicLink())) {
      yield some;
      some = [];
    }
    // A large folder is one long list: others get their turn in between.
    if (isTurn) await setImmediate();
    if (signal?.aborted) return;
    if (broken.length > 0 && name.includes(NO_LETTER) && !(await exists(path.join(folder, name)))) continue;
    const full = start + name;
    if (isNotRead(name)) {
      const kind = passedOver && whyNotRead(name, entry.isDirectory());
      if (kind) passedOver.add(full, kind);
      continue;
    }
    const kind = entry.isSymbolicLink() ? await kindBehindLink(full) : kindOf(entry);
    if (kind === 'folder')
      yield* walk(full, { ...within, folders: [...folders, name] }, walking, ahead.read(name));
    else if (isImageFile(name)) {
      const place = within.place(folders, name);
      if (split !== undefined && place.split !== split) continue;
      if (kind === 'file' && entry.isSymbolicLink() && (await isReached(full, place, walking))) continue;
      if (kind === 'file') some.push({ kind: 'image', path: full, ...place });
      else some.push({ kind: 'unreadable', path: full, reason: NOT_A_FILE[kind] });
    } else if (kind === 'file') await passedOver?.addFile(full, name);
  }
  if (some.length > 0) yield some;
}

interface ReadFolder {
  /** Its real path. */
  readonly real: string;
  readonly entries: Dirent[];
  readonly broken: readonly Unreadable[];
}

async function readFolder(folder: string): Promise<ReadFolder> {
  const [real, entries] = await Promise.all([realpath(folder), readdir(folder, { withFileTypes: true })]);
  return { real, entries, broken: await misnamed(folder, entries) };
}

/** Folders that are read before it is their turn, and their entries together. */
const MOST_AHEAD = 8;
const MOST_ENTRIES_AHEAD = 10_000;

/** Reads the folders in a folder some at a time: nobody waits for each of them, which on a share takes as long as a picture. */
class ReadAhead {
  readonly #folder: string;
  readonly #names: readonly string[];
  readonly #reading = new Map<string, Promise<ReadFolder>>();
  #next = 0;
  /** Of the last one that was read: the others may be as large. */
  #entries = 0;

  /** @param entries of the folder, in the order in which they are asked for */
  constructor(folder: string, entries: readonly Dirent[]) {
    this.#folder = folder;
    const folders = entries.filter((entry) => entry.isDirectory() && !isNotRead(entry.name));
    this.#names = folders.map(({ name }) => name);
  }

  /** One that is asked for, and no other of that name before. Links are read when it is their turn. */
  read(name: string): Promise<ReadFolder> {
    const most = Math.min(MOST_AHEAD, Math.floor(MOST_ENTRIES_AHEAD / Math.max(1, this.#entries)));
    while (this.#next < this.#names.length && this.#reading.size <= most)
      this.#begin(this.#names[this.#next++]);
    const reading = this.#reading.get(name) ?? readFolder(path.join(this.#folder, name));
    this.#reading.delete(name);
    return reading;
  }

  #begin(name: string): void {
    const reading = readFolder(path.join(this.#folder, name));
    this.#reading.set(name, reading);
    // Whoever asks for it hears of what is amiss.
    reading.then(
      ({ entries }) => {
        this.#entries = entries.length;
      },
      () => {},
    );
  }
}

/** What is to be said about such an entry; nothing about those in which nobody looks for images. */
function whyNotRead(name: string, isFolder: boolean): PassedOverKind | undefined {
  if (isOthersFolder(name)) return 'others';
  if (isFolder) return isToolFolder(name) ? undefined : 'hidden';
  if (isOthersFile(name)) return isImageFile(name.replace(/^\._/, '')) ? 'others' : undefined;
  return isImageFile(name.replace(/^\.+/, '')) ? 'hidden' : undefined;
}

/**
 * Folders and images whose names are not UTF-8. They cannot be opened by the text that stands for them, nor could a cache,
 * a table or a page name them.
 */
async function misnamed(folder: string, entries: readonly Dirent[]): Promise<Unreadable[]> {
  if (!entries.some(({ name }) => name.includes(NO_LETTER))) return [];
  const found: Unreadable[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true, encoding: 'buffer' })) {
    const bytes = entry.name as unknown as Buffer;
    if (isUtf8(bytes)) continue;
    const name = printableName(bytes);
    const isFolder = entry.isDirectory();
    if (isNotRead(name) || !(isFolder || isImageFile(name))) continue;
    found.push({
      kind: 'unreadable',
      path: path.join(folder, name),
      reason: isFolder
        ? phrase('The name of this folder is not valid UTF-8. Rename it.')
        : phrase('The name of this file is not valid UTF-8. Rename it.'),
      folder: isFolder || undefined,
    });
  }
  return found;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Whether bytes of a file name are UTF-8; others reach JavaScript with letters that name no file. */
function isUtf8(name: Uint8Array): boolean {
  try {
    decoder.decode(name);
    return true;
  } catch {
    return false;
  }
}

/** A name that is not UTF-8 as text: bytes that are no letters as `\xe9`. */
function printableName(name: Uint8Array): string {
  let text = '';
  for (let at = 0; at < name.length; ) {
    const length = [1, 2, 3, 4].find((n) => at + n <= name.length && isUtf8(name.subarray(at, at + n)));
    text +=
      length === undefined
        ? `\\x${name[at].toString(16).padStart(2, '0')}`
        : Buffer.from(name.subarray(at, at + length)).toString('utf8');
    at += length ?? 1;
  }
  return text;
}
