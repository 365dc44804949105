import path from 'node:path';
import * as vscode from 'vscode';
import { PageServer } from '../../protocol/webviewChannel.ts';
import { describeError } from '../errors.ts';
import { setViewDescription } from '../messages.ts';
import { loadPage } from '../pages/pageHtml.ts';
import type { ActiveAlignment } from './activeAlignment.ts';
import type { AlignmentPageParts } from './alignmentEditors.ts';
import { AlignmentPage } from './alignmentPage.ts';
import { saveExport } from './exportAlignment.ts';

/** The side panel with the heatmap of the active alignment. */
export class AlignmentView implements vscode.WebviewViewProvider, vscode.Disposable {
  static readonly viewType = 'semap.alignment';
  readonly #extensionUri: vscode.Uri;
  readonly #active: ActiveAlignment;
  readonly #page: AlignmentPage;
  readonly #following: { dispose(): unknown };

  constructor(extensionUri: vscode.Uri, { engine, active, runs, edit }: AlignmentPageParts) {
    this.#extensionUri = extensionUri;
    this.#active = active;
    this.#page = new AlignmentPage({
      engine,
      location: 'panel',
      current: () => {
        const entry = active.current;
        return (
          entry && {
            name: path.posix.basename(entry.uri.path),
            uri: entry.uri.toString(),
            // The engine finds the backbone by this one; what the page shows of it is the same.
            document: entry.forEngine,
            problem: entry.problem,
          }
        );
      },
      onDidChange: (listener) => active.onDidChange(listener),
      describeError: (error) => describeError(error, active.current ? { document: active.current.uri } : {}),
      execute: (command, ...args) => vscode.commands.executeCommand(command, ...args),
      cachedImages: (alignment) => runs.imagesOf(alignment, active.current?.uri.toString()),
      edit: (...given) => edit.ofPage(...given),
      savePicture: (address, format, bytes) => saveExport(vscode.Uri.parse(address), format, () => bytes),
      openImage: (file) => vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file)),
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
