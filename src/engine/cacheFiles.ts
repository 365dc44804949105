import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { readRegularFile } from '../files/regularFile.ts';
import { sweepTemporaries, writeWhole } from '../files/wholeFile.ts';

/** Far more than any JSON file that is looked for has. */
const LARGEST_JSON = 64 << 20;

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

/*
 * JSON that a cache keeps: a line with the SHA-256 of the second line, which is the value. A file that is damaged may
 * still be valid JSON, and would be believed.
 */

/**
 * The value that {@link writeChecked} wrote; undefined when it is absent or damaged in any way. For caches: what is lost
 * is made again.
 * @param plain whether a file without a checksum is taken as well: earlier versions wrote those, and this one holds what a
 * person said
 */
export async function readChecked(file: string, { plain = false } = {}): Promise<unknown> {
  try {
    const text = String(await readRegularFile(file, { limit: LARGEST_JSON }));
    if (plain && text.startsWith('{')) return JSON.parse(text);
    const end = text.indexOf('\n');
    const value = text.slice(end + 1);
    return text.slice(0, Math.max(0, end)) === checksum(value) ? JSON.parse(value) : undefined;
  } catch {
    return undefined;
  }
}

/** Writes a value as JSON with its checksum, see {@link writeCached}. */
export async function writeChecked(file: string, value: unknown): Promise<void> {
  const text = JSON.stringify(value);
  await writeCached(file, `${checksum(text)}\n${text}`);
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
