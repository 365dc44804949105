import * as vscode from 'vscode';
import { SemapError } from '../core/errors.ts';
import { phrase } from '../core/text/text.ts';
import { isAlignment } from '../host/alignments/alignmentFileName.ts';

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

/** Bytes of a file; undefined where there is none of the name. */
export async function sizeOf(uri: vscode.Uri): Promise<number | undefined> {
  return Promise.resolve(vscode.workspace.fs.stat(uri)).then(
    ({ size }) => size,
    () => undefined,
  );
}

export async function isThere(uri: vscode.Uri): Promise<boolean> {
  return (await sizeOf(uri)) !== undefined;
}

/** Folders that are looked into for documents, and documents that are listed, at most: each look goes over the network. */
const MOST_FOLDERS = 1000;
const MOST_FOUND = 200;

/**
 * The alignment documents of the folders that are open, those of runs and of other programs left out, the nearest to the
 * top first. VS Code's own search waits for ever where a file system has none.
 */
export async function findAlignments(): Promise<readonly vscode.Uri[]> {
  const found: vscode.Uri[] = [];
  let level = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri);
  let looks = 0;
  while (level.length > 0 && looks < MOST_FOLDERS && found.length < MOST_FOUND) {
    const some = level.slice(0, MOST_FOLDERS - looks);
    looks += some.length;
    const lists = await Promise.all(some.map(entriesOf));
    level = [];
    for (const [at, entries] of lists.entries()) {
      for (const [name, type] of entries) {
        const uri = vscode.Uri.joinPath(some[at], name);
        const isFolder = (type & vscode.FileType.Directory) !== 0;
        if (isFolder && !name.startsWith('.') && name !== 'node_modules') level.push(uri);
        else if (!isFolder && isAlignment(uri)) found.push(uri);
      }
    }
  }
  return found.slice(0, MOST_FOUND);
}

async function entriesOf(folder: vscode.Uri): Promise<readonly [string, vscode.FileType][]> {
  return Promise.resolve(vscode.workspace.fs.readDirectory(folder)).catch(() => []);
}
