import path from 'node:path';
import * as vscode from 'vscode';
import type { PageCommand } from '../../protocol/alignmentView.ts';
import { PageServer } from '../../protocol/webviewChannel.ts';
import { describeError } from '../errors.ts';
import { loadPage } from '../pages/pageHtml.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { type ActiveAlignment, type AlignmentEntry, readEntry } from './activeAlignment.ts';
import { ALIGNMENT_EDITOR } from './alignmentEditorType.ts';
import type { AlignmentHistories } from './alignmentHistories.ts';
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
  readonly histories: AlignmentHistories;
}

/** A page with the grid, and what brings it into view. */
export interface ShownGrid {
  readonly page: AlignmentPage;
  reveal(): void;
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
  /** What is wanted of editors that are just being opened, by their documents. */
  readonly #wanted = new Map<string, PageCommand>();

  constructor(extensionUri: vscode.Uri, parts: AlignmentPageParts) {
    this.#extensionUri = extensionUri;
    this.#parts = parts;
  }

  register(): vscode.Disposable {
    return vscode.window.registerCustomEditorProvider(ALIGNMENT_EDITOR, this, {
      supportsMultipleEditorsPerDocument: true,
    });
  }

  /** The editor of a document that a person sees; of several the one in front. */
  visible(uri: vscode.Uri): ShownGrid | undefined {
    const seen = this.#of(uri).filter(({ panel }) => panel.visible);
    return shownGrid(seen.find(({ panel }) => panel.active) ?? seen[0]);
  }

  /** An editor of a document behind others, in another column than `column`: what is in front there stays in view. */
  hidden(uri: vscode.Uri, column: vscode.ViewColumn): ShownGrid | undefined {
    return shownGrid(this.#of(uri).find(({ panel }) => panel.viewColumn !== column));
  }

  /** Opens another editor of a document, beside the one in front, and has its page do something. */
  async openBeside(uri: vscode.Uri, command: PageCommand): Promise<void> {
    const key = uri.toString();
    this.#wanted.set(key, command);
    try {
      const options = { viewColumn: vscode.ViewColumn.Beside, preview: false };
      await vscode.commands.executeCommand('vscode.openWith', uri, ALIGNMENT_EDITOR, options);
    } catch (error) {
      this.#wanted.delete(key);
      throw error;
    }
  }

  #of(uri: vscode.Uri): readonly OpenEditor[] {
    return [...this.#open].filter((editor) => editor.uri === uri.toString());
  }

  async resolveCustomTextEditor(document: vscode.TextDocument, panel: vscode.WebviewPanel): Promise<void> {
    const { uri } = document;
    const watched = new WatchedAlignment(uri, readEntry);
    const page = alignmentPage(this.#parts, {
      location: 'editor',
      entry: () => ({ uri, ...watched.current }),
      onDidChange: (listener) => watched.onDidChange(listener),
      imageColumn: vscode.ViewColumn.Beside,
    });
    const editor: OpenEditor = { uri: uri.toString(), panel, page };
    this.#open.add(editor);
    const wanted = this.#wanted.get(editor.uri);
    this.#wanted.delete(editor.uri);
    if (wanted) page.send(editor.uri, wanted);
    const follow = () => {
      if (panel.active) void this.#parts.active.show(uri);
    };
    const listening: { dispose(): unknown }[] = [
      watched,
      page,
      panel.onDidChangeViewState(follow),
      this.#parts.runs.onDidChange(() => page.refresh()),
    ];
    panel.onDidDispose(() => {
      this.#open.delete(editor);
      for (const part of listening) part.dispose();
    });
    await watched.read();
    if (!this.#open.has(editor)) return;
    listening.push(new PageServer(panel.webview, page.handlers));
    loadPage(panel.webview, this.#extensionUri, 'alignment', path.posix.basename(uri.path));
    follow();
  }
}

function shownGrid(editor: OpenEditor | undefined): ShownGrid | undefined {
  if (!editor) return undefined;
  const { page, panel } = editor;
  // Without its column VS Code shows the editor in the one in front, and leaves its own blank.
  return { page, reveal: () => panel.reveal(panel.viewColumn) };
}

/** Where a page with the grid is, and what it shows. */
interface AlignmentPagePlace extends Pick<AlignmentPageHost, 'location' | 'onDidChange'> {
  entry(): AlignmentEntry | undefined;
  /** Where images are opened; absent: where VS Code opens files. */
  readonly imageColumn?: vscode.ViewColumn;
}

/** The grid of a document, with what it needs of VS Code. */
export function alignmentPage(
  { engine, runs, edit, histories }: AlignmentPageParts,
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
    step: (address, step) => histories.step(vscode.Uri.parse(address, true), step),
    savePicture: (address, format, bytes) => saveExport(vscode.Uri.parse(address), format, () => bytes),
    classify: (address) =>
      vscode.commands.executeCommand('semap.classify', { alignment: vscode.Uri.parse(address, true) }),
    describeError: (error) => {
      const { uri, document } = entry() ?? {};
      return describeError(error, { document: uri, members: document?.members && uri });
    },
    execute: (command, ...args) => vscode.commands.executeCommand(command, ...args),
    openImage: (file) => vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file), imageColumn),
  });
}
