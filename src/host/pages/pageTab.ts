import type * as vscode from 'vscode';
import type { Api, Handlers } from '../../protocol/rpc.ts';
import { PageServer } from '../../protocol/webviewChannel.ts';
import { setPanelTitle } from '../messages.ts';
import { loadPage, type Page } from './pageHtml.ts';

/** What fills an editor tab. */
export interface PageTabParts<Local extends Api<Local>> {
  readonly extensionUri: vscode.Uri;
  readonly page: Page;
  /** What the tab says. */
  readonly title: string;
  readonly handlers: Handlers<Local>;
  /** What stands above the page, whatever it shows. */
  readonly note?: string | undefined;
  /** Is called when the tab comes in front. */
  readonly shown?: () => void;
}

/** An editor tab that a page fills. */
export class PageTab<Local extends Api<Local>> implements vscode.Disposable {
  readonly #panel: vscode.WebviewPanel;

  /**
   * @param panel empty, or left by the window before
   * @param closed is called when the tab goes
   */
  constructor(
    panel: vscode.WebviewPanel,
    { extensionUri, page, title, handlers, note, shown }: PageTabParts<Local>,
    closed: () => void,
  ) {
    this.#panel = panel;
    this.rename(title);
    const server = new PageServer(panel.webview, handlers);
    panel.onDidDispose(() => {
      server.dispose();
      closed();
    });
    if (shown) panel.onDidChangeViewState(() => panel.visible && shown());
    loadPage(panel.webview, extensionUri, page, title, note);
  }

  /** @param title what the tab says from now on */
  rename(title: string): void {
    setPanelTitle(this.#panel, title);
  }

  /** Whether it is in front of its group. */
  get visible(): boolean {
    return this.#panel.visible;
  }

  /** Whether the person is in it. */
  get active(): boolean {
    return this.#panel.active;
  }

  reveal(): void {
    this.#panel.reveal();
  }

  dispose(): void {
    this.#panel.dispose();
  }
}

/** What VS Code knows pages of a kind by. */
export function viewTypeOf(page: Page): string {
  return `semap.${page}`;
}
