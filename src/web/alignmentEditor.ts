import * as vscode from 'vscode';
import { parseAlignment } from '../core/alignments/alignmentText.ts';
import { Listeners } from '../core/listeners.ts';
import { ALIGNMENT_EDITOR } from '../host/alignments/alignmentEditorType.ts';
import { AlignmentPage, type ShownAlignment } from '../host/alignments/alignmentPage.ts';
import { describeError } from '../host/errors.ts';
import { loadPage } from '../host/pages/pageHtml.ts';
import { PageServer } from '../protocol/webviewChannel.ts';
import { BrowserEngine } from './browserEngine.ts';
import { readOnlyWords, sayReadOnly } from './readOnly.ts';

/** The grid of a `*.semap.json` as its text says it. Similarities are not in the document: the engine computes them. */
export class AlignmentViewer implements vscode.CustomTextEditorProvider {
  readonly #extensionUri: vscode.Uri;

  constructor(extensionUri: vscode.Uri) {
    this.#extensionUri = extensionUri;
  }

  register(): vscode.Disposable {
    return vscode.window.registerCustomEditorProvider(ALIGNMENT_EDITOR, this, {
      supportsMultipleEditorsPerDocument: true,
    });
  }

  resolveCustomTextEditor(document: vscode.TextDocument, panel: vscode.WebviewPanel): void {
    const { uri } = document;
    const name = uri.path.slice(uri.path.lastIndexOf('/') + 1);
    const changed = new Listeners();
    let shown = shownAlignment(name, document);
    const listening = vscode.workspace.onDidChangeTextDocument((event) => {
      if (event.document !== document || event.contentChanges.length === 0) return;
      shown = shownAlignment(name, document);
      changed.tell();
    });
    const refuse = () => sayReadOnly();
    const page = new AlignmentPage({
      engine: new BrowserEngine(uri),
      location: 'editor',
      current: () => shown,
      onDidChange: changed.on,
      cachedImages: async () => undefined,
      edit: refuse,
      step: async () => false,
      savePicture: refuse,
      classify: refuse,
      describeError: (error) => describeError(error, { document: uri }),
      execute: (command, ...args) => vscode.commands.executeCommand(command, ...args),
      openImage: refuse,
    });
    const server = new PageServer(panel.webview, page.handlers);
    panel.onDidDispose(() => {
      listening.dispose();
      server.dispose();
      page.dispose();
    });
    loadPage(panel.webview, this.#extensionUri, 'alignment', name, readOnlyWords());
  }
}

function shownAlignment(name: string, document: vscode.TextDocument): ShownAlignment {
  const uri = document.uri.toString();
  try {
    return { name, uri, document: parseAlignment(document.getText()), problem: undefined };
  } catch (problem) {
    return { name, uri, document: undefined, problem };
  }
}
