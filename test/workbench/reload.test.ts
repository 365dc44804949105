import assert from 'node:assert/strict';
import { copyFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FrameLocator, Locator } from 'playwright-core';
import type { Workbench } from '../../scripts/vscode/workbench.ts';
import { LONG, sessionOfSuite } from './session.ts';

describe('pages after the window was reloaded', () => {
  const session = sessionOfSuite();

  test(
    'results, rankings and comparisons come back as they were, without their engine, and say what was changed or is gone',
    LONG,
    async () => {
      const folder = await session().sample();
      const workbench = await session().open(folder);
      await workbench.classify('icons');
      await workbench.classified('360 images');
      const results = await workbench.webview('[data-testid="results-settle"][aria-checked="true"]');
      const accuracy = await inner(results, 'results-accuracy');
      assert.match(accuracy, /^Accuracy: \d+\.\d% on 360 images$/);
      await results.locator('[data-testid="results-tab-threshold"]').click();
      await results.locator('[data-testid="results-threshold-slider"]').fill('0.5');
      await results.locator('[data-testid="results-label-thresholds"] summary').click();
      await results.locator('[data-testid="results-label-threshold"]').first().fill('0.9');
      await results.locator('[data-testid="results-label-threshold"]').first().press('Tab');
      await results.locator('[data-testid="results-tab-gallery"]').click();
      await results.locator('[data-testid="results-tile"]').nth(3).click();
      await results.locator('[data-testid="results-details"] h2').first().waitFor();
      const selected = await imageName(results);

      await workbench.runCommand('View: Show Explorer');
      await workbench.explorerMenu('icons', 'Rank Backbones');
      const ranking = await workbench.webview('[data-testid="ranking-record"]');
      const verdict = await inner(ranking, 'ranking-verdict');
      await ranking.locator('[data-testid="ranking-sort-leep"]').press('Enter');

      const file = path.join(folder, 'icons.semap.json');
      const other = path.join(folder, 'other.semap.json');
      const summed = (await readFile(file, 'utf8')).replace('"alpha": 1', '"alpha": 0');
      await writeFile(other, summed);
      await workbench.explorerRow('other.semap.json').waitFor();
      await workbench.runCommand('SeMap: Compare Alignments');
      await workbench.pick('icons.semap.json');
      await workbench.pick('other.semap.json');
      const comparison = await workbench.webview('[data-testid="compare-verdict"]');
      const compared = await inner(comparison, 'compare-figures');

      for (const engine of await session().engines()) process.kill(engine, 'SIGKILL');
      await reload(workbench);
      const comparedAgain = await workbench.webview('[data-testid="compare-verdict"]');
      assert.equal(await inner(comparedAgain, 'compare-figures'), compared);
      await tab(workbench, 'SeMap Ranking').click();
      const rankedAgain = await workbench.webview('[data-testid="ranking-verdict"]');
      assert.equal(await inner(rankedAgain, 'ranking-verdict'), verdict);
      await rankedAgain.locator('th[aria-sort="descending"]', { hasText: 'LEEP' }).waitFor();
      await tab(workbench, 'icons · starter').click();
      const again = await workbench.webview('[data-testid="results-tile"]');
      assert.equal(await inner(again, 'results-accuracy'), accuracy);
      await again.locator('[data-testid="results-settle"][aria-checked="true"]').waitFor();
      await again.locator('[data-testid="results-details"] h2').first().waitFor();
      assert.equal(await imageName(again), selected);
      await again.locator('[data-testid="results-tab-threshold"]').click();
      const slider = again.locator('[data-testid="results-threshold-slider"]');
      const own = again.locator('[data-testid="results-label-threshold"]').first();
      assert.equal(await own.inputValue(), '0.9', 'the threshold of a label');
      assert.equal(await slider.inputValue(), '0.5');
      // The figures under the heatmap are about the same images.
      await workbench.runCommand('SeMap: Focus on Alignment View');
      await workbench.webview('[data-testid="score-images"]');

      await writeFile(file, summed);
      await again.getByText('icons.semap.json was changed since these images were classified.').waitFor();
      await again.locator('[data-testid="results-again"]').click();
      await again.locator('[data-testid="results-outdated"]').waitFor({ state: 'hidden' });
      // The page may say so before it shows the first of the new figures; its threshold was that of the run before.
      while ((await slider.inputValue()) !== '0') await sleep(50);
      await again.locator('[data-phase="done"] [data-testid="results-accuracy"]').waitFor();

      await rename(path.join(folder, 'icons'), path.join(folder, 'moved'));
      await rm(path.join(folder, '.semap'), { recursive: true });
      await rm(other);
      await reload(workbench);
      const lost = await workbench.webview('[data-testid="results-lost"]');
      assert.match(await inner(lost, 'results-lost'), /There is no folder .*icons/);
      await tab(workbench, 'SeMap Ranking').click();
      const lostRanking = await workbench.webview('[data-testid="ranking-lost"]');
      assert.match(await inner(lostRanking, 'ranking-lost'), /run\.json was deleted or renamed/);
      await tab(workbench, 'SeMap Comparison').click();
      const lostComparison = await workbench.webview('[data-testid="compare-empty"]');
      assert.match(await inner(lostComparison, 'compare-empty'), /other\.semap\.json was deleted or renamed/);

      await rename(path.join(folder, 'moved'), path.join(folder, 'icons'));
      await tab(workbench, 'icons · starter').click();
      assert.equal(await tab(workbench, 'icons · starter').count(), 1);
      const last = await workbench.webview('[data-testid="results-restore"]');
      await last.locator('[data-testid="results-restore"]').click();
      await last.locator('[data-testid="results-accuracy"]', { hasText: 'accuracy' }).waitFor();
    },
  );

  test('results are kept: compared, renamed, opened without their images, deleted', LONG, async () => {
    const folder = await session().sample();
    const workbench = await session().open(folder);
    await workbench.classify('icons');
    await workbench.classified('360 images');
    const isSettled = '[data-testid="results-settle"][aria-checked="true"]';
    await workbench.webview(isSettled);
    const file = path.join(folder, 'icons.semap.json');
    const document = JSON.parse(await readFile(file, 'utf8'));
    document.targets[0].sources = [];
    await writeFile(file, JSON.stringify(document));
    const page = await workbench.webview('[data-testid="results-again"]');
    const before = await inner(page, 'results-accuracy');
    await page.locator('[data-testid="results-again"]').click();
    await page.locator('[data-testid="results-outdated"]').waitFor({ state: 'hidden' });
    await workbench.webview(isSettled);

    await workbench.runCommand('SeMap: Focus on Runs View');
    const rows = workbench.page.locator('.pane', { hasText: 'Runs' }).locator('.monaco-list-row');
    await rows.nth(1).waitFor();
    await rowMenu(workbench, rows.nth(0), 'Compare Runs...');
    await workbench.pick('% on 360 images, settled');
    const comparison = await workbench.webview('[data-testid="compare-filter"]');
    const column = '[data-testid="compare-figures-row"] td.number:not(.nothing) > span:nth-child(2)';
    const figures = await comparison.locator(column).allInnerTexts();
    const [whole, without] = [figures[0], figures[figures.length / 2]];
    assert.ok(whole && without && whole !== without, `${whole} and ${without}`);
    assert.ok(before.includes(whole));
    await comparison.locator('[data-testid="compare-show-1"]').first().click();
    const first = await workbench.webview('[data-testid="results-details"] h2');
    assert.equal(await inner(first, 'results-accuracy'), before);

    await rowMenu(workbench, rows.nth(1), 'Rename Run...');
    await workbench.answer('SeMap: Rename Run', 'before the edit');
    await tab(workbench, 'before the edit').waitFor();
    await rename(path.join(folder, 'icons'), path.join(folder, 'moved'));
    await reload(workbench);
    const again = await workbench.webview('[data-testid="results-outdated"]');
    assert.equal(await inner(again, 'results-accuracy'), before);
    await again.locator('.no-picture').first().waitFor();

    await workbench.runCommand('SeMap: Show Results');
    await workbench.pick(`${without} on 360 images, settled`);
    await tab(workbench, 'icons · starter').and(workbench.page.locator('.active')).waitFor();
    await rowMenu(workbench, rows.nth(1), 'Delete Run...');
    await workbench.page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Delete' }).click();
    await tab(workbench, 'before the edit').waitFor({ state: 'detached' });
    await rows.nth(1).waitFor({ state: 'detached' });

    // Watched, the folder is shown as it is, until the page is closed.
    await rename(path.join(folder, 'moved'), path.join(folder, 'icons'));
    await workbench.runCommand('View: Show Explorer');
    await workbench.classify('icons', 'Watch Folder', 'Start Watching');
    const watched = await workbench.webview('[data-testid="results-cancel"]');
    const far = watched.locator('[data-testid="results-progress"]');
    await far.filter({ hasText: '360 images, waiting for more' }).waitFor();
    const [ball, arrived] = ['01-basketball.png', 'arrived.png'].map((name) =>
      path.join(folder, 'icons', 'ball', name),
    );
    await copyFile(ball, arrived);
    await far.filter({ hasText: '361 images' }).waitFor();
    await workbench.statusBarItem('icons 361 images').waitFor();
    await workbench.runCommand('View: Close Editor');
    const ended = workbench.page.locator('.notification-toast', { hasText: 'Classified 361 images' });
    await ended.waitFor();
    // What changes afterwards is said when it is opened again.
    await rm(arrived);
    await ended.getByText('Show Results').click();
    const opened = await workbench.webview('[data-testid="results-outdated"]');
    await opened.getByText('Since these images were classified: 1 deleted image.').waitFor();
    await opened.locator('[data-testid="results-again"]').click();
    await workbench.classified('360 images');
  });

  test('a classification that the reload interrupts goes on', LONG, async () => {
    const workbench = await session().open(await session().many(40));
    await workbench.classify('many');
    const page = await workbench.webview('[data-testid="results-cancel"]');
    await page.locator('[data-testid="results-progress"]', { hasText: /^[\d,]{3,} of/ }).waitFor();
    await reload(workbench);
    // The run goes on by itself, in its own tab.
    const again = await workbench.webview('[data-testid="results-cancel"]');
    await again.locator('[data-testid="results-cancel"]').click();
    await again.locator('[data-testid="results-resume"]').waitFor();
    assert.equal(await tab(workbench, 'many · starter').count(), 1);
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

/** Right-clicks a row of a view and chooses a menu item; a menu that has just opened ignores the mouse for a moment. */
async function rowMenu({ page }: Workbench, row: Locator, item: string): Promise<void> {
  await row.click({ button: 'right' });
  const entry = page.locator('.context-view .monaco-menu .action-item').filter({ hasText: item }).first();
  await entry.waitFor();
  await page.waitForTimeout(300);
  await entry.click();
}

/** The tab of a page. */
function tab(workbench: Workbench, title: string): Locator {
  return workbench.page.locator('.tab', { hasText: title });
}

function inner(page: FrameLocator, testId: string): Promise<string> {
  return page.locator(`[data-testid="${testId}"]`).innerText();
}

/** What the selected image is called. */
function imageName(page: FrameLocator): Promise<string> {
  return page.locator('[data-testid="results-details"] [data-testid="results-name"]').innerText();
}
