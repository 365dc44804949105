import type * as vscode from 'vscode';

/** While somebody types in the text of a document the views of it wait this long. */
export const SETTLE_MS = 150;

/** Runs `settled` at once when it has been quiet, otherwise when it is quiet again: typing does not run it for every key. */
export class Settling implements vscode.Disposable {
  readonly #settled: () => void;
  readonly #quietMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(quietMs: number, settled: () => void) {
    this.#quietMs = quietMs;
    this.#settled = settled;
  }

  touch(): void {
    const busy = this.#timer !== undefined;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (busy) this.#settled();
    }, this.#quietMs);
    if (!busy) this.#settled();
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}
