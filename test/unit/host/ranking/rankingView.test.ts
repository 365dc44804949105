import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RankingPageHost } from '../../../../src/host/ranking/rankingPage.ts';
import '../withFakeVscode.ts';

const vscode = await import('vscode');
const { RankingRun } = await import('../../../../src/host/ranking/rankingRun.ts');
const { RankingView } = await import('../../../../src/host/ranking/rankingView.ts');

const nothing = { dispose() {} };

function fakePanel() {
  return {
    visible: true,
    webview: {
      asWebviewUri: String,
      onDidReceiveMessage: () => nothing,
      postMessage: async () => true,
    },
    onDidDispose: () => nothing,
    reveal() {},
  };
}

describe('the view of rankings', () => {
  it('shows the ranking that was asked for last, however long another takes to be read', async (context) => {
    Object.assign(vscode.window, {
      registerWebviewPanelSerializer: () => nothing,
      createWebviewPanel: fakePanel,
    });
    context.after(() => {
      for (const name of ['registerWebviewPanelSerializer', 'createWebviewPanel'])
        Reflect.deleteProperty(vscode.window, name);
    });
    const run = () => new RankingRun({ folders: ['/photos'], targets: [], backbones: [] });
    const [slow, quick] = [run(), run()];
    let arrive = () => {};
    const view = new RankingView({
      extensionUri: vscode.Uri.file('/extension'),
      host: {
        active: async () => undefined,
        installed: async () => [],
        isFolder: async () => true,
      } as Partial<RankingPageHost> as RankingPageHost,
      read: (folder) =>
        folder === '/slow'
          ? new Promise((resolve) => {
              arrive = () => resolve(slow);
            })
          : Promise.resolve(quick),
    });
    const first = view.open('/slow');
    await view.open('/quick');
    arrive();
    await first;
    assert.ok(view.shows(quick));
  });
});
