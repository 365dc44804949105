import * as vscode from 'vscode';
import { escapeHidden } from '../../core/text/plainText.ts';

const SCHEME = 'semap-files';
/** Names that are shorter are filled up, so that what follows them stands in a column. */
const COLUMN = 120;

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

  /** @returns how to wait until the person closes the list */
  async show(
    title: string,
    heading: readonly string[],
    files: readonly ShownFile[],
  ): Promise<{ readonly closed: Promise<void> }> {
    // The number makes it another document than the list before it; the name is what its tab says.
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${++this.#count}/${title}.txt` });
    const shown = files.map(({ file, note }) => ({ file: escapeHidden(file), note: escapeHidden(note) }));
    const longest = shown.reduce((most, { file }) => Math.max(most, file.length), 0);
    const width = Math.min(longest, COLUMN);
    const rows = shown.map(({ file, note }) => (note === '' ? file : `${file.padEnd(width)}  ${note}`));
    const lines = [
      ...heading.map((line) => escapeHidden(line)),
      ...(heading.length > 0 ? [''] : []),
      ...rows,
    ];
    this.#texts.set(uri.toString(), `${lines.join('\n')}\n`);
    const document = await vscode.workspace.openTextDocument(uri);
    const closed = tabOf(uri);
    await vscode.window.showTextDocument(document, { preview: true });
    return { closed };
  }
}

/** Until the tab of a document is closed: the document itself lives on for minutes. */
function tabOf(uri: vscode.Uri): Promise<void> {
  return new Promise((resolve) => {
    const listening = vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
      const isClosed = closed.some((tab) => uriOf(tab.input)?.toString() === uri.toString());
      if (!isClosed) return;
      listening.dispose();
      resolve();
    });
  });
}

function uriOf(input: unknown): vscode.Uri | undefined {
  return (input as { readonly uri?: vscode.Uri } | undefined)?.uri;
}
