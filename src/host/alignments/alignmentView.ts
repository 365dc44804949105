import path from 'node:path';
import * as vscode from 'vscode';
import { PageServer } from '../../protocol/webviewChannel.ts';
import { setViewDescription } from '../messages.ts';
import { loadPage } from '../pages/pageHtml.ts';
import type { ActiveAlignment } from './activeAlignment.ts';
import { type AlignmentPageParts, alignmentPage, type ShownGrid } from './alignmentEditors.ts';
import type { AlignmentPage } from './alignmentPage.ts';

/** The side panel with the heatmap of the active alignment. */
export class AlignmentView implements vscode.WebviewViewProvider, vscode.Disposable {
  static readonly viewType = 'semap.alignment';
  readonly #extensionUri: vscode.Uri;
  readonly #active: ActiveAlignment;
  readonly #page: AlignmentPage;
  readonly #following: { dispose(): unknown };
  #view: vscode.WebviewView | undefined;

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

  /** The panel with the grid, where a person sees it: its view is open, and so is the side bar. */
  get visible(): ShownGrid | undefined {
    const view = this.#view;
    return view?.visible ? { page: this.#page, reveal: () => view.show() } : undefined;
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.#view = view;
    const server = new PageServer(view.webview, this.#page.handlers);
    const name = () => {
      const { current } = this.#active;
      setViewDescription(view, current ? path.posix.basename(current.uri.path) : '');
    };
    const naming = this.#active.onDidChange(name);
    name();
    view.onDidDispose(() => {
      if (this.#view === view) this.#view = undefined;
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
