import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { readRegularFile } from '../files/regularFile.ts';
import { sweepTemporaries, writeWhole } from '../files/wholeFile.ts';

/** Far more than any JSON file that is looked for has. */
export const LARGEST_JSON = 64 << 20;

/**
 * What a JSON file of another program holds; undefined when it is absent or no JSON, no regular file or too large.
 */
export async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(String(await readRegularFile(file, { limit: LARGEST_JSON })));
  } catch {
    return undefined;
  }
}

/** Replaces a file of a cache whole. @returns false where nothing can be written: the work is only done again next time */
export async function writeCached(file: string, content: string | Uint8Array): Promise<boolean> {
  return writeWhole(file, content, { folders: true, flush: false }).then(
    () => true,
    () => false,
  );
}

/** Clears what killed writes left in a cache folder and the folders in it. Never throws. */
export async function sweepCache(cacheFolder: string): Promise<void> {
  await sweepTemporaries(cacheFolder);
  for (const entry of await readdir(cacheFolder, { withFileTypes: true }).catch(() => [])) {
    if (!entry.isDirectory()) continue;
    const folder = path.join(cacheFolder, entry.name);
    await sweepTemporaries(folder);
    // Embeddings are kept in a folder for each encoder; outputs have folders and a sweep of their own.
    if (entry.name !== 'embeddings') continue;
    for (const name of await readdir(folder).catch(() => [])) await sweepTemporaries(path.join(folder, name));
  }
}
