import * as vscode from 'vscode';

const KEY = 'keptPoints';
const MOST = 200;

/** A point of a search, by its run folder, and the address of its document. */
type Kept = readonly [folder: string, point: string, document: string];

/** As which documents points of searches were kept. Outlives a window, but for documents that were not saved yet. */
export class KeptPoints {
  readonly #memory: vscode.Memento;
  readonly #unsaved = new Map<string, vscode.Uri>();

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  find(folder: string, point: string): vscode.Uri | undefined {
    const unsaved = this.#unsaved.get(keyOf(folder, point));
    if (unsaved) return unsaved;
    const found = this.#all.find((one) => isOf(one, folder, point));
    return found && vscode.Uri.parse(found[2], true);
  }

  async add(folder: string, point: string, document: vscode.Uri): Promise<void> {
    if (document.scheme === 'untitled') {
      this.#unsaved.set(keyOf(folder, point), document);
      return;
    }
    const kept: Kept = [folder, point, document.toString()];
    await this.#memory.update(KEY, [...this.#others(folder, point).slice(1 - MOST), kept]);
  }

  async forget(folder: string, point: string): Promise<void> {
    this.#unsaved.delete(keyOf(folder, point));
    await this.#memory.update(KEY, this.#others(folder, point));
  }

  get #all(): readonly Kept[] {
    return this.#memory.get<readonly Kept[]>(KEY, []);
  }

  #others(folder: string, point: string): readonly Kept[] {
    return this.#all.filter((one) => !isOf(one, folder, point));
  }
}

function isOf([folder, point]: Kept, wanted: string, id: string): boolean {
  return folder === wanted && point === id;
}

function keyOf(folder: string, point: string): string {
  return JSON.stringify([folder, point]);
}
