import path from 'node:path';
import * as vscode from 'vscode';
import { PageServer } from '../../protocol/webviewChannel.ts';
import { describeError } from '../errors.ts';
import { loadPage } from '../pages/pageHtml.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { type ActiveAlignment, ALIGNMENT_EDITOR, type AlignmentEntry } from './activeAlignment.ts';
import { AlignmentPage, type AlignmentPageHost } from './alignmentPage.ts';
import type { CachedRuns } from './cachedRuns.ts';
import type { EditAlignment } from './editAlignment.ts';
import { saveExport } from './exportAlignment.ts';
import { WatchedAlignment } from './watchedAlignment.ts';

/** What the grid needs, in its editor and in the side panel. */
export interface AlignmentPageParts {
  readonly engine: Engine;
  readonly active: ActiveAlignment;
  readonly runs: CachedRuns;
  readonly edit: EditAlignment;
}

interface OpenEditor {
  readonly uri: string;
  readonly panel: vscode.WebviewPanel;
  readonly page: AlignmentPage;
}

/**
 * The grid as the editor of `*.semap.json`. The text document is the only state: edits are edits of its text, so that
 * undo, save, revert and hot exit are VS Code's, and editors of one document stay in step.
 */
export class AlignmentEditors implements vscode.CustomTextEditorProvider {
  readonly #extensionUri: vscode.Uri;
  readonly #parts: AlignmentPageParts;
  readonly #open = new Set<OpenEditor>();

  constructor(extensionUri: vscode.Uri, parts: AlignmentPageParts) {
    this.#extensionUri = extensionUri;
    this.#parts = parts;
  }

  register(): vscode.Disposable {
    return vscode.window.registerCustomEditorProvider(ALIGNMENT_EDITOR, this, {
      supportsMultipleEditorsPerDocument: true,
    });
  }

  /** The page of an editor of a document; of several the one in front. */
  pageOf(uri: vscode.Uri): { readonly page: AlignmentPage; reveal(): void } | undefined {
    const all = [...this.#open].filter((editor) => editor.uri === uri.toString());
    const editor = all.find(({ panel }) => panel.active) ?? all.find(({ panel }) => panel.visible) ?? all[0];
    return editor && { page: editor.page, reveal: () => editor.panel.reveal() };
  }

  async resolveCustomTextEditor(document: vscode.TextDocument, panel: vscode.WebviewPanel): Promise<void> {
    const { uri } = document;
    const watched = new WatchedAlignment(uri);
    await watched.read();
    const page = alignmentPage(this.#parts, {
      location: 'editor',
      entry: () => ({ uri, ...watched.current }),
      onDidChange: (listener) => watched.onDidChange(listener),
      imageColumn: vscode.ViewColumn.Beside,
    });
    const server = new PageServer(panel.webview, page.handlers);
    const editor: OpenEditor = { uri: uri.toString(), panel, page };
    this.#open.add(editor);
    const follow = () => {
      if (panel.active) void this.#parts.active.show(uri);
    };
    const listening = vscode.Disposable.from(
      watched,
      server,
      page,
      panel.onDidChangeViewState(follow),
      this.#parts.runs.onDidChange(() => page.refresh()),
    );
    panel.onDidDispose(() => {
      listening.dispose();
      this.#open.delete(editor);
    });
    loadPage(panel.webview, this.#extensionUri, 'alignment', path.posix.basename(uri.path));
    follow();
  }
}

/** Where a page with the grid is, and what it shows. */
interface AlignmentPagePlace extends Pick<AlignmentPageHost, 'location' | 'onDidChange'> {
  entry(): AlignmentEntry | undefined;
  /** Where images are opened; absent: where VS Code opens files. */
  readonly imageColumn?: vscode.ViewColumn;
}

/** The grid of a document, with what it needs of VS Code. */
export function alignmentPage(
  { engine, runs, edit }: AlignmentPageParts,
  { location, entry, onDidChange, imageColumn }: AlignmentPagePlace,
): AlignmentPage {
  return new AlignmentPage({
    engine,
    location,
    current: () => {
      const shown = entry();
      if (!shown) return undefined;
      const { uri, forEngine, problem } = shown;
      // The engine finds the backbone by this one; what the page shows of it is the same.
      return { name: path.posix.basename(uri.path), uri: uri.toString(), document: forEngine, problem };
    },
    onDidChange,
    cachedImages: (alignment) => runs.imagesOf(alignment, entry()?.uri.toString()),
    edit: (...given) => edit.ofPage(...given),
    savePicture: (address, format, bytes) => saveExport(vscode.Uri.parse(address), format, () => bytes),
    describeError: (error) => describeError(error, { document: entry()?.uri }),
    execute: (command, ...args) => vscode.commands.executeCommand(command, ...args),
    openImage: (file) => vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file), imageColumn),
  });
}
