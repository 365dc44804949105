import * as vscode from 'vscode';
import { TextHistory, type TextStep } from '../../core/text/textHistory.ts';
import { isAlignment } from './alignmentFileName.ts';
import { changeText } from './alignmentFiles.ts';

/** Changes in the text editor that follow each other as quickly are one. */
const TYPING_MS = 800;

/**
 * What can be undone in alignments, whoever did it: the grid, the side panel, commands or the text editor. The editors
 * have VS Code's undo, which needs an editor in front; the side panel has this one, and both know of each other.
 */
export class AlignmentHistories implements vscode.Disposable {
  readonly #histories = new Map<string, TextHistory>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listening: vscode.Disposable;
  readonly #now: () => number;
  #typed = { key: '', at: 0 };

  readonly onDidChange = this.#changed.event;

  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.#listening = vscode.Disposable.from(
      vscode.workspace.onDidOpenTextDocument((document) => this.#opened(document)),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.#follow(document);
      }),
    );
    for (const document of vscode.workspace.textDocuments) this.#opened(document);
  }

  dispose(): void {
    this.#listening.dispose();
    this.#changed.dispose();
  }

  /** Whether there is something to undo, or to do again. */
  has(uri: vscode.Uri | undefined, step: 'undo' | 'redo'): boolean {
    return uri !== undefined && this.#histories.get(uri.toString())?.[step] !== undefined;
  }

  /**
   * Takes the last change of a document back, or makes it again; saves it unless it had unsaved changes before.
   * @returns whether there was one
   */
  async step(uri: vscode.Uri | undefined, step: 'undo' | 'redo'): Promise<boolean> {
    if (!uri) return false;
    // A document that was changed on disk since has another history once it is open.
    await vscode.workspace.openTextDocument(uri);
    let done: TextStep | undefined;
    const edits = (text: string) => {
      const history = this.#histories.get(uri.toString());
      done = history?.text === text ? history[step] : undefined;
      return done ? [done] : [];
    };
    await changeText(uri, edits, true);
    return done !== undefined;
  }

  #opened(document: vscode.TextDocument): void {
    if (!isAlignment(document.uri)) return;
    const key = document.uri.toString();
    const text = document.getText();
    if (this.#histories.get(key)?.text === text) return;
    this.#histories.set(key, new TextHistory(text));
    this.#changed.fire();
  }

  #follow(document: vscode.TextDocument): void {
    if (!isAlignment(document.uri)) return;
    const key = document.uri.toString();
    const inFront = vscode.window.activeTextEditor?.document === document;
    const now = this.#now();
    const more = inFront && this.#typed.key === key && now - this.#typed.at < TYPING_MS;
    if (inFront) this.#typed = { key, at: now };
    const history = this.#histories.get(key);
    if (history) history.take(document.getText(), more);
    else this.#histories.set(key, new TextHistory(document.getText()));
    this.#changed.fire();
  }
}
