import type { Dirent } from 'node:fs';
import { lstat, opendir, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { SemapError, toSemapError } from '../../core/errors.ts';
import {
  isImageFile,
  isOthersFile,
  isOthersFolder,
  isToolFolder,
  type PassedOverKind,
} from '../../core/images/imageFiles.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import { phrase, type Text } from '../../core/text/text.ts';
import { noImages, PassedOverList } from './passedOverList.ts';

/** An image file of a dataset. */
export interface FoundImage {
  readonly kind: 'image';
  /** Absolute path. */
  readonly path: string;
  /** The first folder below the chosen one; the chosen one's own name for images that lie directly in it. */
  readonly classFolder: string;
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
}

const natural = new Intl.Collator('en', { numeric: true });

/**
 * The images of folders, in natural order, folder by folder while they are being read. Hidden entries are left out;
 * symbolic links are followed, each folder is visited once, and so are folders that were given twice. What other programs
 * keep for themselves is left out too.
 */
export async function* walkImages(
  folders: readonly string[],
  options: WalkOptions = {},
): AsyncGenerator<FoundImage | Unreadable> {
  const walking: Walk = { ...options, visited: new Set() };
  for (const folder of folders) {
    const root = path.resolve(folder);
    yield* walk(root, path.basename(root), true, walking);
  }
}

async function* walk(
  folder: string,
  classFolder: string,
  isRoot: boolean,
  walking: Walk,
): AsyncGenerator<FoundImage | Unreadable> {
  const { visited, signal, passedOver } = walking;
  if (signal?.aborted) return;
  let entries: Dirent[];
  let broken: readonly Unreadable[];
  try {
    const real = await realpath(folder);
    if (visited.has(real)) return;
    entries = await readdir(folder, { withFileTypes: true });
    broken = await misnamed(folder, entries);
    visited.add(real);
  } catch (error) {
    if (await walking.again?.()) yield* walk(folder, classFolder, isRoot, walking);
    else yield { kind: 'unreadable', path: folder, reason: folderProblem(error), folder: true };
    return;
  }
  yield* broken;
  entries.sort((a, b) => natural.compare(a.name, b.name) || (a.name < b.name ? -1 : 1));
  for (const [i, entry] of entries.entries()) {
    // A large folder is one long list: others get their turn in between.
    if (i % 500 === 499) await setImmediate();
    if (signal?.aborted) return;
    const { name } = entry;
    if (broken.length > 0 && name.includes(NO_LETTER) && !(await exists(path.join(folder, name)))) continue;
    const full = path.join(folder, name);
    if (isNotRead(name)) {
      const kind = passedOver && whyNotRead(name, entry.isDirectory());
      if (kind) passedOver.add(full, kind);
      continue;
    }
    const kind = entry.isSymbolicLink() ? await kindBehindLink(full) : kindOf(entry);
    if (kind === 'folder') yield* walk(full, isRoot ? name : classFolder, false, walking);
    else if (isImageFile(name)) {
      if (kind === 'file') yield { kind: 'image', path: full, classFolder };
      else yield { kind: 'unreadable', path: full, reason: NOT_A_FILE[kind] };
    } else if (kind === 'file') await passedOver?.addFile(full, name);
  }
}

/** Whether an entry is left out whatever it is: hidden, or something that another program keeps for itself. */
function isNotRead(name: string): boolean {
  return name.startsWith('.') || isOthersFolder(name) || isOthersFile(name);
}

/** What is to be said about such an entry; nothing about those in which nobody looks for images. */
function whyNotRead(name: string, isFolder: boolean): PassedOverKind | undefined {
  if (isOthersFolder(name)) return 'others';
  if (isFolder) return isToolFolder(name) ? undefined : 'hidden';
  if (isOthersFile(name)) return isImageFile(name.replace(/^\._/, '')) ? 'others' : undefined;
  return isImageFile(name.replace(/^\.+/, '')) ? 'hidden' : undefined;
}

/** What stands in a name for bytes that are not UTF-8; it may also be in a name as it is. */
const NO_LETTER = '\ufffd';

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

function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

function folderProblem(error: unknown): Text {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') return phrase('Permission to read this folder is denied.');
  if (code === 'ENOENT' || code === 'ENOTDIR') return phrase('This folder no longer exists.');
  if (code === 'ENAMETOOLONG') return phrase('The path of this folder is too long for this system.');
  if (code === 'ELOOP') return phrase('The symbolic link points to itself.');
  return toSemapError(error).text;
}

type Kind = 'folder' | 'file' | keyof typeof NOT_A_FILE;

/** Why an entry that is called like an image is none. */
const NOT_A_FILE = {
  device: phrase('This is a pipe or a device, not a file.'),
  nothing: phrase('The symbolic link leads to nothing.'),
} as const;

function kindOf(entry: { isDirectory(): boolean; isFile(): boolean }): Kind {
  return entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : 'device';
}

async function kindBehindLink(link: string): Promise<Kind> {
  return stat(link).then(kindOf, () => 'nothing' as const);
}

/** A class folder. */
export interface FoundClass {
  readonly name: string;
  /** Whether it holds no image. */
  readonly empty: boolean;
  /** How many, where they were to be counted. */
  readonly images?: number | undefined;
}

/**
 * Class folders directly below a folder in natural order, empty ones included.
 * @param counted walks all of them to count their images; otherwise each only as far as its first image
 * @throws {SemapError} `not-found` when the folder itself cannot be read; `no-images` when all that is in and below it
 * is passed over
 */
export async function listClassFolders(folder: string, counted = false): Promise<FoundClass[]> {
  const root = path.resolve(folder);
  const names: string[] = [];
  const entries = await readdir(root, { withFileTypes: true }).catch((error) => {
    throw new SemapError('not-found', phrase('Cannot read {0}: {1}', root, folderProblem(error)), {
      hint: phrase('Choose a folder that you have permission to read.'),
      cause: error,
    });
  });
  for (const entry of entries) {
    if (isNotRead(entry.name)) continue;
    const full = path.join(root, entry.name);
    if (entry.name.includes(NO_LETTER) && !(await exists(full))) continue;
    const kind = entry.isSymbolicLink() ? await kindBehindLink(full) : kindOf(entry);
    if (kind === 'folder') names.push(entry.name);
  }
  const found: FoundClass[] = [];
  for (const name of names.sort((a, b) => natural.compare(a, b) || (a < b ? -1 : 1))) {
    const within = path.join(root, name);
    if (!counted && (await beginsWithImage(within))) found.push({ name, empty: false });
    else {
      let images = 0;
      for await (const { kind } of walkImages([within])) {
        if (kind === 'image') images++;
        if (images > 0 && !counted) break;
      }
      found.push({ name, empty: images === 0, images: counted ? images : undefined });
    }
  }
  if (found.every(({ empty }) => empty)) await mayBeEmpty(root);
  return found;
}

/** Entries among which most class folders have an image. */
const FIRST_LOOK = 32;

/** Whether an image is among the first entries of a folder, which may be so large that listing it takes long. */
async function beginsWithImage(folder: string): Promise<boolean> {
  const entries = await opendir(folder).catch(() => undefined);
  if (!entries) return false;
  let left = FIRST_LOOK;
  for await (const entry of entries) {
    if (entry.isFile() && isImageFile(entry.name) && !isNotRead(entry.name)) return true;
    if (--left === 0) return false;
  }
  return false;
}

/** A folder without images may be one that is yet to be filled, but not one of files that are only not read. */
async function mayBeEmpty(folder: string): Promise<void> {
  const passedOver = new PassedOverList();
  let unreadable: Unreadable | undefined;
  for await (const found of walkImages([folder], { passedOver })) {
    if (found.kind === 'image') return;
    unreadable ??= found;
  }
  if (passedOver.all) throw noImages([folder], passedOver.all);
  if (unreadable && unreadable.path !== folder)
    throw new SemapError(
      'no-images',
      phrase('No images that SeMap can read in {0}. {1}: {2}', folder, unreadable.path, unreadable.reason),
    );
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
