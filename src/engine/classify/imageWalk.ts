import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { SemapError, toSemapError } from '../../core/errors.ts';
import { isImageFile } from '../../core/images/imageFile.ts';

/** An image file of a dataset. */
export interface FoundImage {
  readonly kind: 'image';
  /** Absolute path. */
  readonly path: string;
  /** The first folder below the chosen one; the chosen one's own name for images that lie directly in it. */
  readonly classFolder: string;
}

/** A folder that could not be read. */
export interface UnreadableFolder {
  readonly kind: 'unreadable';
  readonly path: string;
  readonly reason: string;
}

const natural = new Intl.Collator('en', { numeric: true });

/**
 * The images of folders, in natural order, folder by folder while they are being read. Hidden entries are left out;
 * symbolic links are followed, each folder is visited once, and so are folders that were given twice.
 */
export async function* walkImages(
  folders: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<FoundImage | UnreadableFolder> {
  const visited = new Set<string>();
  for (const folder of folders) {
    const root = path.resolve(folder);
    yield* walk(root, path.basename(root), true, visited, signal);
  }
}

async function* walk(
  folder: string,
  classFolder: string,
  isRoot: boolean,
  visited: Set<string>,
  signal: AbortSignal | undefined,
): AsyncGenerator<FoundImage | UnreadableFolder> {
  if (signal?.aborted) return;
  let entries: Dirent[];
  try {
    const real = await realpath(folder);
    if (visited.has(real)) return;
    visited.add(real);
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    yield { kind: 'unreadable', path: folder, reason: folderProblem(error) };
    return;
  }
  entries.sort((a, b) => natural.compare(a.name, b.name) || (a.name < b.name ? -1 : 1));
  for (const [i, entry] of entries.entries()) {
    // A large folder is one long list: others get their turn in between.
    if (i % 500 === 499) await setImmediate();
    if (signal?.aborted) return;
    if (entry.name.startsWith('.')) continue;
    const full = path.join(folder, entry.name);
    const kind = entry.isSymbolicLink() ? await kindBehindLink(full) : kindOf(entry);
    if (kind === 'folder') yield* walk(full, isRoot ? entry.name : classFolder, false, visited, signal);
    else if (kind === 'file' && isImageFile(entry.name)) yield { kind: 'image', path: full, classFolder };
  }
}

function folderProblem(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') return 'The folder may not be read (permission denied).';
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'The folder does not exist any more.';
  return toSemapError(error).message;
}

function kindOf(entry: { isDirectory(): boolean; isFile(): boolean }): 'folder' | 'file' | undefined {
  return entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : undefined;
}

async function kindBehindLink(link: string): Promise<'folder' | 'file' | undefined> {
  return stat(link).then(kindOf, () => undefined);
}

/**
 * Class folders directly below a folder, and how many images each holds, in natural order; empty ones included.
 * @throws {SemapError} `not-found` when the folder itself cannot be read
 */
export async function listClassFolders(folder: string): Promise<{ name: string; images: number }[]> {
  const root = path.resolve(folder);
  const counts = new Map<string, number>();
  const entries = await readdir(root, { withFileTypes: true }).catch((error) => {
    throw new SemapError('not-found', `${root}: ${folderProblem(error)}`, {
      hint: 'Choose a folder that you may read.',
      cause: error,
    });
  });
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const full = path.join(root, entry.name);
    const kind = entry.isSymbolicLink() ? await kindBehindLink(full) : kindOf(entry);
    if (kind === 'folder') counts.set(entry.name, 0);
  }
  for (const name of counts.keys()) {
    for await (const found of walkImages([path.join(root, name)])) {
      if (found.kind === 'image') counts.set(name, counts.get(name)! + 1);
    }
  }
  return [...counts]
    .map(([name, images]) => ({ name, images }))
    .sort((a, b) => natural.compare(a.name, b.name) || (a.name < b.name ? -1 : 1));
}
