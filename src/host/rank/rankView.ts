import * as vscode from 'vscode';
import type { RankingViewApi } from '../../protocol/rankingView.ts';
import { PagePanel } from '../views/pagePanel.ts';
import { RankPage, type RankPageHost } from './rankPage.ts';
import type { RankRun } from './rankRun.ts';

/** The last ranking, in an editor of its own. The ranking lives in the host: the page may come and go. */
export class RankView implements vscode.Disposable {
  static readonly viewType = 'semap.ranking';
  readonly #page: RankPage;
  readonly #panel: PagePanel<RankingViewApi>;

  constructor(extensionUri: vscode.Uri, host: RankPageHost) {
    this.#page = new RankPage(host);
    this.#panel = new PagePanel({
      extensionUri,
      viewType: RankView.viewType,
      page: 'ranking',
      title: vscode.l10n.t('SeMap Ranking'),
      handlers: this.#page.handlers,
    });
  }

  show(run: RankRun): void {
    this.#page.show(run);
    this.#panel.reveal();
  }

  activeChanged(): void {
    void this.#page.activeChanged();
  }

  dispose(): void {
    this.#panel.dispose();
    this.#page.dispose();
  }
}
