import * as vscode from 'vscode';
import { type AlignmentEntry, readEntry, SETTLE_MS } from './activeAlignment.ts';
import { Settling } from './settling.ts';

/** One open document as an alignment, followed through every change of its text. */
export class WatchedAlignment implements vscode.Disposable {
  readonly #uri: vscode.Uri;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #settling = new Settling(SETTLE_MS, () => void this.read());
  readonly #listening: vscode.Disposable;
  #current: AlignmentEntry | undefined;
  /** Guards against answers of slow reads that came too late. */
  #reads = 0;

  readonly onDidChange = this.#changed.event;

  constructor(uri: vscode.Uri) {
    this.#uri = uri;
    this.#listening = vscode.Disposable.from(
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0 && document.uri.toString() === uri.toString()) this.#settling.touch();
      }),
      // The backbone beside the document may be used now.
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.read()),
    );
  }

  /** As it was read last. */
  get current(): AlignmentEntry | undefined {
    return this.#current;
  }

  async read(): Promise<void> {
    const read = ++this.#reads;
    const entry = await readEntry(this.#uri);
    if (read !== this.#reads) return;
    this.#current = entry;
    this.#changed.fire();
  }

  dispose(): void {
    this.#settling.dispose();
    this.#listening.dispose();
    this.#changed.dispose();
  }
}
