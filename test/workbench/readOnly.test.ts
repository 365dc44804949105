import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import type { FrameLocator } from 'playwright-core';
import type { Workbench } from '../../scripts/vscode/workbench.ts';
import { violationsOf } from './axe.ts';
import { everyKindOfRun } from './recordedRuns.ts';
import { LONG, sessionOfSuite } from './session.ts';

const REPORT = `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="generator" content="SeMap 0.1.0"><title>Classification of photos</title></head>
<body><h1>Classification of photos</h1><script>document.querySelector('h1').textContent = 'It ran.';</script></body></html>`;

describe('SeMap in a VS Code with no computer behind it', () => {
  const session = sessionOfSuite();

  test('shows every kind of run, document, report and model, and runs nothing', LONG, async () => {
    const folder = await session().files({
      'report.html': { text: REPORT },
      'page.html': { text: '<h1>Of somebody else</h1>' },
    });
    await everyKindOfRun(folder);
    await copyFile(path.join('models', 'starter.onnx'), path.join(folder, 'starter.onnx'));
    const workbench = await session().openWeb(folder);
    const { page } = workbench;
    await page.locator('.activitybar [aria-label="SeMap"]').first().click();
    const rows = page.locator('.pane-body .monaco-list-row');
    await rows.nth(4).waitFor();
    const row = (name: string | RegExp) => rows.filter({ hasText: name }).first();

    await row('pets one').click();
    const results = await workbench.webview('[data-testid="results-page"][data-phase="done"]');
    assert.match(
      (await results.locator('[data-testid="results-accuracy"]').textContent()) ?? '',
      /50\.0% on 2/,
    );
    await results.locator('[data-testid="results-tile"] img').first().waitFor();
    await isOff(workbench, results, 'results-export');
    // A key gives no label, and none is kept to be written later.
    await results.locator('[data-testid="results-tile"]').first().click();
    await page.keyboard.press('x');
    await results.getByText('labeled 0 · accepted 0 · left 3').waitFor();
    assert.equal(await results.locator('[data-testid="results-given"]').count(), 0);

    await row(/ranking: tiny/).click();
    const ranking = await workbench.webview('[data-testid="ranking-verdict"]');
    assert.match(
      (await ranking.locator('[data-testid="ranking-verdict"]').textContent()) ?? '',
      /tiny leads\./,
    );
    await isOff(workbench, ranking, 'ranking-again');

    await row('a training').click();
    const training = await workbench.webview('[data-testid="training-origin"]');
    assert.match(await training.locator('main').innerText(), /best 61\.2% on validation/);
    await isOff(workbench, training, 'training-again');

    await row('a search').click();
    const find = await workbench.webview('[data-testid="find-verdict"]');
    assert.match(await find.locator('main').innerText(), /Linear probe/);
    await isOff(workbench, find, 'find-keep-best');

    await row('pets one').click();
    await row('pets other').click({ modifiers: ['ControlOrMeta'] });
    await row('pets other').click({ button: 'right' });
    const compare = page.locator('.context-view .action-item', { hasText: 'Compare Runs' });
    await compare.waitFor();
    // A menu that has just opened ignores the mouse for a moment.
    await page.waitForTimeout(150);
    await compare.click();
    const compared = await workbench.webview('[data-testid="compare-verdict"]');
    assert.match(await compared.locator('main').innerText(), /pets one[\s\S]*pets other/);

    await workbench.runCommand('View: Show Explorer');
    await workbench.openFromExplorer('one.semap.json');
    const grid = await workbench.webview('[data-testid="alignment-targets"]');
    await isOff(workbench, grid, 'alignment-method');
    await workbench.runCommand('SeMap: Compare Alignments');
    await workbench.pick('one.semap.json');
    await workbench.pick('two.semap.json');
    const documents = await workbench.webview('[data-testid="compare-folder"]');
    await isOff(workbench, documents, 'compare-folder');

    await workbench.explorerMenu('report.html', 'Open Report');
    const report = await workbench.webview('h1');
    assert.equal(await report.locator('h1').textContent(), 'Classification of photos');
    await workbench.explorerMenu('page.html', 'Open Report');
    await (await workbench.webview('[role="alert"]'))
      .getByText('page.html is not a report of SeMap')
      .waitFor();

    await workbench.openFromExplorer('starter.onnx');
    const model = await workbench.webview('[data-testid="model-what"]');
    await model.getByText('Open this folder in VS Code on a computer').first().waitFor();
    assert.match(
      await model.locator('main').innerText(),
      /An ONNX model of \d+ operators[\s\S]*not looked for in the browser[\s\S]*Conv/,
    );

    await workbench.runCommand('SeMap: Zero-Shot Classify');
    await workbench.notification('SeMap in the browser only shows what there is.').first().waitFor();
    assert.equal(await workbench.errors().count(), 0);
  });
});

/** A control that would run something says why it does not, to the pointer, the keyboard and a screen reader. */
async function isOff(workbench: Workbench, frame: FrameLocator, testId: string): Promise<void> {
  const control = frame.locator(`[data-testid="${testId}"]`).first();
  assert.equal(await control.getAttribute('aria-disabled'), 'true', testId);
  assert.match((await control.getAttribute('title')) ?? '', /^Read-only: .* on a computer\.$/, testId);
  await control.click({ force: true });
  await workbench.notification('Open this folder in VS Code on a computer').first().waitFor();
  assert.deepEqual(await violationsOf(frame, 'editor'), [], testId);
}
