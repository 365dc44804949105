import path from 'node:path';
import * as vscode from 'vscode';
import { isTaken } from '../files/belowRoot.ts';
import { isWithin } from '../files/links.ts';
import { writeWhole } from '../files/wholeFile.ts';
import { showInStatusBar } from './messages.ts';

/** `photos`, or `photos and 2 more`; a whole disk has no name but its path. */
export function titleOf([folder = '', ...others]: readonly string[]): string {
  const first = path.basename(folder) || folder;
  return others.length === 0 ? first : vscode.l10n.t('{0} and {1} more', first, others.length);
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

/** Where nobody may look, every name could be taken. */
const MOST_TRIED = 100;

/**
 * The first name that is free, with all that must be free beside it.
 * @param named the names with a number, from 1 on
 * @returns the last one tried where all are taken, or none can be looked up: writing it fails, and says why
 */
export async function freeUri(
  named: (number: number) => readonly [vscode.Uri, ...vscode.Uri[]],
): Promise<vscode.Uri> {
  for (let number = 1; ; number++) {
    const uris = named(number);
    const taken = await Promise.all(uris.map(isThere));
    if (number === MOST_TRIED || !taken.includes(true)) return uris[0];
  }
}

/** Whether something has that name, or nobody may look. */
export async function isThere(uri: vscode.Uri): Promise<boolean> {
  if (uri.scheme === 'file') return isTaken(uri.fsPath);
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}

/** Shows a file where the person can find it: in the Explorer view, in the system's file manager, or as its path. */
export async function reveal(uri: vscode.Uri): Promise<void> {
  if (vscode.workspace.getWorkspaceFolder(uri)) {
    await vscode.commands.executeCommand('revealInExplorer', uri);
  } else if (vscode.env.uiKind === vscode.UIKind.Desktop && !vscode.env.remoteName) {
    await vscode.commands.executeCommand('revealFileInOS', uri);
  } else {
    await copyPath(uri);
  }
}

export async function copyPath(uri: vscode.Uri): Promise<void> {
  await vscode.env.clipboard.writeText(uri.fsPath);
  showInStatusBar(vscode.l10n.t('Copied {0}', uri.fsPath), 4000);
}

/**
 * Writes a file whole where the system lets us, and through VS Code elsewhere.
 *
 * @param folder where SeMap chose the place: the file lies below it, and no link leads there. Absent: the person did
 */
export async function writeFile(uri: vscode.Uri, content: Uint8Array, folder?: vscode.Uri): Promise<void> {
  if (uri.scheme !== 'file') return vscode.workspace.fs.writeFile(uri, content);
  await writeWhole(uri.fsPath, content, folder ? { root: folder.fsPath } : {});
}

/** Follows a file, be it open in an editor or not. */
export function watchFile(uri: vscode.Uri, touched: () => void): vscode.Disposable {
  if (uri.scheme === 'untitled') return new vscode.Disposable(() => {});
  // What means something in a glob may be any character: a file too many is read, and found the same.
  const name = path.posix.basename(uri.path).replaceAll(/[[\]{}*?]/g, '?');
  const watcher = vscode.workspace.createFileSystemWatcher(
    new vscode.RelativePattern(vscode.Uri.joinPath(uri, '..'), name),
  );
  return vscode.Disposable.from(
    watcher,
    watcher.onDidChange(touched),
    watcher.onDidCreate(touched),
    watcher.onDidDelete(touched),
  );
}
