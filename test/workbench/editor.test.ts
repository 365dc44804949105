import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FrameLocator, Page } from 'playwright-core';
import type { Workbench } from '../../scripts/vscode/workbench.ts';
import { parseAlignment, serialiseAlignment } from '../../src/core/alignments/alignmentText.ts';
import { starterAlignment } from '../unit/alignments.ts';
import { LONG, Session, sessionOfSuite, windowOfSuite } from './session.ts';

const PETS = starterAlignment('dog', 'cat', 'bird');
/** A field that SeMap does not know stays whatever happens. */
const TEXT = serialiseAlignment(PETS).replace('"version": 1,', '"version": 1,\n  "mine": [1.50],');

/** No source has the name of its first label, so that a search for it shows what it is mapped to. */
const WEIGHED = TEXT.replace('"label": "dog"', '"label": "my dog"').replace(
  '"sources": []',
  `"sources": [
        { "label": "Chihuahua", "index": 151, "weight": 0.37, "similarity": 0.9, "mine": [2.50] },
        { "label": "beagle", "index": 162, "weight": 0.37, "similarity": 0.9 }
      ]`,
);

/** Texts of documents that are not shown as a grid with everything in it, by name. */
const DAMAGED = {
  broken: `${TEXT.slice(0, 40)} oops`,
  newer: TEXT.replace('"version": 1', '"version": 9'),
  gone: TEXT.replace('"starter"', '"no-such-net"').replace(
    '"sources": []',
    '"sources": [{ "label": "pug", "index": 3, "weight": 1, "similarity": 1 }]',
  ),
};

