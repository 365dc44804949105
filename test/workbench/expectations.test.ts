import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LONG, sessionOfSuite, windowOfSuite } from './session.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.mjs', import.meta.url));

describe('what an alignment promises, in the Test Explorer', () => {
  const session = sessionOfSuite();
  const open = windowOfSuite(session, async () => {
    const folder = await session().files({
      'pets/dog/1.png': 'dog/01-dog.png',
      'pets/cat/1.png': 'cat/02-cat.png',
      // A dog in the wrong folder.
      'pets/cat/2.png': 'dog/02-dog-face.png',
    });
    const file = path.join(folder, 'pets.semap.json');
    const cache = ['--cache-folder', path.join(folder, '.cache')];
    const align = [CLI, 'align', path.join(folder, 'pets'), '--out', file, ...cache];
    await promisify(execFile)(process.execPath, align);
    const expectations = ['at most 0 unread', 'never dog for cat/2.png'];
    const { targets, ...document } = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...document, expectations, targets }, null, 2));
    return folder;
  });

  test('is tested, and leads to the image that broke it and to the line', LONG, async () => {
    const { workbench } = await open();
    const { page } = workbench;
    await workbench.runCommand('Testing: Focus on Test Explorer View');
    const document = page.locator('.test-explorer .monaco-list-row', { hasText: 'pets.semap.json' });
    await document.waitFor();
    await workbench.runCommand('Test: Run All Tests');
    await page.locator('.test-explorer').getByText('1/2').waitFor();
    const results = page.locator('.test-output-peek-tree .monaco-list-row');
    await results.filter({ hasText: 'never dog for cat/2.png' }).click();
    const link = (name: string) => page.locator('a[data-href]', { hasText: name });
    await link('cat/2.png').first().waitFor();

    await link('Show in Results').first().click();
    const gallery = await workbench.webview('[data-testid="results-page"]');
    await gallery.getByText('cat/2.png').first().waitFor();

    await link('Show in Alignment').first().click();
    const line = page.locator('.monaco-editor .view-line', { hasText: 'never dog for cat/2.png' });
    await line.first().waitFor();
    assert.match(
      (await page.locator('.part.statusbar').innerText()).replaceAll(/\s+/g, ' '),
      /Ln \d+, Col 1/,
    );
  });

  test('is added on the results page with what it shows, and taken back by Undo', LONG, async () => {
    const { workbench } = await open();
    const { page } = workbench;
    await workbench.clear();
    await workbench.runCommand('View: Show Explorer');
    await workbench.classify('pets');
    await workbench.classified();
    const gallery = await workbench.webview('[data-testid="results-page"]');
    await gallery.locator('[data-testid="results-expect"]').click();
    await workbench.pick('balanced accuracy >= ');
    const field = page.locator('.quick-input-widget').filter({ hasText: 'Holds now: Balanced accuracy is' });
    await field.waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.notifications-toasts').getByText('Open Alignment as Text').click();
    const line = page.locator('.editor-instance .view-line', { hasText: 'balanced accuracy >= ' });
    await line.waitFor();
    await workbench.runCommand('Testing: Focus on Test Explorer View');
    const promised = page.locator('.test-explorer .monaco-list-row', { hasText: 'balanced accuracy >= ' });
    await promised.waitFor();
    await line.click();
    await page
      .locator('.part.statusbar')
      .getByText(/Ln 2\d, Col/)
      .waitFor();
    await page.keyboard.press('Control+z');
    await line.waitFor({ state: 'detached' });
    await page.keyboard.press('Control+s');
    await promised.waitFor({ state: 'detached' });
  });
});
