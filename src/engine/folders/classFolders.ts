import type { Dirent } from 'node:fs';
import { opendir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { SemapError } from '../../core/errors.ts';
import { CLASS_FOLDERS, type ImageFolders, type Layout, type SplitName } from '../../core/folders/layout.ts';
import { classInName, placeOf } from '../../core/folders/placing.ts';
import { isImageFile } from '../../core/images/imageFiles.ts';
import { inNaturalOrder } from '../../core/text/naturalOrder.ts';
import { phrase } from '../../core/text/text.ts';
import { exists, folderProblem, isNotRead, kindBehindLink, kindOf, NO_LETTER } from './entries.ts';
import { type Unreadable, walkImages } from './imageWalk.ts';
import { layoutsOf } from './layouts.ts';
import { noImages, PassedOverList } from './passedOverList.ts';

/** A class of a folder's images. */
export interface FoundClass {
  readonly name: string;
  /** Whether it holds no image. */
  readonly empty: boolean;
  /** How many, where they were to be counted. */
  readonly images?: number | undefined;
}

/** Class folders that are looked into at the same time. */
const AT_A_TIME = 16;

/**
 * Classes of a folder in natural order, empty ones included: its class folders, or what its files are called after.
 * @param layout absent: as it is recognized
 * @param counted walks all of them to count their images; otherwise each only as far as its first image
 * @throws {SemapError} `not-found` when the folder itself cannot be read; `no-images` when all that is in and below it
 * is passed over
 */
export async function listClassFolders(
  folder: string,
  { layout, split, counted = false }: ClassOptions = {},
): Promise<FoundClass[]> {
  const root = path.resolve(folder);
  const top = await readdir(root, { withFileTypes: true }).catch((error) => {
    throw new SemapError('not-found', phrase('Cannot read {0}: {1}', root, folderProblem(error)), {
      hint: phrase('Choose a folder that you have permission to read.'),
      cause: error,
    });
  });
  const [known] = await layoutsOf({ folders: [root], layouts: [layout ?? null] });
  const images: ImageFolders = { folders: [root], layouts: [known], split };
  const found = new Map<string, { empty: boolean; images: number }>();
  const within = known.kind === 'classes' ? await classFoldersIn(root, top, known, split) : [];
  const waiting = [...within];
  for (const { name } of within) found.set(name, { empty: true, images: 0 });
  const look = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { folder: one, name } = next;
      const known = found.get(name)!;
      if (known.empty && (await holdsImage(one))) known.empty = false;
    }
  };
  if (counted || known.kind === 'names') {
    for await (const image of walkImages(images)) {
      if (image.kind !== 'image') continue;
      const { classFolder } = image;
      const known = found.get(classFolder) ?? { empty: false, images: 0 };
      if (!found.has(classFolder) && layoutSays(image)) found.set(classFolder, known);
      known.empty = false;
      known.images++;
    }
  } else await Promise.all(Array.from({ length: AT_A_TIME }, look));
  if ([...found.values()].every(({ empty }) => empty)) await mayBeEmpty(root);
  return [...found]
    .sort(([a], [b]) => inNaturalOrder(a, b))
    .map(([name, { empty, images }]) => ({ name, empty, ...(counted ? { images } : {}) }));

  function layoutSays({ path: file }: { readonly path: string }): boolean {
    return known.kind === 'names' && classInName(path.basename(file)) !== undefined;
  }
}

export interface ClassOptions {
  readonly split?: SplitName | undefined;
  /** Absent: as it is recognized. */
  readonly layout?: Layout | null | undefined;
  readonly counted?: boolean | undefined;
}

interface ClassFolder {
  readonly folder: string;
  readonly name: string;
}

/** The folders at the level of classes, of which several may be called the same. */
async function classFoldersIn(
  root: string,
  top: readonly Dirent[],
  layout: Layout & { readonly kind: 'classes' },
  split: SplitName | undefined,
): Promise<readonly ClassFolder[]> {
  let level = (await foldersOf(root, top)).map((name) => [name]);
  for (let depth = 1; depth < Math.max(layout.level, layout.splitLevel ?? 0); depth++) {
    const inner = await Promise.all(
      level.map(async (parts) => {
        const folder = path.join(root, ...parts);
        const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
        return (await foldersOf(folder, entries)).map((name) => [...parts, name]);
      }),
    );
    // A class without split folders is one, too.
    level = inner.flatMap((found, i) => (found.length === 0 && depth >= layout.level ? [level[i]] : found));
  }
  return level.flatMap((parts): ClassFolder[] => {
    const place = placeOf(layout, path.basename(root), parts, '');
    if (split !== undefined && place.split !== split) return [];
    return [{ folder: path.join(root, ...parts), name: place.classFolder }];
  });
}

async function foldersOf(folder: string, entries: readonly Dirent[]): Promise<readonly string[]> {
  const names: string[] = [];
  for (const entry of entries) {
    if (isNotRead(entry.name)) continue;
    const full = path.join(folder, entry.name);
    if (entry.name.includes(NO_LETTER) && !(await exists(full))) continue;
    const kind = entry.isSymbolicLink() ? await kindBehindLink(full) : kindOf(entry);
    if (kind === 'folder') names.push(entry.name);
  }
  return names;
}

async function holdsImage(folder: string): Promise<boolean> {
  if (await beginsWithImage(folder)) return true;
  for await (const { kind } of walkImages({ folders: [folder], layouts: [CLASS_FOLDERS] }))
    if (kind === 'image') return true;
  return false;
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
  for await (const found of walkImages({ folders: [folder], layouts: [CLASS_FOLDERS] }, { passedOver })) {
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