describe('the alignment grid as an editor', () => {
  // In a browser VS Code saves by itself, a second after an edit.
  const session = sessionOfSuite(() => Session.start({ 'files.autoSave': 'off', 'git.enabled': true }));
  const window = windowOfSuite(session, () => {
    const texts = { cells: TEXT, weighed: WEIGHED, ...DAMAGED };
    const files = Object.entries(texts).map(([name, text]) => [`${name}.semap.json`, { text }] as const);
    return session().files(Object.fromEntries(files));
  });

  test('broken and newer documents open with a message, and stay untouched', LONG, async () => {
    const { workbench, folder } = await window();
    await workbench.runCommand('SeMap: Open Alignment Grid');
    await workbench.pick('newer');
    const says = async (name: string, text: RegExp) => {
      await workbench.openFromExplorer(`${name}.semap.json`);
      const page = await workbench.webview('[data-testid="alignment-problem"]');
      await page.locator('[data-testid="alignment-problem"]').getByText(text).first().waitFor();
      return page;
    };
    await says('broken', /Cannot read broken\.semap\.json/);
    await says('newer', /version 9/);
    const page = await says('gone', /Only mapped cells can be shown/);
    await page.locator('[data-testid="alignment-canvas"]').waitFor();
    for (const [name, text] of Object.entries(DAMAGED)) {
      assert.equal(await readFile(path.join(folder, `${name}.semap.json`), 'utf8'), text);
    }
    await writeFile(path.join(folder, 'broken.semap.json'), TEXT);
    await workbench.openFromExplorer('broken.semap.json');
    await grid(await workbench.webview('[data-testid="alignment-targets"]'));
  });

  test(
    'a cell that is mapped and a target that is renamed change one place of the text; undo, redo and save are the editor’s',
    LONG,
    async () => {
      const { workbench, folder } = await window();
      const { document, read } = inFolder(folder, 'cells');
      const page = await openGrid(workbench, 'cells');
      await page.locator('[data-testid="alignment-targets"]').getByText('cat', { exact: true }).click();
      await page
        .locator('[data-testid="alignment-details"]')
        .getByText('Most similar, but not mapped')
        .waitFor();

      await focusGrid(page);
      await workbench.page.keyboard.press('ArrowDown');
      await page.locator('[data-testid="alignment-map"]').waitFor();
      await workbench.page.keyboard.press('Enter');
      await page.locator('[data-testid="alignment-unmap"]').waitFor();
      assert.equal(await read(), TEXT, 'it is not saved yet');
      await save(workbench.page);
      await eventually('it is saved', async () => isWhole(await read()) && (await read()) !== TEXT);
      const mapped = await read();
      assert.ok(mapped.includes('"mine": [1.50],'), 'unknown fields stay as they are written');
      const lines = TEXT.split('\n');
      const lost = lines.filter((line) => !mapped.split('\n').includes(line));
      assert.deepEqual(lost, [], 'no line but that of the empty list is touched');
      assert.equal(parseAlignment(mapped).targets.flatMap(({ sources }) => sources).length, 1);

      await workbench.page.keyboard.press('5');
      await eventually(
        'the weight is shown',
        async () => (await page.locator('[data-testid="alignment-weight"]').inputValue()) === '0.5',
      );
      await workbench.page.keyboard.press('ControlOrMeta+z');
      await eventually(
        'undo takes the weight back',
        async () => (await page.locator('[data-testid="alignment-weight"]').inputValue()) === '1',
      );
      await workbench.page.keyboard.press('ControlOrMeta+z');
      await page.locator('[data-testid="alignment-map"]').waitFor();
      await save(workbench.page);
      await eventually('the text is what it was, to the letter', async () => (await read()) === TEXT);

      // Targets are renamed and reordered; a double click on a cell maps it.
      const targets = page.locator('[data-testid="alignment-targets"]');
      await targets.getByText('cat', { exact: true }).click();
      await workbench.page.keyboard.press('F2');
      await page.locator('[data-testid="alignment-rename-field"]').fill('kitten');
      await workbench.page.keyboard.press('Enter');
      await targets.getByText('kitten', { exact: true }).waitFor();
      await targets.getByText('kitten', { exact: true }).click();
      await workbench.page.keyboard.press('Alt+ArrowUp');
      await eventually('it is the first', async () =>
        (await targets.locator('[role="option"]').first().innerText()).startsWith('kitten'),
      );
      await save(workbench.page);
      await eventually(
        'both are saved',
        async () => (await document()).targets.map(({ label }) => label).join() === 'kitten,dog,bird',
      );
      const mappedNothing = await read();
      await doubleClickCell(workbench.page, page);
      await page.locator('[data-testid="alignment-unmap"]').waitFor();
      await save(workbench.page);
      await eventually('the cell is saved', async () => (await read()) !== mappedNothing);
      assert.equal((await document()).targets.flatMap(({ sources }) => sources).length, 1);
    },
  );

  test('the side panel undoes what it did, to the letter, whatever editor is in front', LONG, async () => {
    const { workbench, folder } = await window();
    const { read } = inFolder(folder, 'weighed');
    await openGrid(workbench, 'weighed');
    await workbench.runCommand('View: Show SeMap');
    const panel = await panelOf(workbench.page);
    const spoken = panel.locator('[aria-live="polite"]');
    await panel
      .locator('[data-testid="alignment-warnings"]')
      .getByText('2 labels are never predicted')
      .waitFor();
    await panel.locator('[data-testid="alignment-search"] input').fill('my dog');
    await focusGrid(panel);
    await workbench.page.keyboard.press('ArrowUp');
    for (let tries = 0; tries < 30 && !(await spoken.innerText()).startsWith('Unmapped'); tries++) {
      await workbench.page.keyboard.press('ArrowDown');
      await workbench.page.keyboard.press('Delete');
    }
    await eventually('a cell is unmapped, and saved', async () => (await read()) !== WEIGHED);
    await workbench.page.keyboard.press('ControlOrMeta+z');
    await eventually('its weight and its neighbours are back', async () => (await read()) === WEIGHED);
    await workbench.page.keyboard.press('ControlOrMeta+Shift+z');
    await eventually('redo unmaps it again', async () => (await read()) !== WEIGHED);
    await workbench.page.locator('.pane-header', { hasText: 'Alignment' }).hover();
    await workbench.page.locator('.pane-header .codicon-toolbar-more').first().click();
    await workbench.page.locator('.context-view .action-item', { hasText: 'Undo Change' }).click();
    await eventually('the menu undoes, too', async () => (await read()) === WEIGHED);
    const nothingDirty = async () => (await workbench.page.locator('.tab.dirty').count()) === 0;
    await eventually('no editor undid something else', nothingDirty);
  });

  test('two editors, the side panel and the text stay in step', LONG, async () => {
    const workbench = await session().open(await session().files({ 'pets.semap.json': { text: TEXT } }));
    const editor = await openGrid(workbench);
    await workbench.runCommand('View: Show SeMap');
    const warnings = '[data-testid="alignment-warnings"]';
    const panel = await panelOf(workbench.page);
    await panel.locator(warnings).getByText('3 labels are never predicted').waitFor();
    await doubleClickCell(workbench.page, editor);
    for (const page of [editor, panel]) {
      await page.locator(warnings).getByText('2 labels are never predicted').waitFor();
    }
    await workbench.runCommand('View: Split Editor Down');
    await eventually('there are two editors, and both say the same', async () => {
      const said = await Promise.all((await editorsOf(workbench.page)).map(neverPredicted));
      return said.join() === '2,2';
    });
    await doubleClickCell(workbench.page, (await editorsOf(workbench.page))[0]);
    await eventually('both editors follow', async () => {
      const said = await Promise.all((await editorsOf(workbench.page)).map(neverPredicted));
      return said.join() === '3,3';
    });
    const between = await panelOf(workbench.page);
    await between.locator(warnings).getByText('3 labels are never predicted').waitFor();
    await workbench.runCommand('SeMap: Open Alignment as Text');
    await workbench.page.locator('.monaco-editor .view-lines').first().click();
    await workbench.page.keyboard.press('ControlOrMeta+z');
    // An editor is behind the text now: the panel's frame has another number.
    const below = await panelOf(workbench.page);
    await below.locator(warnings).getByText('2 labels are never predicted').waitFor();
  });

  test(
    'edits outlive the window, and are one history whether made in the grid or the text',
    LONG,
    async () => {
      const folder = await session().files({ 'pets.semap.json': { text: TEXT } });
      const { read } = inFolder(folder, 'pets');
      const git = (...args: string[]) =>
        execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a', ...args], { cwd: folder });
      git('init', '-q');
      git('add', '.');
      git('commit', '-qm', 'first');
      const workbench = await session().open(folder);
      let page = await openGrid(workbench);
      const order = async () => (await page.locator('.target-row .name').allInnerTexts()).join();
      const shows = (what: string, labels: string) =>
        eventually(what, async () => (await order()) === labels);
      const onlyTab = async () => (await workbench.page.locator('.tab').count()) === 1;
      await page.locator('.target-row').first().dragTo(page.locator('.target-row').last());
      await shows('a target is dragged', 'cat,bird,dog');
      // VS Code keeps a copy of what is not saved a second after the edit.
      await sleep(2500);
      await workbench.page.reload();
      await workbench.page.locator('.tab.active.dirty').waitFor();
      // VS Code may restore a document before it knows its editors: then as text.
      page = await openGrid(workbench);
      await shows('the edit is there in the next window', 'cat,bird,dog');
      assert.equal(await read(), TEXT, 'and not in the file');

      await workbench.runCommand('SeMap: Open Alignment as Text');
      const lines = workbench.page.locator('.monaco-editor .view-line');
      await lines.filter({ hasText: '"label": "bird"' }).click();
      assert.ok(await onlyTab(), 'the text takes the place of the grid');
      for (const key of ['End', 'ArrowLeft', 'ArrowLeft']) await workbench.page.keyboard.press(key);
      await workbench.page.keyboard.type('house');
      await lines.filter({ hasText: '"label": "birdhouse"' }).waitFor();
      await workbench.runCommand('SeMap: Open Alignment Grid');
      page = await grid(await workbench.webview('[data-testid="alignment-targets"]'));
      await shows('the grid has the edit of the text', 'cat,birdhouse,dog');
      assert.ok(await onlyTab(), 'the grid takes the place of the text');
      await page.locator('.target-row').first().focus();
      await workbench.page.keyboard.press('ControlOrMeta+z');
      await shows('undo takes back the edit of the text', 'cat,bird,dog');
      await workbench.page.keyboard.press('ControlOrMeta+Shift+z');
      await shows('redo brings it again', 'cat,birdhouse,dog');
      await workbench.runCommand('File: Revert File');
      await shows('revert goes back to the file', 'dog,cat,bird');
      await workbench.page.locator('.tab.active:not(.dirty)').waitFor();
      assert.equal(await read(), TEXT);

      await page.locator('.target-row').first().focus();
      await workbench.page.keyboard.press('ControlOrMeta+z');
      await shows('undo goes behind the revert', 'cat,birdhouse,dog');
      await save(workbench.page);
      await workbench.page.locator('.activitybar .badge[aria-label*="1 pending change"]').waitFor();
      await workbench.page.locator('.editor-actions .action-label[aria-label*="Open Changes"]').click();
      await workbench.page.locator('.monaco-diff-editor .char-insert').first().waitFor();
      assert.equal(await workbench.page.locator('.tab.active', { hasText: 'Working Tree' }).count(), 1);
    },
  );
});

