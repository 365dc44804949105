import * as vscode from 'vscode';
import { PageServer } from '../../protocol/webviewChannel.ts';
import { loadPage, pageRoots } from '../views/pageWebview.ts';
import { RankPage, type RankPageHost } from './rankPage.ts';
import type { RankRun } from './rankRun.ts';

/** The last ranking, in an editor of its own. The ranking lives in the host: the page may come and go. */
export class RankView implements vscode.Disposable {
  static readonly viewType = 'semap.ranking';
  readonly #extensionUri: vscode.Uri;
  readonly #page: RankPage;
  #panel: vscode.WebviewPanel | undefined;

  constructor(extensionUri: vscode.Uri, host: RankPageHost) {
    this.#extensionUri = extensionUri;
    this.#page = new RankPage(host);
  }

  show(run: RankRun): void {
    this.#page.show(run);
    if (this.#panel) this.#panel.reveal();
    else this.#panel = this.#open();
  }

  activeChanged(): void {
    void this.#page.activeChanged();
  }

  dispose(): void {
    this.#panel?.dispose();
    this.#page.dispose();
  }

  #open(): vscode.WebviewPanel {
    const title = vscode.l10n.t('SeMap Ranking');
    const panel = vscode.window.createWebviewPanel(RankView.viewType, title, vscode.ViewColumn.Active, {
      enableScripts: true,
      localResourceRoots: pageRoots(this.#extensionUri),
    });
    const server = new PageServer(panel.webview, this.#page.handlers);
    panel.onDidDispose(() => {
      server.dispose();
      this.#panel = undefined;
    });
    loadPage(panel.webview, this.#extensionUri, 'ranking', title);
    return panel;
  }
}
