import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { LONG, sessionOfSuite } from './session.ts';

describe('finding the best reuse in VS Code', () => {
  const session = sessionOfSuite();

  test(
    'a search of a folder is paused, resumed and ended, its frontier read by keyboard, and its best kept in one click',
    LONG,
    async () => {
      const folder = await session().sample();
      const workbench = await session().open(folder);
      await workbench.explorerMenu('icons', 'Find Best Reuse');
      await workbench.pick('Visual Prompts');
      await workbench.pick('Start Search');
      const page = await workbench.webview('[data-testid="find-page"]');
      const root = page.locator('[data-testid="find-page"]');
      await page.locator('[data-testid="find-pause"]').click();
      await page.locator('[data-testid="find-resume"]').click();
      await page.locator('[data-testid="find-row"]').first().waitFor();
      // The status bar leads to the page, which is the one display.
      await workbench.page.locator('.statusbar-item', { hasText: 'icons' }).first().waitFor();
      await page.locator('[data-testid="find-keep-best"]').waitFor();
      assert.equal(await root.getAttribute('data-phase'), 'done');
      const verdict = await page.locator('[data-testid="find-verdict"]').innerText();
      assert.match(verdict, /^With no labels: \d+%/);
      assert.match(verdict, /Recommended: /);

      const points = page.locator('[data-testid="find-points"]');
      await points.focus();
      await workbench.page.keyboard.press('Home');
      const cheapest = await points.locator('[aria-selected="true"]').innerText();
      assert.match(cheapest, /no labels/);
      assert.match(
        await page.locator('[data-testid="find-details"]').innerText(),
        /No image is needed|together/,
      );
      assert.equal(
        await points.getAttribute('aria-activedescendant'),
        await points.locator('[aria-selected="true"]').getAttribute('id'),
      );

      await page.locator('[data-testid="find-keep-best"]').click();
      await workbench.page.locator('.tab', { hasText: '.semap.json' }).waitFor();
      const documents = (await readdir(folder)).filter((name) => name.endsWith('.semap.json'));
      assert.equal(documents.length, 1);
      const kept = JSON.parse(await readFile(path.join(folder, documents[0]!), 'utf8'));
      assert.equal(kept.targets.length, 10);
      if (kept.head) assert.ok(existsSync(path.join(folder, kept.head.file)));

      // From the tree it opens as it was when it ended.
      await workbench.runCommand('View: Close All Editors');
      await workbench.runCommand('SeMap: Focus on Runs View');
      await workbench.page.locator('.pane', { hasText: 'Runs' }).getByText('best reuse').click();
      const again = await workbench.webview('[data-testid="find-verdict"]');
      assert.equal(
        await again.locator('[data-testid="find-verdict"] p').first().innerText(),
        verdict.split('\n')[0],
      );
    },
  );
});