/** A document of a folder, as it is on disk. */
function inFolder(folder: string, name: string) {
  const read = () => readFile(path.join(folder, `${name}.semap.json`), 'utf8');
  return { read, document: async () => parseAlignment(await read()) };
}

/** The page once its similarities are there: cells can then be mapped. */
async function grid(page: FrameLocator): Promise<FrameLocator> {
  await page.locator('[data-testid="alignment-origin"]').getByText('of 1,000 source labels').waitFor();
  await page.locator('[role="grid"] [role="gridcell"][tabindex="0"]').waitFor({ state: 'attached' });
  return page;
}

/** Opens the document of the workspace, or one of several; the command is there once the extension is. */
async function openGrid(workbench: Workbench, name?: string): Promise<FrameLocator> {
  if (name === undefined) await workbench.runCommand('SeMap: Open Alignment Grid');
  else {
    await workbench.runCommand('View: Show Explorer');
    await workbench.openFromExplorer(`${name}.semap.json`);
  }
  return grid(await workbench.webview('[data-testid="alignment-targets"]'));
}

async function focusGrid(page: FrameLocator): Promise<void> {
  await page.locator('[role="grid"] [tabindex="0"]').first().focus();
}

/** Double-clicks a cell of the first row: the twin lies over the one that the keyboard is on, invisibly. */
async function doubleClickCell(keyboard: Page, page: FrameLocator): Promise<void> {
  await focusGrid(page);
  await keyboard.keyboard.press('Control+Home');
  await page.locator('[role="grid"] [role="gridcell"]:focus').waitFor({ state: 'attached' });
  const cell = await page.locator('[role="grid"]').boundingBox();
  const canvas = await page.locator('[data-testid="alignment-canvas"]').boundingBox();
  assert.ok(cell && canvas);
  const position = { x: cell.x - canvas.x + cell.width / 2, y: cell.y - canvas.y + cell.height / 2 };
  await page.locator('[data-testid="alignment-grid"]').dblclick({ position });
}

