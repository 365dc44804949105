import * as vscode from 'vscode';
import { isTaken } from '../../files/belowRoot.ts';
import type { FindViewApi } from '../../protocol/findView.ts';
import { describeError, type ErrorDescription } from '../errors.ts';
import { PagePanel } from '../pages/pagePanel.ts';
import { FindPage, type FindPageHost } from './findPage.ts';
import type { WatchedSearch } from './watchedSearch.ts';

interface FindViewParts
  extends Omit<FindPageHost, 'describeError' | 'execute' | 'isThere' | 'openFile' | 'shortPath'> {
  readonly extensionUri: vscode.Uri;
}

/** One search at a time, in an editor of its own. The search lives elsewhere: the page may come and go. */
export class FindView implements vscode.Disposable {
  readonly #page: FindPage;
  readonly #panel: PagePanel<FindViewApi>;

  constructor({ extensionUri, ...parts }: FindViewParts) {
    this.#page = new FindPage({
      ...parts,
      describeError: describeFindError,
      execute: (command, ...args) => vscode.commands.executeCommand(command, ...args),
      isThere: isTaken,
      openFile: (file) => vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file)),
      shortPath: (file) => vscode.workspace.asRelativePath(file),
    });
    this.#panel = new PagePanel({
      extensionUri,
      page: 'find',
      title: vscode.l10n.t('SeMap Best Reuse'),
      handlers: this.#page.handlers,
      restore: (state) => this.#restore(state),
    });
  }

  /** Whether the person sees the page of this search. */
  shows(run: WatchedSearch): boolean {
    return this.#panel.visible && this.#page.run?.folder === run.folder;
  }

  show(run: WatchedSearch | undefined): void {
    this.#page.show(run);
    this.#panel.reveal();
  }

  open(folder: string): Promise<void> {
    this.#panel.reveal();
    return this.#page.open(folder);
  }

  /** The search that is shown continues as another object: in this window again, say. */
  replace(run: WatchedSearch): void {
    if (this.#page.run?.folder === run.folder && this.#page.run !== run) this.#page.show(run);
  }

  /** Shows another search, or none, in place of one that is gone. */
  leave(run: WatchedSearch, other: WatchedSearch | undefined): void {
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

/** An error on the page, with what helps: to resume, or to look at the folder. */
function describeFindError(error: unknown, folder: string, run?: WatchedSearch): ErrorDescription {
  const { t } = vscode.l10n;
  const { message, actions } = describeError(error);
  if (run?.live) return { message, actions };
  const own = (title: string, command: string) => ({ title, command, arguments: [folder] });
  if (!run)
    return {
      message,
      actions: [own(t('Reveal'), 'semap.revealRun'), own(t('Delete...'), 'semap.deleteRun')],
    };
  // Without a record there is nothing to resume.
  const next = run.record ? own(t('Resume'), 'semap.resumeFind') : own(t('Find Again...'), 'semap.findAgain');
  return {
    message,
    actions: [next, ...actions.filter(({ command }) => command !== 'semap.restartEngine')],
  };
}
