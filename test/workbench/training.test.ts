import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { Session } from './session.ts';

const LONG = { timeout: 300_000 };

describe('training a visual prompt in VS Code', () => {
  let session: Session;
  before(async () => {
    session = await Session.start();
  }, LONG);
  after(() => session.stop());
  afterEach((context) =>
    session.closeWindows('passed' in context && context.passed ? undefined : context.name),
  );

  test(
    'trains, goes on after the window was reloaded, is stopped and kept, and is in the tree',
    LONG,
    async () => {
      const folder = await session.sample();
      const workbench = await session.open(folder);
      await workbench.explorerMenu('icons', 'Train Visual Prompt');
      const start = workbench.page.locator('.quick-input-list .monaco-list-row', {
        hasText: 'Start Training',
      });
      await start.filter({ hasText: /about .*(s|min)/ }).waitFor();
      assert.match(await start.innerText(), /10 labels, \d+ images to train and \d+ to validate/);
      await start.click();

      const page = await workbench.webview('[data-testid="training-page"]');
      await page.locator('[data-testid="training-page"] .curves:not([data-points="0"])').waitFor();
      await workbench.statusBarItem(/\d+\/20/).waitFor();
      // An epoch, so that there is something to lose.
      await page.locator('[data-testid="training-progress"]', { hasText: /epoch [2-9] of 20/ }).waitFor();
      const points = await pointsOf(folder);
      assert.ok(points.length >= 2);

      // The engine is killed: the run goes on by itself, and its points stay.
      const [engine] = await session.engines();
      process.kill(engine!, 'SIGKILL');
      await page
        .locator(`.curves[data-points="${points.length + 1}"], .curves[data-points="${points.length + 2}"]`)
        .waitFor();
      assert.deepEqual((await pointsOf(folder)).slice(0, points.length), points);
      assert.equal(await workbench.errors().count(), 0);

      await workbench.page.reload();
      const again = await workbench.webview('[data-testid="training-page"]');
      await again.locator('[data-testid="training-progress"]', { hasText: /epoch \d+ of 20/ }).waitFor();
      const shown = await again.locator('.curves').getAttribute('data-points');
      assert.ok(Number(shown) >= points.length, `${shown} of ${points.length} points after the reload`);
      assert.deepEqual((await pointsOf(folder)).slice(0, points.length), points);

      const accuracy = again.locator('[data-testid="training-accuracy"]');
      await accuracy.focus();
      await accuracy.press('Home');
      assert.match(
        (await accuracy.getAttribute('aria-valuetext')) ?? '',
        /^epoch [01] · .*validation \d+\.\d%/,
      );

      await again.locator('[data-testid="training-stop"]').click();
      await again.locator('[data-testid="training-page"][data-phase="stopped"]').waitFor();
      assert.match(await again.locator('[data-testid="training-verdict"]').innerText(), /\d%/);
      assert.equal(await again.locator('[data-testid="training-picture-prompt"]').isVisible(), true);

      await workbench.runCommand('SeMap: Focus on Runs View');
      const row = workbench.page
        .locator('.pane', { hasText: 'Runs' })
        .locator('.monaco-list-row', { hasText: 'icons,' });
      await row.waitFor();
      assert.match(await row.innerText(), /\d+\.\d% · padding \+ BLM\+/);
      await row.click({ button: 'right' });
      const menu = workbench.page.locator('.context-view .monaco-menu');
      await menu.locator('.action-item', { hasText: 'Train Again With These Settings' }).waitFor();
      assert.doesNotMatch(await menu.innerText(), /Backbone/);
      await workbench.page.keyboard.press('Escape');

      await workbench.runCommand('View: Show Explorer');
      await workbench.explorerMenu('icons', 'Zero-Shot Classify');
      await workbench.pick('on validation');
      const results = await workbench.webview('[data-testid="results-tile"]');
      await workbench.notification(/images are classified. Accuracy \d+\.\d%/).waitFor();
      assert.ok((await results.locator('[data-testid="results-tile"]').count()) > 0);
    },
  );
});

/** The lines of the only run's metrics. */
async function pointsOf(folder: string): Promise<readonly string[]> {
  const runs = path.join(folder, '.semap/runs');
  const [run, ...others] = await readdir(runs);
  assert.deepEqual(others, []);
  const text = await readFile(path.join(runs, run!, 'metrics.jsonl'), 'utf8');
  return text.trim().split('\n');
}
