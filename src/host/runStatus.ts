import type * as vscode from 'vscode';
import type { Listening } from '../core/listeners.ts';
import { type NextStep, StatusItem, type StatusTexts } from './messages.ts';

/** Something long that has a page. */
interface Followed {
  onDidChange(listener: () => void): Listening;
}

/** What the item says of one run, and how to get to its page. */
export type RunLook = Omit<StatusTexts, 'click'> & { readonly click: NextStep };

/**
 * The way back to the page of what is going on: an item in the status bar, which says how far it is, whether the page is
 * open or not. It is the only display beside the page.
 */
export class RunStatus<Run extends Followed> implements vscode.Disposable {
  readonly #item: StatusItem;
  readonly #look: (runs: readonly Run[]) => RunLook;
  readonly #runs = new Set<Run>();
  #disposed = false;

  /** @param look of one run or more, the first started first */
  constructor(
    about: { readonly id: string; readonly name: string; readonly priority: number },
    look: (runs: readonly Run[]) => RunLook,
  ) {
    this.#item = new StatusItem(about);
    this.#look = look;
  }

  /** The window goes. */
  get disposed(): boolean {
    return this.#disposed;
  }

  /** Shows a run for as long as `running` takes. */
  async watch(run: Run, running: Promise<unknown>): Promise<void> {
    this.#runs.add(run);
    const listening = run.onDidChange(() => this.#draw());
    this.#draw();
    try {
      await running;
    } finally {
      listening.dispose();
      this.#runs.delete(run);
      this.#draw();
    }
  }

  dispose(): void {
    this.#disposed = true;
    this.#item.dispose();
  }

  #draw(): void {
    if (this.#disposed) return;
    if (this.#runs.size === 0) this.#item.hide();
    else this.#item.show(this.#look([...this.#runs]));
  }
}
