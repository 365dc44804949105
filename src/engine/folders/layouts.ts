import { opendir, stat } from 'node:fs/promises';
import path from 'node:path';
import { TABLE_FILE } from '../../core/folders/imageTable.ts';
import {
  CLASS_FOLDERS,
  type FolderLayout,
  type ImageFolders,
  type Layout,
  type LayoutOption,
  withSplitOf,
} from '../../core/folders/layout.ts';
import { type Listing, recogniseLayout } from '../../core/folders/recogniseLayout.ts';
import { isImageFile } from '../../core/images/imageFiles.ts';
import { inNaturalOrder } from '../../core/text/naturalOrder.ts';
import { TRUTHS_FILE } from '../../core/truths/truthTable.ts';
import { isFolder } from '../../files/folders.ts';
import { isNotRead } from './entries.ts';
import { tablesOf } from './imageTables.ts';

/** Folders that are looked into; of those in one folder; how deep. */
const MOST_FOLDERS = 200;
const MOST_INNER = 24;
const DEEPEST = 4;
/** Entries of the chosen folder and of others that are looked at. */
const MOST_ENTRIES = 200_000;
const MOST_INNER_ENTRIES = 20_000;

/** How a folder is laid out, by a bounded look. Throws what the system says where it cannot be read. */
export async function recogniseFolder(
  folder: string,
  { table, column }: { readonly table?: string | undefined; readonly column?: string | undefined } = {},
): Promise<FolderLayout> {
  const root = path.resolve(folder);
  const listing = await look(root, 0, MOST_FOLDERS);
  const { option, alternatives } = recogniseLayout(listing);
  const given = table && relativeTo(root, table);
  const asked = given ? { file: given, column } : undefined;
  const { options, refused } = await tablesOf(root, listing, option.layout, asked);
  const [first, ...others] = options;
  if (!first) return { folder: root, ...option, alternatives, refused };
  // Class folders say what their images are, unless there is a table that is made to say it.
  const decides = given || option.layout.kind !== 'classes' || option.classes < 2 || isMetadata(first);
  return decides
    ? { folder: root, ...first, alternatives: [option, ...others, ...alternatives], refused }
    : { folder: root, ...option, alternatives: [first, ...others, ...alternatives], refused };
}

/** What Hugging Face's `imagefolder` reads beside images. */
function isMetadata({ layout }: LayoutOption): boolean {
  return layout.kind === 'table' && /(?:^|\/)metadata\.(?:csv|jsonl)$/.test(layout.table.file);
}

function relativeTo(root: string, file: string): string {
  const relative = path.relative(root, file);
  return relative.startsWith('..') || path.isAbsolute(relative) ? file : relative.split(path.sep).join('/');
}

/**
 * The layouts of folders: those that were given, else as they are recognized. What files are called after is no class
 * unless somebody says so: a flat folder may be one of albums.
 * @param again whether a folder that could not be read is to be read once more
 */
export async function layoutsOf(
  { folders, layouts }: ImageFolders,
  again?: () => Promise<boolean>,
): Promise<readonly Layout[]> {
  const found: Layout[] = [];
  for (const [i, folder] of folders.entries()) found.push(layouts?.[i] ?? (await unconfirmed(folder, again)));
  return found;
}

/** Calls about the same folder often follow each other closely. */
const REMEMBERED_MILLISECONDS = 2000;
const remembered = new Map<string, { readonly layout: Layout; readonly until: number }>();

async function unconfirmed(folder: string, again?: () => Promise<boolean>): Promise<Layout> {
  const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: 0 }));
  const key = `${path.resolve(folder)} ${mtimeMs}`;
  const now = performance.now();
  const known = remembered.get(key);
  if (known && known.until > now) return known.layout;
  try {
    const { layout: found } = await recogniseFolder(folder);
    const layout: Layout = found.kind === 'names' ? withSplitOf({ kind: 'flat' }, found) : found;
    for (const [old, { until }] of remembered) if (until <= now) remembered.delete(old);
    remembered.set(key, { layout, until: performance.now() + REMEMBERED_MILLISECONDS });
    return layout;
  } catch {
    // Whoever walks it says what is amiss.
    return (await again?.()) ? unconfirmed(folder, again) : CLASS_FOLDERS;
  }
}

/** @param most folders that may be looked into below it */
async function look(folder: string, depth: number, most: number): Promise<Listing> {
  const name = path.basename(folder);
  const images: string[] = [];
  const names: string[] = [];
  const links: string[] = [];
  const tables: string[] = [];
  let entries = depth === 0 ? MOST_ENTRIES : MOST_INNER_ENTRIES;
  try {
    for await (const entry of await opendir(folder, { bufferSize: 256 })) {
      if (entries-- === 0) break;
      if (isNotRead(entry.name)) continue;
      if (entry.isDirectory()) names.push(entry.name);
      else if (isImageFile(entry.name)) images.push(entry.name);
      else if (TABLE_FILE.test(entry.name) && entry.name !== TRUTHS_FILE) tables.push(entry.name);
      else if (entry.isSymbolicLink()) links.push(entry.name);
    }
    for (const link of links.slice(0, MOST_INNER_ENTRIES))
      if (await isFolder(path.join(folder, link))) names.push(link);
  } catch (error) {
    if (depth === 0) throw error;
    // Whoever walks it says what is amiss.
  }
  names.sort(inNaturalOrder);
  const chosen = new Set(depth < DEEPEST ? spread(names, Math.min(MOST_INNER, most)) : []);
  const each = chosen.size > 0 ? Math.floor((most - chosen.size) / chosen.size) : 0;
  const folders = await Promise.all(
    names.map(async (inner): Promise<Listing> => {
      if (chosen.has(inner)) return look(path.join(folder, inner), depth + 1, each);
      return { name: inner, looked: false, images: [], folders: [] };
    }),
  );
  return {
    name,
    looked: true,
    images,
    folders,
    ...(tables.length > 0 && { tables: tables.sort(inNaturalOrder) }),
  };
}

/** As many of a list, evenly. */
function spread(names: readonly string[], most: number): readonly string[] {
  const step = Math.max(1, names.length / most);
  return Array.from({ length: Math.min(most, names.length) }, (_, i) => names[Math.floor(i * step)]);
}
