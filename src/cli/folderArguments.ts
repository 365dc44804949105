import { statSync } from 'node:fs';
import path from 'node:path';

/** A folder by its absolute path; what is no folder is a name. */
export function folderOrName(text: string): string {
  const looksLikePath = /[/\\]/.test(text) || text === '.';
  return looksLikePath || statSync(text, { throwIfNoEntry: false })?.isDirectory()
    ? path.resolve(text)
    : text;
}
