import { createHash } from 'node:crypto';
import { readRegularFile } from '../files/regularFile.ts';
import { LARGEST_JSON, writeCached } from './files.ts';

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
