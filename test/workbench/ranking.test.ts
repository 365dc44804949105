import assert from 'node:assert/strict';
import { cp, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { say } from '../../src/core/text/text.ts';
import { LONG, sessionOfSuite, windowOfSuite } from './session.ts';

describe('ranking backbones in VS Code', () => {
  const session = sessionOfSuite();
  const window = windowOfSuite(session, async () => {
    const folder = await session().sample();
    for (const [i, image] of ['dog/01-dog.png', 'bird/01-bird.png'].entries())
      await cp(path.join(folder, 'icons', image), path.join(folder, 'loose', `${i}.png`));
    return folder;
  });

  test(
    'Rank Backbones fills a table, sorts it by keyboard, and saves the result as a run to open again',
    LONG,
    async () => {
      const { folder, workbench } = await window();
      await workbench.explorerMenu('icons', 'Rank Backbones');
      const page = await workbench.webview('[data-testid="ranking-page"]');
      await page.locator('[data-testid="ranking-record"]').waitFor();

      const row = page.locator('[data-testid="ranking-row"]', { hasText: 'starter' });
      assert.match(await row.innerText(), /starter[\s\S]*active[\s\S]*\d+\.\d%/);
      assert.match(
        await page.locator('[data-testid="ranking-verdict"]').innerText(),
        /^starter reaches \d+\.\d% zero-shot on \d+ images/,
      );
      await page.locator('[data-testid="ranking-sort-leep"]').press('Enter');
      await page.locator('th[aria-sort="descending"]', { hasText: 'LEEP' }).waitFor();
      assert.equal(await page.locator('[data-testid="ranking-sort-leep"]:focus').count(), 1);

      const runs = path.join(folder, '.semap/runs');
      const [run] = await readdir(runs);
      const record = JSON.parse(await readFile(path.join(runs, run!, 'run.json'), 'utf8'));
      assert.equal(record.rows[0].name, 'starter');
      assert.ok(record.rows[0].scores.accuracy > 0.5);

      // From the tree it opens as it was when it ended.
      await workbench.runCommand('View: Close All Editors');
      await workbench.runCommand('SeMap: Focus on Runs View');
      await workbench.page.locator('.pane', { hasText: 'Runs' }).getByText('ranking: starter').click();
      const again = await workbench.webview('[data-testid="ranking-verdict"]');
      assert.equal(
        await again.locator('[data-testid="ranking-verdict"] .headline').innerText(),
        say(record.verdict.headline),
      );
    },
  );

  test(
    'a folder without class folders asks for labels, and says that it is judged without them',
    LONG,
    async () => {
      const { workbench } = await window();
      await workbench.runCommand('View: Show Explorer');
      await workbench.explorerMenu('loose', 'Rank Backbones');
      await workbench.page.locator('.quick-input-widget input').fill('dog, bird');
      await workbench.page.keyboard.press('Enter');
      const page = await workbench.webview('[data-testid="ranking-page"]');
      await page.locator('[data-testid="ranking-record"]').waitFor();
      assert.match(
        await page.locator('[data-testid="ranking-verdict"]').innerText(),
        /Judged without labels/,
      );
      assert.equal(await page.locator('[data-testid="ranking-sort-leep"]').count(), 0);
    },
  );
});
