import * as vscode from 'vscode';
import { ModelPage } from '../host/models/modelPage.ts';
import { loadPage } from '../host/pages/pageHtml.ts';
import { viewTypeOf } from '../host/pages/pageTab.ts';
import { PageServer } from '../protocol/webviewChannel.ts';
import { BrowserEngine } from './browserEngine.ts';
import { readOnlyWords, sayReadOnly } from './readOnly.ts';

/** The viewer of `*.onnx` files, without what is found out by loading one. */
export class ModelViewer implements vscode.CustomReadonlyEditorProvider {
  readonly #extensionUri: vscode.Uri;

  constructor(extensionUri: vscode.Uri) {
    this.#extensionUri = extensionUri;
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
    const page = new ModelPage(uri.path, {
      engine: new BrowserEngine(),
      mayOpen: () => {},
      isAdded: () => false,
      test: sayReadOnly,
      copyPath: () => vscode.env.clipboard.writeText(uri.path),
      execute: (command, ...args) => vscode.commands.executeCommand(command, ...args),
    });
    const server = new PageServer(panel.webview, page.handlers);
    panel.onDidDispose(() => {
      server.dispose();
      page.dispose();
    });
    const name = uri.path.slice(uri.path.lastIndexOf('/') + 1);
    loadPage(panel.webview, this.#extensionUri, 'model', name, readOnlyWords());
    void page.read();
  }
}
