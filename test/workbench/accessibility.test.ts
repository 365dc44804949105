import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import axe from 'axe-core';
import type { FrameLocator } from 'playwright-core';
import { Session } from './session.ts';

const LONG = { timeout: 400_000 };

const THEMES = { light: 'Default Light Modern', 'high contrast': 'Default High Contrast' } as const;

/**
 * What axe-core finds wrong with a page, a line each.
 * @param behind theme colour of what the page, which is transparent, lies upon: axe sees no further than the page
 */
async function violations(page: FrameLocator, behind = 'editor'): Promise<readonly string[]> {
  const html = page.locator('html');
  await html.evaluate((root, place) => {
    root.style.backgroundColor = getComputedStyle(root).getPropertyValue(`--vscode-${place}-background`);
  }, behind);
  // As an expression: the page's policy lets no script in.
  await html.evaluate(`(() => { ${axe.source}; })()`);
  const { violations: found } = await html.evaluate(async () => {
    const { axe: run } = window as unknown as { axe: typeof axe };
    return run.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
  });
  return found.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html: element, failureSummary = '' }) => {
      const why = failureSummary.split('\n').slice(1, 3).join(' ').trim();
      return `${id}: ${help}: ${element.slice(0, 200)} (${why})`;
    }),
  );
}

for (const [name, theme] of Object.entries(THEMES)) {
  describe(`the pages in ${name}, by axe-core`, () => {
    let session: Session;
    before(async () => {
      session = await Session.start({ 'workbench.colorTheme': theme });
    }, LONG);
    after(() => session.stop());
    afterEach((context) =>
      session.closeWindows('passed' in context && context.passed ? undefined : context.name),
    );

    test('results, alignment, grid editor and comparison have no violations', LONG, async () => {
      const folder = await session.sample();
      const workbench = await session.open(folder);
      await workbench.explorerMenu('icons', 'Zero-Shot Classify');
      await workbench.notification(/images are classified/).waitFor();
      await workbench.runCommand('Notifications: Clear All Notifications');

      const results = await workbench.webview('[data-testid="results-tile"]');
      await results.locator('[data-testid="results-tile"] img').nth(5).waitFor();
      await results.locator('[data-testid="results-tile"]').nth(1).click();
      await results.locator('[data-testid="results-cell"]').first().waitFor();
      assert.deepEqual(await violations(results), [], 'results, gallery');

      // From the image to the cell that decided it.
      await results.locator('[data-testid="results-tile"]').nth(1).press('m');
      const panel = await workbench.webview('[data-testid="alignment-canvas"]');
      await panel.locator('[role="grid"] [role="gridcell"]:focus').waitFor();
      assert.match(
        await panel.locator('[role="grid"] [role="gridcell"]:focus').innerText(),
        /for .*: similarity .*, mapped/,
      );
      assert.deepEqual(await violations(panel, 'sideBar'), [], 'alignment panel');

      const [first] = (await readdir(folder)).filter((file) => file.endsWith('.semap.json'));
      const text = await readFile(path.join(folder, first!), 'utf8');
      const document = JSON.parse(text);
      document.targets[0].sources = document.targets[0].sources.slice(1);
      await writeFile(path.join(folder, 'edited.semap.json'), JSON.stringify(document, null, 2));

      await workbench.runCommand('SeMap: Compare Alignments...');
      await workbench.pick(first!);
      await workbench.pick('edited.semap.json');
      const comparison = await workbench.webview('[data-testid="compare-verdict"]');
      await comparison.locator('[data-testid="compare-cells"] tbody tr').first().waitFor();
      assert.equal(await comparison.locator('[data-testid="compare-cells"] tbody tr').count(), 1);
      assert.match(
        await comparison.locator('[data-testid="compare-verdict"]').innerText(),
        /Both are right on the same of|Of \d+ images/,
      );
      assert.deepEqual(await violations(comparison), [], 'comparison');

      await workbench.runCommand('SeMap: Open Alignment Grid');
      const editor = await workbench.webview('.target-row');
      await editor.locator('[role="grid"] [role="gridcell"]').first().waitFor({ state: 'attached' });
      assert.deepEqual(await violations(editor), [], 'grid editor');
    });

    test('the ranking has no violations', LONG, async () => {
      const workbench = await session.open(await session.sample());
      await workbench.explorerMenu('icons', 'Rank Backbones');
      const page = await workbench.webview('[data-testid="ranking-page"]');
      await page.locator('[data-testid="ranking-record"]').waitFor();
      assert.deepEqual(await violations(page), [], 'ranking');
    });
  });
}
