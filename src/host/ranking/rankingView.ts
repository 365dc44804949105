import * as vscode from 'vscode';
import type { RankingViewApi } from '../../protocol/rankingView.ts';
import { PagePanel } from '../pages/pagePanel.ts';
import { RankingPage, type RankingPageHost } from './rankingPage.ts';
import { isRankingSource } from './rankingRecord.ts';
import type { RankingRun } from './rankingRun.ts';
import { restoreRanking } from './restoreRanking.ts';

/** The last ranking, in an editor of its own. The ranking lives in the host: the page may come and go. */
export class RankingView implements vscode.WebviewPanelSerializer, vscode.Disposable {
  static readonly viewType = 'semap.ranking';
  readonly #page: RankingPage;
  readonly #panel: PagePanel<RankingViewApi>;

  constructor(extensionUri: vscode.Uri, host: RankingPageHost) {
    this.#page = new RankingPage(host);
    this.#panel = new PagePanel({
      extensionUri,
      viewType: RankingView.viewType,
      page: 'ranking',
      title: vscode.l10n.t('SeMap Ranking'),
      handlers: this.#page.handlers,
    });
  }

  show(run: RankingRun): void {
    this.#page.show(run);
    this.#panel.reveal();
  }

  activeChanged(): void {
    void this.#page.activeChanged();
  }

  /** Takes up the page of a window that was reloaded, and the ranking that it showed. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    this.#panel.adopt(panel);
    const source = (state as { source?: unknown } | undefined)?.source;
    if (this.#page.run || !isRankingSource(source)) return;
    const found = await restoreRanking(source);
    if (this.#page.run) return;
    if (found.run) this.#page.show(found.run);
    else this.#page.showLost(source, found.why);
  }

  /** The window goes: what ends with it is not told to the page, which remembers that it was under way. */
  leave(): void {
    this.#page.dispose();
  }

  dispose(): void {
    this.#panel.dispose();
    this.#page.dispose();
  }
}
