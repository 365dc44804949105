import { lstat, opendir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isImageFile, isOthersFile, isOthersFolder } from '../../core/images/imageFiles.ts';
import { METADATA_FILE, TRUTHS_FILE } from '../../core/truths/truthTable.ts';
import { openRegularFile } from '../../files/regularFile.ts';

/** A folder whose folders are classes of images, or whose images a table labels. */
export interface Dataset {
  readonly path: string;
  readonly name: string;
  /** How many of its folders hold images. */
  readonly classes: number;
  /** The name of the table of labels, where there are no class folders. */
  readonly table?: string | undefined;
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
  readonly hasImage: boolean;
  /** The name of one. */
  readonly image: string | undefined;
  /** Whether every entry was read. */
  readonly whole: boolean;
}

/**
 * Finds datasets below `roots`, level by level, reading no file and no folder to its end: at least two folders with
 * images side by side are class folders.
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
      const { folders, hasImage } = await look(folder, limits.entries, { follow });
      let classes = 0;
      for (const child of folders) {
        if (signal.aborted || budget <= 0) return;
        budget--;
        if ((await look(child, limits.peek, { follow, untilImage: true })).hasImage) classes++;
      }
      const table = classes >= 2 || !(hasImage || classes > 0) ? undefined : await tableIn(folder, follow);
      if (classes >= 2 || table)
        yield { path: folder, name: basename(folder), classes, ...(table && { table }) };
      else for (const folder of folders) next.push(folder);
    }
    level = next;
  }
}

/** An image whose label is known: the name of the folder that it is in. */
export interface LabelledImage {
  readonly path: string;
  readonly label: string;
}

/** An image of each of the first classes of the first dataset below `roots`; few entries are looked at. */
export async function labelledImages(
  roots: readonly string[],
  most: number,
  follow: boolean,
): Promise<readonly LabelledImage[]> {
  const found: LabelledImage[] = [];
  const limits = { ...LIMITS, folders: 200 };
  for await (const { path } of scanDatasets(roots, new AbortController().signal, limits, follow)) {
    const { folders } = await look(path, limits.entries, { follow });
    for (const folder of folders) {
      if (found.length === most) break;
      const { image } = await look(folder, limits.peek, { follow, untilImage: true });
      if (image !== undefined) found.push({ path: join(folder, image), label: basename(folder) });
    }
    break;
  }
  return found;
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
      hasImage,
      whole,
    } = await look(waiting.shift()!, limits.entries, { follow: true, untilImage: true, skipped: NOTHING });
    if (hasImage || !whole) return true;
    for (const one of inside) waiting.push(one);
  }
  return false;
}

/** Reads at most `limit` entries of a folder; `untilImage` stops at the first image. Unreadable ones are empty. */
async function look(
  folder: string,
  limit: number,
  {
    follow,
    untilImage = false,
    skipped = SKIPPED,
  }: { readonly follow: boolean; readonly untilImage?: boolean; readonly skipped?: ReadonlySet<string> },
): Promise<Look> {
  const folders: string[] = [];
  let image: string | undefined;
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
        image ??= entry.name;
        if (untilImage) break;
      } else if (!skipped.has(entry.name)) {
        const path = join(folder, entry.name);
        if (entry.isDirectory() || (follow && entry.isSymbolicLink() && (await isFolder(path))))
          folders.push(path);
      }
    }
  } catch {
    // A folder that cannot be read is no dataset; the person sees that in the Explorer.
  }
  return {
    folders: folders.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })),
    hasImage: image !== undefined,
    image,
    whole,
  };
}

/**
 * The name of a table of labels in a folder, which came with the images or was made by labelling them.
 * @param read whether a file may be read to see what is in it
 */
async function tableIn(folder: string, read: boolean): Promise<string | undefined> {
  const made = await lstat(join(folder, TRUTHS_FILE)).catch(() => undefined);
  if (made?.isFile()) return TRUTHS_FILE;
  const opened = read && (await openRegularFile(join(folder, METADATA_FILE)).catch(() => undefined));
  if (!opened) return undefined;
  try {
    const { buffer, bytesRead } = await opened.handle.read(Buffer.alloc(FIRST_BYTES), 0, FIRST_BYTES, 0);
    const [header] = buffer.toString('utf8', 0, bytesRead).split(/[\r\n]/, 1);
    return /file_name/i.test(header) && /label/i.test(header) ? METADATA_FILE : undefined;
  } catch {
    return undefined;
  } finally {
    await opened.handle.close();
  }
}

/** Of a table, as many tell what its columns are. */
const FIRST_BYTES = 2048;

/** Whether there is a folder of this name, links followed. */
export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
