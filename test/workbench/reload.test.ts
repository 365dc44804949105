import assert from 'node:assert/strict';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import type { FrameLocator } from 'playwright-core';
import type { Workbench } from '../../scripts/vscode/workbench.ts';
import { LONG, sessionOfSuite } from './session.ts';

describe('pages after the window was reloaded', () => {
  const session = sessionOfSuite();

  test(
    'results come back with their threshold and selection, twice, are marked when the alignment changes, and say what is gone',
    LONG,
    async () => {
      const folder = await session().sample();
      const workbench = await session().open(folder);
      await workbench.explorerMenu('icons', 'Zero-Shot Classify');
      await workbench.notification(/360 images are classified/).waitFor();
      const page = await workbench.webview('[data-testid="results-tile"]');
      const accuracy = await inner(page, 'results-accuracy');
      assert.match(accuracy, /^accuracy \d+\.\d% on 360 images$/);
      await page.locator('[data-testid="results-tab-threshold"]').click();
      await page.locator('[data-testid="results-threshold-slider"]').fill('0.5');
      await page.locator('[data-testid="results-tab-gallery"]').click();
      await page.locator('[data-testid="results-tile"]').nth(3).click();
      await page.locator('[data-testid="results-details"] h2').first().waitFor();
      const selected = await imageName(page);

      await reload(workbench);
      let again = await workbench.webview('[data-testid="results-tile"]');
      // The second time without an engine at first.
      for (const engine of await session().engines()) process.kill(engine, 'SIGKILL');
      await reload(workbench);
      again = await workbench.webview('[data-testid="results-tile"]');
      assert.equal(await inner(again, 'results-accuracy'), accuracy);
      await again.locator('[data-testid="results-details"] h2').first().waitFor();
      assert.equal(await imageName(again), selected);
      await again.locator('[data-testid="results-tab-threshold"]').click();
      await again.locator('[data-testid="results-threshold-words"]', { hasText: 'not sure' }).waitFor();
      assert.equal(await again.locator('[data-testid="results-threshold-slider"]').inputValue(), '0.5');
      // The figures under the heatmap are about the same images.
      await workbench.webview('[data-testid="score-images"]');

      const file = path.join(folder, 'icons.semap.json');
      const document = await readFile(file, 'utf8');
      await writeFile(file, document.replace('"alpha": 1', '"alpha": 0'));
      await again.getByText('icons.semap.json was changed since these images were classified.').waitFor();
      await again.locator('[data-testid="results-again"]').click();
      await again.locator('[data-testid="results-outdated"]').waitFor({ state: 'hidden' });
      assert.notEqual(await inner(again, 'results-accuracy'), accuracy);
      // The threshold was that of the run before.
      assert.equal(await again.locator('[data-testid="results-threshold-slider"]').inputValue(), '0');

      await rename(path.join(folder, 'icons'), path.join(folder, 'moved'));
      await reload(workbench);
      const lost = await workbench.webview('[data-testid="results-lost"]');
      assert.match(await inner(lost, 'results-lost'), /The folder .*icons was deleted or renamed/);
      await rename(path.join(folder, 'moved'), path.join(folder, 'icons'));
      await lost.locator('[data-testid="results-restore"]').click();
      await lost.locator('[data-testid="results-tile"]').first().waitFor();
    },
  );

  test('a classification that the reload interrupts says so, and goes on', LONG, async () => {
    const workbench = await session().open(await session().many(40));
    await workbench.explorerMenu('many', 'Zero-Shot Classify');
    const page = await workbench.webview('[data-testid="results-cancel"]');
    await page.locator('[data-testid="results-progress"]', { hasText: /^[\d,]{3,} of/ }).waitFor();
    await reload(workbench);
    const again = await workbench.webview('[data-testid="results-resume"]');
    assert.match(await inner(again, 'results-notes'), /reloaded during the classification/);
    const before = Number((await inner(again, 'results-progress')).replaceAll(',', '').split(' ')[0]);
    assert.ok(before > 0);
    await again.locator('[data-testid="results-resume"]').click();
    await again.locator('[data-testid="results-cancel"]').waitFor();
    await again.locator('[data-testid="results-cancel"]').click();
    await workbench.notification(/Cancelled: /).waitFor();
  });

  test('a ranking and a comparison come back, and say what is gone', LONG, async () => {
    const folder = await session().sample();
    const workbench = await session().open(folder);
    await workbench.explorerMenu('icons', 'Rank Backbones');
    const page = await workbench.webview('[data-testid="ranking-page"]');
    await page.locator('[data-testid="ranking-record"]').waitFor();
    const verdict = await inner(page, 'ranking-verdict');
    await page.locator('[data-testid="ranking-sort-leep"]').press('Enter');
    await reload(workbench);
    const again = await workbench.webview('[data-testid="ranking-verdict"]');
    assert.equal(await inner(again, 'ranking-verdict'), verdict);
    await again.locator('th[aria-sort="descending"]', { hasText: 'LEEP' }).waitFor();
    await rm(path.join(folder, '.semap'), { recursive: true });
    await reload(workbench);
    const lost = await workbench.webview('[data-testid="ranking-lost"]');
    assert.match(await inner(lost, 'ranking-lost'), /run\.json was deleted or renamed/);
  });
});

/** As the command does: the window writes down what its pages keep before it goes. */
async function reload(workbench: Workbench): Promise<void> {
  await Promise.all([
    workbench.page.waitForEvent('framenavigated', (frame) => frame === workbench.page.mainFrame()),
    workbench.runCommand('Developer: Reload Window'),
  ]);
  await workbench.page.locator('.monaco-workbench').waitFor();
}

function inner(page: FrameLocator, testId: string): Promise<string> {
  return page.locator(`[data-testid="${testId}"]`).innerText();
}

/** What the selected image is called. */
function imageName(page: FrameLocator): Promise<string> {
  return page.locator('[data-testid="results-details"] .quiet').first().innerText();
}
