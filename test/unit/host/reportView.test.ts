import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { testFolder } from '../folders.ts';
import './withFakeVscode.ts';

const { Uri } = await import('vscode');
const { ReportView } = await import('../../../src/host/reports/reportView.ts');

describe('The viewer of reports', () => {
  const root = testFolder();

  /** What a file is shown as. */
  async function shown(name: string, text: string): Promise<string> {
    const file = join(root, name);
    await writeFile(file, text);
    const webview = { html: '', options: {} as { enableScripts?: boolean } };
    const panel = { webview, onDidDispose: () => {} };
    const view = new ReportView();
    await view.resolveCustomEditor(view.openCustomDocument(Uri.file(file)), panel as never);
    assert.equal(webview.options.enableScripts, false);
    return webview.html;
  }

  const report = (body: string) =>
    `<!doctype html><html><head><meta name="generator" content="SeMap 0.1.0"></head><body>${body}</body></html>`;

  it('lets nothing in but what is in the page, whatever the page says', async () => {
    const html = await shown(
      'report.html',
      report('<script>alert(1)</script><img src="https://x.example/">'),
    );
    const policy = html.indexOf('http-equiv="Content-Security-Policy"');
    assert.ok(policy > 0 && policy < html.indexOf('<script>'));
    assert.match(html.slice(policy), /^[^>]*default-src 'none'; img-src data:; [^>]*form-action 'none'/);
  });

  it('shows reports of SeMap alone', async () => {
    const html = await shown('<b>.html', '<h1>Of somebody else</h1>');
    assert.doesNotMatch(html, /somebody/);
    assert.match(html, /&lt;b&gt;\.html is not a report of SeMap\./);
  });
});