/** The page in the side bar; the editor has one, too. */
async function panelOf(page: Page): Promise<FrameLocator> {
  for (let tries = 0; tries < 200; tries++) {
    for (const outer of await page.locator('iframe.webview').all()) {
      const frame = outer.contentFrame().frameLocator('#active-frame');
      const main = frame.locator('main.alignment:not(.full)');
      const shown = await main
        .locator('[data-testid="alignment-canvas"]')
        .isVisible()
        .catch(() => false);
      if (shown) return frame;
    }
    await sleep(150);
  }
  throw new Error('The side panel shows no alignment.');
}

/** The pages of the editors that are in view. */
async function editorsOf(page: Page): Promise<FrameLocator[]> {
  const found: FrameLocator[] = [];
  for (const outer of await page.locator('iframe.webview').all()) {
    const frame = outer.contentFrame().frameLocator('#active-frame');
    const shown = await frame
      .locator('main.alignment.full [data-testid="alignment-canvas"]')
      .isVisible()
      .catch(() => false);
    if (shown) found.push(frame);
  }
  return found;
}

/** How many labels a page says are never predicted. */
async function neverPredicted(page: FrameLocator): Promise<string | undefined> {
  const text = await page.locator('[data-testid="alignment-warnings"]').innerText();
  return /(\d+) labels? (?:is|are) never predicted/.exec(text)?.[1];
}

/** VS Code empties a file before it writes it. */
function isWhole(document: string): boolean {
  return document.trimEnd().endsWith('}');
}

async function save(page: Page): Promise<void> {
  await page.keyboard.press('ControlOrMeta+s');
}

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds().catch(() => false)) return;
    await sleep(150);
  }
  assert.fail(what);
}
