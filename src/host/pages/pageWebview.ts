import * as vscode from 'vscode';
import { type Page, pageHtml } from './pageHtml.ts';

/** What a page may load: the built pages and nothing else. */
export function pageRoots(extensionUri: vscode.Uri): vscode.Uri[] {
  return [vscode.Uri.joinPath(extensionUri, 'dist', 'webview')];
}

/** Loads a page into a webview whose resource roots are {@link pageRoots}. */
export function loadPage(webview: vscode.Webview, extensionUri: vscode.Uri, page: Page, title: string): void {
  const [root] = pageRoots(extensionUri);
  const resource = (file: string) => webview.asWebviewUri(vscode.Uri.joinPath(root, file)).toString();
  webview.html = pageHtml({
    title,
    script: resource(`${page}.js`),
    style: resource(`${page}.css`),
    cspSource: webview.cspSource,
    language: 'en',
  });
}
