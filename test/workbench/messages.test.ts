import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';
import type { FrameLocator, Locator } from 'playwright-core';
import type { Workbench } from '../../scripts/vscode/workbench.ts';
import { serialiseAlignment } from '../../src/core/alignments/alignmentText.ts';
import { starterAlignment } from '../unit/alignments.ts';
import { LONG, sessionOfSuite, windowOfSuite } from './session.ts';

/** What VS Code would make a link, a picture and a reversed ending of. */
const NAME = '[Click me](command:workbench.action.closeWindow) $(trash) \u202egpj\u2066';
const SHOWN = '[Click me] (command:workbench.action.closeWindow) $ (trash) gpj';

/** One that WordNet has no word of. */
const UNKNOWN = '[Qxz](command:qxzq.qxz)';

const ALIGNMENT = starterAlignment(NAME, UNKNOWN, 'cat');

describe('a name that is a link to VS Code', () => {
  const session = sessionOfSuite();
  /** A text is shown as it is: no link, no picture but our own, nothing hidden. */
  async function isPlain(place: Locator, shown = SHOWN): Promise<void> {
    await place.waitFor();
    const text = (await place.innerText()).replaceAll(/\s+/g, ' ');
    assert.ok(text.includes(shown), text);
    assert.doesNotMatch(text, /\p{Cf}/u);
    assert.equal(await place.locator('a[href], .monaco-link').count(), 0);
    assert.equal(await place.locator('.codicon-trash').count(), 0);
  }

  const open = windowOfSuite(session, () =>
    session().files({
      'pets.semap.json': { text: serialiseAlignment(ALIGNMENT) },
      [`${NAME}/dog/1.png`]: 'dog/01-dog.png',
      [`${NAME}/cat/1.png`]: 'cat/01-black-cat.png',
      [`.semap/runs/${NAME}/run.json`]: { text: '{' },
    }),
  );

  const rowOf = (workbench: Workbench, text: string) =>
    workbench.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: text });

  async function openGrid(workbench: Workbench): Promise<void> {
    await workbench.runCommand('SeMap: Open Alignment Grid');
    const page = await workbench.webview('[data-testid="alignment-targets"]');
    const label = page.locator('[data-testid="alignment-targets"]').getByText('Click me').first();
    await label.waitFor();
    await nothingHidden(page, 'Click me');
  }

  test('is text in a list, in a notification and beside the field for a hint', LONG, async () => {
    const { workbench } = await open();
    await openGrid(workbench);
    await workbench.editorMenu('Choose Sense');
    await isPlain(rowOf(workbench, 'Click me'));
    await rowOf(workbench, 'Qxz').click();
    const notification = workbench.notification('WordNet has no entry for');
    await isPlain(notification.locator('.notification-list-item-message'), '[Qxz] (command:qxzq.qxz)');
    await picture(workbench, 'notification');

    await workbench.editorMenu('Add Hint');
    await rowOf(workbench, 'Click me').click();
    const page = await workbench.webview('[data-testid="alignment-hint-editor"]');
    await page.locator('[data-testid="alignment-hint-field"]').waitFor();
    await nothingHidden(page, 'Hint for [Click me](command:');
    assert.equal(workbench.page.isClosed(), false);
  });

  test('is text in views, in the status bar and in a dialog', LONG, async () => {
    const { workbench } = await open();
    const row = (text: string) =>
      workbench.page.locator('.pane-body .monaco-list-row').filter({ hasText: text });
    const chooseFrom = async (text: string, item: string) => {
      await row(text).click({ button: 'right' });
      // A menu that has just opened ignores the mouse for a moment.
      await workbench.page.waitForTimeout(200);
      await workbench.page
        .locator('.context-view .monaco-menu .action-item')
        .filter({ hasText: item })
        .click();
    };
    await workbench.runCommand('SeMap: Focus on Datasets View');
    await isPlain(row('2 class folders'));
    const copied = workbench.statusBarItem('Copied');
    // A click that the menu swallows copies nothing, and what was copied is said for four seconds only.
    const isSaid = () =>
      copied.waitFor({ timeout: 3000 }).then(
        () => true,
        () => false,
      );
    do await chooseFrom('2 class folders', 'Copy Path');
    while (!(await isSaid()));
    await isPlain(copied);
    await picture(workbench, 'status');

    await workbench.runCommand('SeMap: Focus on Runs View');
    await isPlain(row('damaged'));
    await chooseFrom('damaged', 'Delete');
    await isPlain(workbench.page.locator('.monaco-dialog-box .dialog-message-container'));
    await picture(workbench, 'dialog');
  });

  test('is text in the progress of a run', LONG, async () => {
    const { workbench } = await open();
    // As a text: the page knows none of the compiler's helpers.
    const shown = workbench.page.evaluate<string>(`new Promise((resolve) => {
      const look = () => {
        const all = document.querySelectorAll('.statusbar-item[id*="semap.results"]');
        const found = [...all].find((item) => item.textContent.includes('Click me'));
        if (found) resolve(found.innerHTML);
        else requestAnimationFrame(look);
      };
      look();
    })`);
    await workbench.runCommand('SeMap: Zero-Shot Classify');
    await isPlain(rowOf(workbench, 'Click me'));
    await rowOf(workbench, 'Click me').click();
    await workbench.pick('Start Classifying');
    const html = await shown;
    assert.ok(html.includes('[Click me] (command:'), html);
    assert.doesNotMatch(html, /<a\b.*href/);
    await workbench.classified('2 images');
    const results = await workbench.webview('[data-testid="results-tile"]');
    await nothingHidden(results, 'Click me');
    await results.locator('[data-testid="results-tab-confusion"]').click();
    await results.locator('[role="gridcell"]').first().waitFor({ state: 'attached' });
    await nothingHidden(results, 'predicted');
  });
});

/** Neither what a page shows nor what it tells a screen reader hides something. */
async function nothingHidden(page: FrameLocator, says: string): Promise<void> {
  const all = await page.locator('html').evaluate((root) => root.outerHTML);
  const html = all.replaceAll(/ data-[\w-]+="[^"]*"/g, '');
  assert.ok(html.includes(says), html.slice(0, 2000));
  assert.deepEqual(html.match(/.{0,60}\p{Cf}.{0,60}/gsu) ?? [], []);
}

async function picture(workbench: Workbench, name: string): Promise<void> {
  await workbench.page.screenshot({ path: path.join('out', `messages-${name}.png`) });
}
