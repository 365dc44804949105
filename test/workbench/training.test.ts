import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import type { Workbench } from '../../scripts/vscode/workbench.ts';
import { LONG, sessionOfSuite } from './session.ts';

describe('training a visual prompt in VS Code', () => {
  const session = sessionOfSuite();

  test(
    'trains, goes on after the window was reloaded, is stopped and kept, and is in the tree',
    LONG,
    async () => {
      const folder = await session().sample();
      const workbench = await session().open(folder);
      await workbench.explorerMenu('icons', 'Train Visual Prompt');
      const start = workbench.page.locator('.quick-input-list .monaco-list-row', {
        hasText: 'Start Training',
      });
      await start.filter({ hasText: /about .*(s|min)/ }).waitFor();
      assert.match(await start.innerText(), /10 labels · \d+ training images · \d+ validation images/);
      await start.click();

      const page = await workbench.webview('[data-testid="training-page"]');
      await page.locator('[data-testid="training-page"] .curves:not([data-points="0"])').waitFor();
      await workbench.statusBarItem(/\d+\/20/).waitFor();
      // An epoch, so that there is something to lose.
      await page.locator('[data-testid="training-progress"]', { hasText: /epoch [2-9] of 20/ }).waitFor();
      const points = await pointsOf(folder);
      assert.ok(points.length >= 2);

      // The engine is killed: the run goes on by itself, and its points stay.
      const [engine] = await session().engines();
      process.kill(engine!, 'SIGKILL');
      await page
        .locator(`.curves[data-points="${points.length + 1}"], .curves[data-points="${points.length + 2}"]`)
        .waitFor();
      assert.deepEqual((await pointsOf(folder)).slice(0, points.length), points);
      assert.equal(await workbench.errors().count(), 0);

      await workbench.page.reload();
      const again = await workbench.webview('[data-testid="training-page"]');
      await again.locator('[data-testid="training-progress"]', { hasText: /epoch \d+ of 20/ }).waitFor();
      await again.locator('.curves:not([data-points="0"])').waitFor();
      const shown = await again.locator('.curves').getAttribute('data-points');
      assert.ok(Number(shown) >= points.length, `${shown} of ${points.length} points after the reload`);
      assert.deepEqual((await pointsOf(folder)).slice(0, points.length), points);

      const accuracy = again.locator('[data-testid="training-accuracy"]');
      await accuracy.focus();
      await accuracy.press('Home');
      assert.match(
        (await accuracy.getAttribute('aria-valuetext')) ?? '',
        /^epoch [01] · .*Validation \d+\.\d%/,
      );

      // The slider's handle stands below the axis from its first value to its last.
      const slider = (await accuracy.boundingBox())!;
      const chart = again.locator('[data-testid="training-accuracy-chart"]');
      // The chart is drawn anew with each epoch: a line may be gone while it is measured.
      let line = await chart.locator('.grid-line').first().boundingBox();
      while (!line) line = await chart.locator('.grid-line').first().boundingBox();
      const apart = [slider.x + 7 - line.x, line.x + line.width - (slider.x + slider.width - 7)];
      assert.ok(
        apart.every((pixels) => Math.abs(pixels) < 1.5),
        `${apart} px apart`,
      );

      // A second one waits, and leaves the queue without a trace.
      await workbench.explorerMenu('icons', 'Train Visual Prompt');
      await start.filter({ hasText: /about .*(s|min)/ }).click();
      await again.locator('[data-testid="training-page"][data-phase="queued"]').waitFor();
      await workbench.runCommand('SeMap: Focus on Runs View');
      const rows = workbench.page.locator('.pane', { hasText: 'Runs' }).locator('.monaco-list-row');
      await rows
        .filter({ hasText: 'waiting · Prompt (watermark) + Linear probe' })
        .click({ button: 'right' });
      await chooseInMenu(workbench, 'Remove from Queue');
      await again.locator('[data-testid="training-page"][data-phase="running"]').waitFor();
      await rows.filter({ hasText: 'waiting' }).waitFor({ state: 'detached' });
      assert.equal((await pointsOf(folder)).length >= points.length, true);

      await again.locator('[data-testid="training-stop"]').click();
      await again.locator('[data-testid="training-page"][data-phase="stopped"]').waitFor();
      assert.match(await again.locator('[data-testid="training-verdict"]').innerText(), /\d%/);
      assert.equal(await again.locator('[data-testid="training-picture-prompt"]').isVisible(), true);

      // Not the classification with it, which is a run of its own.
      const row = rows.filter({
        hasText: /icons,.*\d+\.\d% on validation · Prompt \(watermark\) \+ Linear probe/,
      });
      await row.waitFor();
      // What was trained is used by one click.
      await row.hover();
      await row.locator('[aria-label^="Classify with This"]').waitFor();
      await row.click({ button: 'right' });
      await chooseInMenu(workbench, 'Train Again With These Settings');
      await start.waitFor();
      await workbench.page.keyboard.press('Escape');

      await workbench.runCommand('View: Show Explorer');
      await workbench.explorerMenu('icons', 'Zero-Shot Classify');
      await workbench.pick('validation images of icons');
      await workbench.pick('Start Classifying');
      const results = await workbench.webview('[data-testid="results-tile"]');
      await workbench.classified(/Accuracy: \d+\.\d%/);
      assert.ok((await results.locator('[data-testid="results-tile"]').count()) > 0);

      // A probe that was fitted beside it is kept as a document that says who decides.
      await workbench.runCommand('SeMap: Focus on Runs View');
      await row.click();
      const shownAgain = await workbench.webview('[data-testid="training-keep"]');
      await shownAgain
        .locator('tr', { hasText: 'Linear probe' })
        .locator('[data-testid="training-keep"]')
        .click();
      // What was trained has a head, too: only the name tells that this is the other one.
      await workbench.page.locator('.pane-header', { hasText: 'icons-linear-probe.semap.json' }).waitFor();
      const grid = await workbench.webview('[data-testid="alignment-warnings"]');
      await grid.getByText('A head decides, not the mapping').first().waitFor();
      const head = JSON.parse(
        await readFile(path.join(folder, 'icons-linear-probe.semap.json'), 'utf8'),
      ).head;
      assert.ok((await stat(path.join(folder, head.file))).size > 1000);

      await workbench.runCommand('SeMap: Focus on Runs View');
      await row.click({ button: 'right' });
      await chooseInMenu(workbench, 'Delete');
      const dialog = workbench.page.locator('.monaco-dialog-box');
      assert.match(await dialog.innerText(), /Delete run icons/);
      await dialog.getByRole('button', { name: 'Delete' }).click();
      await row.waitFor({ state: 'detached' });
      const kept = await readdir(path.join(folder, '.semap/runs'));
      assert.deepEqual(
        kept.filter((name) => name.includes('-train-')),
        [],
      );
    },
  );
});

/** Chooses an item of the context menu that is opening. */
async function chooseInMenu({ page }: Workbench, text: string): Promise<void> {
  const item = page.locator('.context-view .monaco-menu .action-item', { hasText: text }).first();
  await item.waitFor();
  // A menu that has just opened ignores the mouse for a moment.
  await page.waitForTimeout(150);
  await item.click();
}

/** The lines of the only run's metrics. */
async function pointsOf(folder: string): Promise<readonly string[]> {
  const runs = path.join(folder, '.semap/runs');
  const [run, ...others] = await readdir(runs);
  assert.deepEqual(others, []);
  const text = await readFile(path.join(runs, run!, 'metrics.jsonl'), 'utf8');
  return text.trim().split('\n');
}
