import * as vscode from 'vscode';
import { escapeHidden } from '../../core/text/plainText.ts';

const SCHEME = 'semap-files';

/** A row of a list of files. */
export interface ShownFile {
  readonly file: string;
  readonly note: string;
}

/** Lists of files in editors that can only be read. */
export class ShownFiles implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  readonly #closing = vscode.workspace.onDidCloseTextDocument(({ uri }) =>
    this.#texts.delete(uri.toString()),
  );
  #count = 0;

  dispose(): void {
    this.#registration.dispose();
    this.#closing.dispose();
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? '';
  }

  async show(title: string, heading: readonly string[], files: readonly ShownFile[]): Promise<void> {
    // The number makes it another document than the list before it; the name is what its tab says.
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${++this.#count}/${title}.txt` });
    const rows = files.map(({ file, note }) => (note === '' ? file : `${file}\t${note}`));
    const lines = [...heading, ...(heading.length > 0 ? [''] : []), ...rows];
    this.#texts.set(uri.toString(), `${lines.map((line) => escapeHidden(line, '\t')).join('\n')}\n`);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true });
  }
}
