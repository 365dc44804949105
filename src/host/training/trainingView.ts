import * as vscode from 'vscode';
import type { TrainingViewApi } from '../../protocol/trainingView.ts';
import { PagePanel } from '../pages/pagePanel.ts';
import { TrainingPage, type TrainingPageHost } from './trainingPage.ts';
import type { WatchedTraining } from './watchedTraining.ts';

/** One training at a time, in an editor of its own. The run lives elsewhere: the page may come and go. */
export class TrainingView implements vscode.WebviewPanelSerializer, vscode.Disposable {
  static readonly viewType = 'semap.training';
  readonly #page: TrainingPage;
  readonly #panel: PagePanel<TrainingViewApi>;

  constructor(extensionUri: vscode.Uri, host: TrainingPageHost) {
    this.#page = new TrainingPage(host);
    this.#panel = new PagePanel({
      extensionUri,
      viewType: TrainingView.viewType,
      page: 'training',
      title: vscode.l10n.t('SeMap Training'),
      handlers: this.#page.handlers,
    });
  }

  /** The run that the page shows. */
  get run(): WatchedTraining | undefined {
    return this.#page.run;
  }

  /** @param compare folders of runs to lay over it */
  show(run: WatchedTraining, compare?: readonly string[]): void {
    this.#page.show(run, compare);
    this.#panel.reveal();
  }

  open(folder: string, compare?: readonly string[]): Promise<void> {
    this.#panel.reveal();
    return this.#page.open(folder, compare);
  }

  /** The run that is shown goes on as another object: in this window again, say. */
  replace(run: WatchedTraining): void {
    if (this.#page.run?.folder === run.folder && this.#page.run !== run) this.#page.show(run);
  }

  /** Shows another run, or none, in place of one that there is no longer. */
  leave(run: WatchedTraining, other: WatchedTraining | undefined): void {
    if (this.#page.run === run) this.#page.show(other);
  }

  runsChanged(): void {
    void this.#page.runsChanged();
  }

  /** Takes up the page of a window that was reloaded. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    this.#panel.adopt(panel);
    const folder = (state as { run?: unknown } | undefined)?.run;
    if (!this.#page.run && typeof folder === 'string') await this.#page.open(folder);
  }

  dispose(): void {
    this.#panel.dispose();
    this.#page.dispose();
  }
}
