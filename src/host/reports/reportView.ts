import * as vscode from 'vscode';
import { SemapError } from '../../core/errors.ts';
import { escapeMarkup } from '../../core/text/markup.ts';
import { phrase } from '../../core/text/text.ts';
import { describeError } from '../errors.ts';
import { watchFile } from '../files.ts';
import { plainName } from '../messages.ts';

const REPORT_VIEWER = 'semap.report';

/** Bytes: pictures of a report come to 6 MB, and its tables to less. */
const LARGEST_REPORT = 64 << 20;

/** The report may have been written by anyone: what it shows is in it, it runs nothing and asks nobody for anything. */
const POLICY =
  "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The colors of a report, from the theme: they stand before its own, and count for more. */
const STYLE = `html:root{color-scheme:normal;--ink:var(--vscode-editor-foreground);--quiet:var(--vscode-descriptionForeground);--paper:var(--vscode-editor-background);--soft:var(--vscode-editorWidget-background);--line:var(--vscode-contrastBorder,var(--vscode-widget-border,var(--vscode-panel-border)));--blue:var(--vscode-textLink-foreground);--bad:var(--vscode-errorForeground);--good:var(--vscode-testing-iconPassed)}`;

/** Reports that were exported as one HTML page, read in an editor: where no other browser is at hand, too. */
export class ReportView implements vscode.CustomReadonlyEditorProvider {
  register(): vscode.Disposable {
    return vscode.window.registerCustomEditorProvider(REPORT_VIEWER, this, {
      supportsMultipleEditorsPerDocument: true,
    });
  }

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose: () => {} };
  }

  async resolveCustomEditor({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel): Promise<void> {
    const { webview } = panel;
    webview.options = { enableScripts: false, localResourceRoots: [] };
    let isGone = false;
    const show = async () => {
      const html = await reportPage(uri);
      if (!isGone) webview.html = html;
    };
    const watching = watchFile(uri, () => void show());
    panel.onDidDispose(() => {
      isGone = true;
      watching.dispose();
    });
    await show();
  }
}

/** Opens a report. @param uri of its file */
export async function openReport(uri: unknown): Promise<void> {
  if (uri instanceof vscode.Uri) await vscode.commands.executeCommand('vscode.openWith', uri, REPORT_VIEWER);
}

/** The page of a report, or one that says why it is not shown. */
async function reportPage(uri: vscode.Uri): Promise<string> {
  const name = uri.path.slice(uri.path.lastIndexOf('/') + 1);
  const head = `<!doctype html><html><head><meta http-equiv="Content-Security-Policy" content="${escapeMarkup(POLICY)}"><style>${STYLE}</style>`;
  try {
    return head + (await readReport(uri, name));
  } catch (error) {
    const words = plainName(describeError(error).message);
    return `${head}<title>${escapeMarkup(plainName(name))}</title></head><body><p role="alert">${escapeMarkup(words)}</p></body></html>`;
  }
}

/** @throws {SemapError} `unreadable-file`, `invalid-argument` for a page that is no report */
async function readReport(uri: vscode.Uri, name: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    const { size } = await vscode.workspace.fs.stat(uri);
    if (size > LARGEST_REPORT) throw new SemapError('unreadable-file', phrase('{0} is too large.', name));
    bytes = await vscode.workspace.fs.readFile(uri);
  } catch (cause) {
    if (cause instanceof SemapError) throw cause;
    throw new SemapError('not-found', phrase('Cannot read {0}.', name), { cause });
  }
  const text = new TextDecoder().decode(bytes);
  if (text.slice(0, 4096).includes('<meta name="generator" content="SeMap ')) return text;
  throw new SemapError('invalid-argument', phrase('{0} is not a report of SeMap.', name), {
    hint: phrase('Use Reopen Editor With... to read it as text.'),
  });
}
