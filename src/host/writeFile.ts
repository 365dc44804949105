import * as vscode from 'vscode';
import { writeWhole } from '../files/wholeFile.ts';

/**
 * Writes a file whole where the system lets us, and through VS Code elsewhere.
 *
 * @param folder where SeMap chose the place: the file lies below it, and no link leads there. Absent: the person did
 */
export async function writeFile(uri: vscode.Uri, content: Uint8Array, folder?: vscode.Uri): Promise<void> {
  if (uri.scheme !== 'file') return vscode.workspace.fs.writeFile(uri, content);
  await writeWhole(uri.fsPath, content, folder ? { root: folder.fsPath } : {});
}
