import path from 'node:path';
import * as vscode from 'vscode';
import { PageServer } from '../../protocol/webviewChannel.ts';
import { setViewDescription } from '../messages.ts';
import { loadPage } from '../pages/pageHtml.ts';
import type { ActiveAlignment } from './activeAlignment.ts';
import { type AlignmentPageParts, alignmentPage } from './alignmentEditors.ts';
import type { AlignmentPage } from './alignmentPage.ts';

/** The side panel with the heatmap of the active alignment. */
export class AlignmentView implements vscode.WebviewViewProvider, vscode.Disposable {
  static readonly viewType = 'semap.alignment';
  readonly #extensionUri: vscode.Uri;
  readonly #active: ActiveAlignment;
  readonly #page: AlignmentPage;
  readonly #following: { dispose(): unknown };

  constructor(extensionUri: vscode.Uri, parts: AlignmentPageParts) {
    const { active, runs } = parts;
    this.#extensionUri = extensionUri;
    this.#active = active;
    this.#page = alignmentPage(parts, {
      location: 'panel',
      entry: () => active.current,
      onDidChange: (listener) => active.onDidChange(listener),
    });
    this.#following = runs.onDidChange(() => this.#page.refresh());
  }

  /** For what the host wants of the page. */
  get page(): AlignmentPage {
    return this.#page;
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    const server = new PageServer(view.webview, this.#page.handlers);
    const name = () => {
      const { current } = this.#active;
      setViewDescription(view, current ? path.posix.basename(current.uri.path) : '');
    };
    const naming = this.#active.onDidChange(name);
    name();
    view.onDidDispose(() => {
      server.dispose();
      naming.dispose();
    });
    loadPage(view.webview, this.#extensionUri, 'alignment', vscode.l10n.t('Alignment'));
  }

  dispose(): void {
    this.#following.dispose();
    this.#page.dispose();
  }
}
