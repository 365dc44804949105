import { basename } from 'node:path';
import * as vscode from 'vscode';
import { SemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import { PageServer } from '../../protocol/webviewChannel.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { withDescription } from '../backbones/describeBackbone.ts';
import { copyPath, watchFile } from '../files.ts';
import { loadPage } from '../pages/pageHtml.ts';
import { viewTypeOf } from '../pages/pageTab.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { mustBeTrustedAt } from '../trust.ts';
import { ModelPage } from './modelPage.ts';

interface ModelViewParts {
  readonly engine: Engine;
  readonly library: Pick<BackboneLibrary, 'isAdded' | 'onDidChange'>;
}

/** A file that is written takes a while: it is read when it was left alone for so long. */
const QUIET_MS = 500;

/** The viewer of `*.onnx` files: it reads them, and changes nothing. */
export class ModelView implements vscode.CustomReadonlyEditorProvider {
  readonly #extensionUri: vscode.Uri;
  readonly #parts: ModelViewParts;

  constructor(extensionUri: vscode.Uri, parts: ModelViewParts) {
    this.#extensionUri = extensionUri;
    this.#parts = parts;
  }

  register(): vscode.Disposable {
    return vscode.window.registerCustomEditorProvider(viewTypeOf('model'), this, {
      supportsMultipleEditorsPerDocument: true,
    });
  }

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose: () => {} };
  }

  resolveCustomEditor({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel): void {
    const page = this.pageOf(uri);
    const listening: readonly { dispose(): unknown }[] = [
      page,
      new PageServer(panel.webview, page.handlers),
      this.#parts.library.onDidChange(() => page.refresh()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void page.read()),
      whenChanged(uri, () => void page.read()),
    ];
    panel.onDidDispose(() => {
      for (const part of listening) part.dispose();
    });
    loadPage(panel.webview, this.#extensionUri, 'model', basename(uri.path));
    void page.read();
  }

  /** What answers the page of a file. */
  pageOf(uri: vscode.Uri): ModelPage {
    const { engine, library } = this.#parts;
    return new ModelPage(uri.fsPath, {
      engine,
      mayOpen: (path) => {
        if (uri.scheme !== 'file') throw notOnDisk(basename(uri.path));
        mustBeTrustedAt(path, phrase('Trust the workspace to open its models.'));
      },
      isAdded: (path) => library.isAdded({ path }),
      test: async (path) => {
        const described = () => engine.call('describeBackbone', { backbone: path });
        const description = await withDescription(engine, path, described);
        if (!description) return;
        const { name } = description;
        const entry = { name, path, embedded: false, description };
        await vscode.commands.executeCommand('semap.tryBackbone', { kind: 'backbone', entry });
      },
      copyPath: () => copyPath(uri),
      execute: (command, ...args) => vscode.commands.executeCommand(command, ...args),
    });
  }
}

/** Files that VS Code has elsewhere than on a disk. */
function notOnDisk(name: string): SemapError {
  return new SemapError('unreadable-file', phrase('{0} is not a file on this computer.', name), {
    hint: phrase('Save it to a folder, then open it there.'),
  });
}

/** Calls back when the file was written, replaced or deleted, and then left alone. */
function whenChanged(uri: vscode.Uri, changed: () => void): vscode.Disposable {
  let waiting: NodeJS.Timeout | undefined;
  const watching = watchFile(uri, () => {
    clearTimeout(waiting);
    waiting = setTimeout(changed, QUIET_MS);
  });
  return vscode.Disposable.from(watching, { dispose: () => clearTimeout(waiting) });
}
