import path from 'node:path';
import * as vscode from 'vscode';
import { isWithin } from '../files/paths.ts';
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
