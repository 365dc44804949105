import * as vscode from 'vscode';
import type { Listening } from '../../core/listeners.ts';
import { watchFile } from '../files.ts';
import type { AlignmentEntry } from './activeAlignment.ts';
import { SETTLE_MS, Settling } from './settling.ts';

/** An alignment document, followed through its changes. */
export interface WatchedDocument {
  /** False until it was read once. */
  readonly wasRead: boolean;
  /** Undefined where there is no such file; without `forEngine` where it cannot be read. */
  readonly current: Pick<AlignmentEntry, 'forEngine'> | undefined;
  onDidChange(listener: () => void): Listening;
  read(): Promise<void>;
  dispose(): unknown;
}

/** Reads a document; undefined where there is no such file. */
type ReadAlignment = (uri: vscode.Uri) => Promise<AlignmentEntry | undefined>;

/** One document as an alignment, followed through every change of its text, be it open in an editor or not. */
export class WatchedAlignment implements WatchedDocument, vscode.Disposable {
  readonly #uri: vscode.Uri;
  readonly #read: ReadAlignment;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #settling = new Settling(SETTLE_MS, () => void this.read());
  readonly #listening: vscode.Disposable;
  #current: AlignmentEntry | undefined;
  #wasRead = false;
  /** Guards against answers of slow reads that came too late. */
  #reads = 0;

  readonly onDidChange = this.#changed.event;

  constructor(uri: vscode.Uri, read: ReadAlignment) {
    this.#uri = uri;
    this.#read = read;
    const touch = () => this.#settling.touch();
    const isThis = (document: vscode.TextDocument) => document.uri.toString() === uri.toString();
    this.#listening = vscode.Disposable.from(
      watchFile(uri, touch),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0 && isThis(document)) touch();
      }),
      // Unsaved changes that were thrown away, or a file that was deleted under its editor.
      vscode.workspace.onDidCloseTextDocument((document) => {
        if (isThis(document)) touch();
      }),
      // The backbone beside the document may be used now.
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.read()),
    );
  }

  /** Whether it was read at all. */
  get wasRead(): boolean {
    return this.#wasRead;
  }

  /** As it was read last; undefined where there is no such file. */
  get current(): AlignmentEntry | undefined {
    return this.#current;
  }

  async read(): Promise<void> {
    const read = ++this.#reads;
    const entry = await this.#read(this.#uri);
    if (read !== this.#reads) return;
    this.#current = entry;
    this.#wasRead = true;
    this.#changed.fire();
  }

  dispose(): void {
    this.#settling.dispose();
    this.#listening.dispose();
    this.#changed.dispose();
  }
}
