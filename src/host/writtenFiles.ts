import * as vscode from 'vscode';
import { isTaken } from '../files/belowRoot.ts';
import { writeWhole } from '../files/wholeFile.ts';

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

/**
 * Writes a file whole where the system lets us, and through VS Code elsewhere.
 *
 * @param folder where SeMap chose the place: the file lies below it, and no link leads there. Absent: the person did
 */
export async function writeFile(uri: vscode.Uri, content: Uint8Array, folder?: vscode.Uri): Promise<void> {
  if (uri.scheme !== 'file') return vscode.workspace.fs.writeFile(uri, content);
  await writeWhole(uri.fsPath, content, folder ? { root: folder.fsPath } : {});
}
