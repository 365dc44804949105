import * as vscode from 'vscode';
import { escapeMarkup } from '../../core/text/markup.ts';
import { language } from '../language.ts';
import { plainName } from '../messages.ts';
import { MANAGE_TRUST, restrictedWords } from '../trust.ts';

/** The pages that there are: folders of `webview/` with a `main.ts`. */
export type Page = 'alignment' | 'compare' | 'find' | 'model' | 'ranking' | 'results' | 'training';

/**
 * Loads a page into a webview, which may load the built pages and nothing else.
 * @param note what stands above it, whatever it shows; absent: what is off in a workspace that is not trusted
 */
export function loadPage(
  webview: vscode.Webview,
  extensionUri: vscode.Uri,
  page: Page,
  title: string,
  note?: string,
): void {
  const root = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
  const resource = (file: string) => webview.asWebviewUri(vscode.Uri.joinPath(root, file)).toString();
  const { name, patterns } = language();
  const restricted = note === undefined ? restrictedWords() : undefined;
  webview.options = {
    enableScripts: true,
    localResourceRoots: [root],
    // A workspace that is trusted has no such link.
    ...(restricted === undefined ? {} : { enableCommandUris: [MANAGE_TRUST] }),
  };
  webview.html = pageHtml({
    title: plainName(title),
    script: resource(`${page}.js`),
    style: resource(`${page}.css`),
    cspSource: webview.cspSource,
    language: name,
    texts: patterns,
    note:
      restricted === undefined
        ? note === undefined
          ? undefined
          : { words: note }
        : { words: restricted, trust: vscode.l10n.t('Manage Workspace Trust') },
  });
  if (restricted === undefined) return;
  const listening = vscode.workspace.onDidGrantWorkspaceTrust(() => {
    listening.dispose();
    try {
      loadPage(webview, extensionUri, page, title, note);
    } catch {
      // It was closed in the meantime.
    }
  });
}

export interface PageHtmlInput {
  readonly title: string;
  readonly script: string;
  readonly style: string;
  /** `webview.cspSource`. */
  readonly cspSource: string;
  /** Language of the texts, as in `vscode.env.language`. */
  readonly language: string;
  /** English texts and their translations; none in English. */
  readonly texts?: Readonly<Record<string, string>> | undefined;
  readonly nonce?: string;
  /** What is off here; in a workspace that is not trusted also what the link to where that is decided says. Without it nothing is on. */
  readonly note?: { readonly words: string; readonly trust?: string } | undefined;
}

/**
 * The empty shell of a page: one script, one style sheet, and a policy that lets in nothing else. Pictures come as
 * blobs that the page makes itself of bytes.
 */
export function pageHtml(input: PageHtmlInput): string {
  const nonce = input.nonce ?? crypto.randomUUID().replaceAll('-', '');
  const policy = [
    "default-src 'none'",
    `style-src ${input.cspSource}`,
    `font-src ${input.cspSource}`,
    `script-src 'nonce-${nonce}'`,
    'img-src blob:',
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${escapeMarkup(input.language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${escapeMarkup(policy)}">
<title>${escapeMarkup(input.title)}</title>
<link rel="stylesheet" href="${escapeMarkup(input.style)}">
</head>
<body${bodyAttributes(input)}>
${noteOf(input)}<main></main>
${textsOf(input)}<script type="module" nonce="${nonce}" src="${escapeMarkup(input.script)}"></script>
</body>
</html>`;
}

/** A note without a way to trust says that the page is only shown: controls that would do something are off. */
function bodyAttributes({ note }: PageHtmlInput): string {
  if (note === undefined) return '';
  const readOnly = note.trust === undefined ? ` data-read-only="${escapeMarkup(note.words)}"` : '';
  return ` class="restricted"${readOnly}`;
}

/** In every page, above whatever it shows. */
function noteOf({ note }: PageHtmlInput): string {
  if (note === undefined) return '';
  const { words, trust } = note;
  const link = trust === undefined ? '' : ` <a href="command:${MANAGE_TRUST}">${escapeMarkup(trust)}</a>`;
  return `<header class="restricted-note"><p role="note">${escapeMarkup(words)}${link}</p></header>\n`;
}

/** Data that no script runs; nothing in it can end its element. */
function textsOf({ texts }: PageHtmlInput): string {
  if (texts === undefined) return '';
  const data = JSON.stringify(texts).replaceAll('<', '\\u003c');
  return `<script type="application/json" id="texts">${data}</script>\n`;
}
