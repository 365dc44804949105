import { type Stats, statSync } from 'node:fs';
import path from 'node:path';

/** What lies under a path; undefined for nothing, and for what is no path: longer than one may be, or below a file. */
export function stateOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** A folder by its absolute path; what is no folder is a name. */
export function folderOrName(text: string): string {
  const looksLikePath = /[/\\]/.test(text) || text === '.';
  return looksLikePath || stateOf(text)?.isDirectory() ? path.resolve(text) : text;
}
