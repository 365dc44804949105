import path from 'node:path';
import * as vscode from 'vscode';
import { isWithin } from '../files/links.ts';

/** `photos`, or `photos and 2 more`. */
export function titleOf(folders: readonly string[]): string {
  const first = path.basename(folders[0] ?? '');
  return folders.length <= 1 ? first : vscode.l10n.t('{0} and {1} more', first, folders.length - 1);
}

/** `file` as people find it again: below its folder, and with the folder's name when there are several. */
export function shortPath(file: string, folders: readonly string[]): string {
  for (const folder of folders) {
    const below = path.relative(folder, file);
    if (below === '' || !isWithin(file, folder)) continue;
    return folders.length === 1 ? below : path.join(path.basename(folder), below);
  }
  return file;
}
