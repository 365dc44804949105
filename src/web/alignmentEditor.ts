import * as vscode from 'vscode';
import { parseAlignment } from '../core/alignments/alignmentText.ts';
import { toSemapError } from '../core/errors.ts';
import { Listeners } from '../core/listeners.ts';
import type { AlignmentEntry } from '../host/alignments/activeAlignment.ts';
import { ALIGNMENT_EDITOR } from '../host/alignments/alignmentEditorType.ts';
import { AlignmentPage, type ShownAlignment } from '../host/alignments/alignmentPage.ts';
import { describeError } from '../host/errors.ts';
import { loadPage } from '../host/pages/pageHtml.ts';
import { PageServer } from '../protocol/webviewChannel.ts';
import { BrowserEngine } from './browserEngine.ts';
import { readOnlyWords, sayReadOnly } from './readOnly.ts';
import { readFile } from './workspaceFiles.ts';

/** A cell that results or comparisons speak of: the target by its label, for the document may have changed since. */
interface SoughtCell {
  readonly label: string;
  readonly target: number;
  readonly source: number;
}

/** Shows a cell of the document at `uri`. */
export type ShowCell = (uri: vscode.Uri, cell: SoughtCell) => Promise<void>;

const LARGEST_ALIGNMENT = 256 << 20;

/** A document as it is now; undefined where there is no such file. */
export async function readAlignment(uri: vscode.Uri): Promise<AlignmentEntry | undefined> {
  const open = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
  try {
    const text = open ? open.getText() : new TextDecoder().decode(await readFile(uri, LARGEST_ALIGNMENT));
    const document = parseAlignment(text);
    return { uri, document, forEngine: document };
  } catch (error) {
    const problem = toSemapError(error);
    return problem.reason === 'not-found' ? undefined : { uri, problem };
  }
}

interface OpenAlignment {
  readonly uri: string;
  readonly page: AlignmentPage;
  readonly panel: vscode.WebviewPanel;
}

/** The grid of a `*.semap.json` as its text says it. Similarities are not in the document: the engine computes them. */
export class AlignmentViewer implements vscode.CustomTextEditorProvider {
  readonly #extensionUri: vscode.Uri;
  readonly #open = new Set<OpenAlignment>();
  /** A cell that is sought in a document whose page is on its way. */
  #sought: { readonly uri: string; readonly target: number; readonly source: number } | undefined;

  constructor(extensionUri: vscode.Uri) {
    this.#extensionUri = extensionUri;
  }

  register(): vscode.Disposable {
    return vscode.window.registerCustomEditorProvider(ALIGNMENT_EDITOR, this, {
      supportsMultipleEditorsPerDocument: true,
    });
  }

  /** Brings a cell of a document into view, beside what the person is at. */
  readonly showCell: ShowCell = async (uri, { label, target, source }) => {
    const targets = (await readAlignment(uri))?.document?.targets ?? [];
    const same = targets[target]?.label === label ? target : targets.findIndex((one) => one.label === label);
    const cell = { uri: uri.toString(), target: same < 0 ? target : same, source };
    const open = [...this.#open].find((one) => one.uri === cell.uri);
    if (!open) this.#sought = cell;
    await vscode.commands.executeCommand(
      'vscode.openWith',
      uri,
      ALIGNMENT_EDITOR,
      open?.panel.viewColumn ?? vscode.ViewColumn.Beside,
    );
    open?.page.send(cell.uri, { kind: 'showCell', target: cell.target, source });
  };

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
      engine: new BrowserEngine(),
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
    const open = { uri: uri.toString(), page, panel };
    this.#open.add(open);
    panel.onDidDispose(() => {
      this.#open.delete(open);
      listening.dispose();
      server.dispose();
      page.dispose();
    });
    loadPage(panel.webview, this.#extensionUri, 'alignment', name, readOnlyWords());
    const sought = this.#sought;
    if (sought?.uri !== uri.toString()) return;
    this.#sought = undefined;
    page.send(sought.uri, { kind: 'showCell', target: sought.target, source: sought.source });
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
