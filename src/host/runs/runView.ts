import type * as vscode from 'vscode';
import type { Api, Handlers } from '../../protocol/rpc.ts';
import type { Page } from '../pages/pageHtml.ts';
import { PagePanel } from '../pages/pagePanel.ts';

/** Answers the page of the long runs of a kind about one at a time; `More` is what it can show with one. */
interface RunPage<Run, Local extends Api<Local>, More> {
  readonly run: Run | undefined;
  readonly handlers: Handlers<Local>;
  show(run: Run | undefined, more?: More): void;
  open(folder: string, more?: More): Promise<void>;
  runsChanged(): Promise<void>;
  dispose(): void;
}

interface RunViewParts<Run, Local extends Api<Local>, More> {
  readonly extensionUri: vscode.Uri;
  readonly page: Page;
  /** What the tab says. */
  readonly title: string;
  readonly answers: RunPage<Run, Local, More>;
  /** What stands above the page, whatever it shows. */
  readonly note?: string | undefined;
}

/** One run of a kind at a time, in an editor of its own. The run lives elsewhere: the page may come and go. */
export class RunView<Run extends { readonly folder: string }, Local extends Api<Local>, More = undefined>
  implements vscode.Disposable
{
  readonly #page: RunPage<Run, Local, More>;
  readonly #panel: PagePanel<Local>;

  constructor({ extensionUri, page, title, answers, note }: RunViewParts<Run, Local, More>) {
    this.#page = answers;
    this.#panel = new PagePanel({
      extensionUri,
      page,
      title,
      note,
      handlers: answers.handlers,
      restore: (state) => this.#restore(state),
    });
  }

  /** Whether the person sees the page of this run. */
  shows(run: Run): boolean {
    return this.#panel.visible && this.#page.run?.folder === run.folder;
  }

  show(run: Run, more?: More): void {
    this.#page.show(run, more);
    this.#panel.reveal();
  }

  open(folder: string, more?: More): Promise<void> {
    this.#panel.reveal();
    return this.#page.open(folder, more);
  }

  /** The run that is shown continues as another object: in this window again, say. */
  replace(run: Run): void {
    if (this.#page.run?.folder === run.folder && this.#page.run !== run) this.#page.show(run);
  }

  /** Shows another run, or none, in place of one that is gone. */
  leave(run: Run, other: Run | undefined): void {
    if (this.#page.run === run) this.#page.show(other);
  }

  runsChanged(): void {
    void this.#page.runsChanged();
  }

  /** Takes up the page of a window that was reloaded. */
  async #restore(state: unknown): Promise<void> {
    const folder = (state as { run?: unknown } | undefined)?.run;
    if (!this.#page.run && typeof folder === 'string') await this.#page.open(folder);
  }

  dispose(): void {
    this.#panel.dispose();
    this.#page.dispose();
  }
}
