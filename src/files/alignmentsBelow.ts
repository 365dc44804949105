import { opendir } from 'node:fs/promises';
import path from 'node:path';

const ENDING = '.semap.json';
/** Bounds that keep a look light whatever lies in a folder. */
const DEPTH = 6;
const MOST_FOLDERS = 4000;
const MOST_ENTRIES = 5000;
const SKIPPED: ReadonlySet<string> = new Set(['node_modules', '__pycache__', 'venv']);

/**
 * Alignment documents in and below a folder, absolute, in the order of their folders. A bounded look: links and hidden
 * folders are not followed, and of a folder with very many entries only the first are read.
 */
export async function alignmentsBelow(root: string, signal?: AbortSignal): Promise<readonly string[]> {
  const found: string[] = [];
  const waiting = [{ folder: path.resolve(root), depth: 0 }];
  for (let looked = 0; waiting.length > 0 && looked < MOST_FOLDERS; looked++) {
    signal?.throwIfAborted();
    const { folder, depth } = waiting.shift()!;
    const { files, folders } = await entriesOf(folder);
    for (const name of files) found.push(path.join(folder, name));
    if (depth < DEPTH)
      for (const name of folders) waiting.push({ folder: path.join(folder, name), depth: depth + 1 });
  }
  return found;
}

async function entriesOf(folder: string): Promise<{ readonly files: string[]; readonly folders: string[] }> {
  const files: string[] = [];
  const folders: string[] = [];
  const opened = await opendir(folder).catch(() => undefined);
  if (!opened) return { files, folders };
  let read = 0;
  for await (const entry of opened) {
    if (++read > MOST_ENTRIES) break;
    const { name } = entry;
    if (entry.isFile() && name.toLowerCase().endsWith(ENDING)) files.push(name);
    else if (entry.isDirectory() && !name.startsWith('.') && !SKIPPED.has(name)) folders.push(name);
  }
  return { files: files.sort(), folders: folders.sort() };
}
