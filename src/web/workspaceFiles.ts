import * as vscode from 'vscode';
import { SemapError } from '../core/errors.ts';
import { phrase } from '../core/text/text.ts';

/**
 * The address of a file by its path: pages, records and lists know paths alone. One that is in no folder that is open gets
 * the file system of the first, where there is nothing of that path.
 */
export function uriOf(path: string): vscode.Uri {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const root =
    folders.find(({ uri }) => `${path}/`.startsWith(`${uri.path.replace(/\/$/, '')}/`)) ?? folders[0];
  return root ? root.uri.with({ path }) : vscode.Uri.file(path);
}

/** A path as people find it again. */
export function shownPath(path: string): string {
  return vscode.workspace.asRelativePath(uriOf(path));
}

/**
 * @param limit bytes
 * @throws {SemapError} `not-found`, `unreadable-file` for one that is too large
 */
export async function readFile(uri: vscode.Uri, limit: number): Promise<Uint8Array> {
  const name = uri.path.slice(uri.path.lastIndexOf('/') + 1);
  try {
    const { size } = await vscode.workspace.fs.stat(uri);
    if (size > limit) throw new SemapError('unreadable-file', phrase('{0} is too large.', name));
    return await vscode.workspace.fs.readFile(uri);
  } catch (cause) {
    if (cause instanceof SemapError) throw cause;
    throw new SemapError('not-found', phrase('{0} is not in the folder that is open.', name), { cause });
  }
}

export async function isThere(uri: vscode.Uri): Promise<boolean> {
  return Promise.resolve(vscode.workspace.fs.stat(uri)).then(
    () => true,
    () => false,
  );
}
