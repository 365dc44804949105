import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { FrameLocator } from 'playwright-core';
import { parseAlignment } from '../../src/core/alignments/alignmentText.ts';
import type { ClassifyResult } from '../../src/protocol/classification.ts';
import { LONG, Session, sessionOfSuite, windowOfSuite } from './session.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.mjs', import.meta.url));

/** A label that a page must not take for a part of itself. */
const HOSTILE = '<img src=x onerror=alert(1)>';

describe('the packaged extension in VS Code', () => {
  // One of its own: a backbone that a flow adds would be everybody's.
  const session = sessionOfSuite(() => Session.start());
  const window = windowOfSuite(session, () =>
    session().files({
      'first/dog/1.png': 'dog/01-dog.png',
      'first/bird/1.png': 'bird/01-bird.png',
      'second/dog/1.png': 'dog/02-dog-face.png',
      'second/cat/1.png': 'cat/02-cat.png',
      'third/train/dog/1.png': 'dog/01-dog.png',
      'third/train/cat/1.png': 'cat/02-cat.png',
      'third/valid/dog/1.png': 'dog/02-dog-face.png',
      'third/valid/cat/1.png': 'cat/01-black-cat.png',
      [`odd/${HOSTILE}/1.png`]: 'cat/01-black-cat.png',
      'odd/=cmd()/1.png': 'bird/01-bird.png',
      'odd/qzxv/1.png': 'dog/01-dog.png',
      'odd/qzxv/empty.png': { text: '' },
      'odd/qzxv/broken.jpg': { text: 'not a picture' },
      'inbox/1.png': 'dog/01-dog.png',
      'inbox/2.png': 'dog/02-dog-face.png',
      'inbox/3.png': 'cat/02-cat.png',
      'inbox/4.png': 'bird/01-bird.png',
      'notes/a.txt': { text: 'no picture' },
    }),
  );

  test('Align Labels writes an alignment document and paints its heatmap', LONG, async () => {
    const folder = await session().sample();
    const workbench = await session().open(folder);
    await workbench.runCommand('SeMap: Align Labels');
    await workbench.pick('icons');
    await workbench.pick('starter');
    await workbench.pick('SeMap adaptive');

    const page = await workbench.webview('[data-testid="alignment-canvas"]');
    await eventually('the heatmap is painted', async () => (await colours(page)) > 20);
    const [file] = (await readdir(folder)).filter((name) => name.endsWith('.semap.json'));
    assert.ok(file, 'no alignment document in the workspace');
    const document = parseAlignment(await readFile(path.join(folder, file), 'utf8'));
    assert.equal(document.targets.length, 10);
    assert.ok(document.targets.every(({ sources }) => sources.length > 0));
    await workbench.page.locator('.tab', { hasText: file }).waitFor();

    // What it describes leaves as one file, which SeMap takes for a backbone whose labels are its own.
    await workbench.runCommand('SeMap: Export Classifier...');
    await workbench.pick('Snippets');
    await workbench.pick('In a Folder beside the File');
    await workbench.pick('Export Classifier');
    const exported = workbench.notification(/Exported .*\.onnx .*the same labels as SeMap/);
    await exported.getByRole('button', { name: 'Add as Backbone' }).click();
    await workbench.notification(/Added .* \(10 source labels\)/).waitFor();
    const name = path.basename(file, '.semap.json');
    assert.deepEqual((await readdir(path.join(folder, `${name}-snippets`))).toSorted(), [
      'backbone-license.txt',
      'classify.html',
      'classify.mjs',
      'classify.py',
      'labels.json',
    ]);

    // The walkthrough knows what was done, also where it is opened afterwards, and nothing else.
    await workbench.runCommand('Welcome: Open Walkthrough...');
    await workbench.pick('Get Started with SeMap');
    const done = (step: string) =>
      workbench.page.locator('.getting-started-step', { hasText: step }).locator('.codicon.complete');
    await done('Open a folder of images').waitFor();
    await done('Align your labels').waitFor();
    assert.equal(await done('Classify without training').count(), 0);
  });

  test('several selected folders are classified together', LONG, async () => {
    const { workbench, folder } = await window();
    await workbench.explorerRow('first').click();
    await workbench.explorerRow('second').click({ modifiers: ['ControlOrMeta'] });
    await workbench.classify('second');
    await workbench.classified();

    // A set with splits is one set: its classes are below them, and each split has an accuracy.
    await workbench.explorerMenu('third', 'Zero-Shot Classify');
    const rows = workbench.page.locator('.quick-input-list .monaco-list-row');
    await rows.filter({ hasText: 'third · train and valid above 2 class folders' }).waitFor();
    await rows.filter({ hasText: 'all splits' }).waitFor();
    await workbench.pick('Start Classifying');
    await workbench.classified(/train \d.*% · val \d.*%/);
    const page = await workbench.webview('[data-testid="results-splits"]');
    await page.locator('[data-testid="results-split"]').waitFor();

    // Its images move to folders of their answers when the person has seen how many, and back.
    await page.locator('[data-testid="results-export"]').click();
    for (const row of ['Format:', 'Class folders', 'How images get there', 'Move', /Export \d images/])
      await workbench.pick(row);
    const dialog = workbench.page.locator('.monaco-dialog-box', { hasText: /Move 4 images .*third-sorted/ });
    await dialog.getByRole('button', { name: 'Move' }).click();
    const placed = workbench.notification(/Placed 4 images/);
    await placed.waitFor();
    assert.equal(existsSync(path.join(folder, 'third', 'valid', 'cat', '1.png')), false);
    assert.deepEqual(
      (await readdir(path.join(folder, 'third-sorted'))).filter((name) => !name.startsWith('.')),
      ['train', 'val'],
    );
    await placed.getByRole('button', { name: 'Undo' }).click();
    await workbench.page.locator('.statusbar-item', { hasText: 'Undid 4 files.' }).waitFor();
    assert.ok(existsSync(path.join(folder, 'third', 'valid', 'cat', '1.png')));
    assert.equal(existsSync(path.join(folder, 'third-sorted')), false);
  });

  test('unreadable images are skipped and counted, and a label is text whatever it says', LONG, async () => {
    const { workbench } = await window();
    const dialogs: string[] = [];
    workbench.page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      dialog.dismiss();
    });
    await workbench.classify('odd');
    // Two of the three labels mean nothing: that is said before any image is run.
    await workbench.page.getByRole('button', { name: 'Classify Anyway' }).click();
    await workbench.classified('3 images');
    const page = await workbench.webview('[data-testid="results-tile"]');
    await page.locator('[data-testid="results-tab-skipped"]', { hasText: '2' }).waitFor();
    await page.getByText(HOSTILE).first().waitFor();
    assert.equal(await page.locator('img[src="x"]').count(), 0);
    assert.deepEqual(dialogs, []);
  });

  test(
    'labels of a folder without class folders are suggested by its images, and kept with it; one without images is told',
    LONG,
    async () => {
      const { workbench, folder } = await window();
      const { page } = workbench;
      const rows = page.locator('.quick-input-list .monaco-list-row');
      const back = page.locator('.quick-input-titlebar .codicon-quick-input-back');
      await workbench.explorerMenu('inbox', 'Zero-Shot Classify');
      await workbench.pick('Choose Labels...');
      await workbench.pick('Suggest from the Images...');
      await rows
        .filter({ hasText: /1 image|[2-4] images/ })
        .first()
        .waitFor();
      await back.click();
      await rows.filter({ hasText: 'Type Labels...' }).waitFor();
      await workbench.pick('Suggest from the Images...');
      await rows
        .filter({ hasText: /1 image|[2-4] images/ })
        .first()
        .waitFor();
      await workbench.acceptPick();
      await workbench.answer('Enter your labels', 'dog, cat, bird');
      await rows
        .filter({ hasText: 'inbox · dog, cat and bird · starter · SeMap adaptive · settle' })
        .waitFor();
      await page.keyboard.press('Enter');
      await workbench.classified();
      const made = parseAlignment(await readFile(path.join(folder, 'inbox.semap.json'), 'utf8'));
      assert.deepEqual(made.folders, ['inbox']);

      await workbench.explorerMenu('inbox', 'Zero-Shot Classify');
      await rows.filter({ hasText: 'inbox · 3 labels · starter · inbox.semap.json' }).waitFor();
      await page.keyboard.press('Escape');
      await rows.first().waitFor({ state: 'hidden' });

      await workbench.explorerMenu('notes', 'Zero-Shot Classify');
      await workbench
        .errors()
        .filter({ hasText: /no images/i })
        .waitFor();
      assert.equal(await workbench.errors().count(), 1);
      assert.equal(await workbench.explorerRow('notes.semap.json').count(), 0, 'nothing is written');
    },
  );

  test(
    'Zero-Shot Classify streams results to the accuracy that the command line measures, and its heatmap tells all in words',
    LONG,
    async () => {
      const folder = await session().sample();
      const workbench = await session().open(folder);
      await workbench.classify('icons');
      const page = await workbench.webview('[data-testid="results-accuracy"]');
      await workbench.classified('360 images');
      const by = (testId: string) => page.locator(`[data-testid="${testId}"]`);
      const settle = by('results-settle');
      const isSettled = (on: boolean) =>
        page.locator(`[data-testid="results-settle"][aria-checked="${on}"]`).waitFor();
      // The images of the sample say enough about each other.
      await isSettled(true);
      const shown = await by('results-accuracy').innerText();

      const args = [CLI, 'classify', path.join(folder, 'icons'), '--backbone', 'starter', '--json'];
      const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 64 << 20 });
      const { accuracy } = JSON.parse(stdout) as ClassifyResult;
      assert.ok(accuracy !== null && accuracy > 0.5, `accuracy ${accuracy}`);
      assert.match(shown, new RegExp(`\\b${(100 * accuracy).toFixed(1)}%`));

      await settle.press('Space');
      await isSettled(false);
      assert.notEqual(await by('results-accuracy').innerText(), shown, 'the plain answers are back');
      await settle.press('Space');
      await isSettled(true);
      await by('results-changed').press('Enter');
      await by('results-tile').first().locator('.mark').waitFor();
      await by('results-propose').press('Enter');
      await page.locator('.tile.current .codicon-question').waitFor();
      await workbench.page.keyboard.press('Enter');
      await workbench.page.keyboard.press('Enter');
      // What is asked stands in its place where the page is no wider.
      await by('results-settle-words').getByText('Settled with 2 labels.').waitFor({ state: 'attached' });
      await page.locator('[data-testid="results-tile"]').first().waitFor();

      // The keyboard moves through the heatmap, and words say what is under it.
      await workbench.runCommand('View: Show SeMap');
      const map = await workbench.webview('[data-testid="alignment-canvas"]');
      await map.locator('[role="grid"] [tabindex="0"]').first().focus();
      const details = map.locator('[data-testid="alignment-details"]');
      await workbench.page.keyboard.press('Home');
      const before = await details.innerText();
      await workbench.page.keyboard.press('ArrowRight');
      await eventually('the words changed', async () => (await details.innerText()) !== before);

      // The height of the side panel is the grid's, with what is selected explained below it.
      await details.getByText('Sense...').waitFor();
      await workbench.page.setViewportSize({ width: 1280, height: 800 });
      await workbench.resizeSideBar(240);
      for (const view of await workbench.page.locator('.pane-header[aria-expanded="true"]').all()) {
        if (!(await view.innerText()).includes('Alignment')) await view.click();
      }
      await eventually('twelve rows are seen', async () => (await rowsSeen(map)) >= 12);
      await map.locator('[data-testid="score-accuracy"]').waitFor();
    },
  );

  test('the gallery is worked in by keys: select, menu, filter, large view, labels', LONG, async () => {
    const folder = await session().sample();
    const workbench = await session().open(folder);
    await workbench.classify('icons');
    await workbench.classified('360 images');
    const page = await workbench.webview('[data-testid="results-tile"]');
    const by = (testId: string) => page.locator(`[data-testid="${testId}"]`);
    const { keyboard } = workbench.page;
    // Thumbnails that are asked for while the gallery is hidden would be 16 pixels wide for ever.
    await by('results-tab-confusion').click();
    await by('results-confusion-canvas').waitFor();
    await by('results-tab-gallery').click();
    await by('results-tile').locator('img').first().waitFor();
    assert.ok(
      (await by('results-tile')
        .locator('img')
        .first()
        .evaluate(({ naturalWidth }: HTMLImageElement) => naturalWidth)) >= 64,
    );

    await by('results-tile').first().click();
    await keyboard.press('Shift+ArrowRight');
    await page.getByText('2 images selected').waitFor();
    await keyboard.press('Shift+F10');
    await by('menu').getByText('Copy 2 Paths').waitFor();
    await keyboard.press('Escape');
    await by('results-label').first().press('Enter');
    await page.getByText(/^\d+ of 360 images$/).waitFor();
    await by('results-clear').press('Enter');
    await page.getByText('2 images selected').waitFor();

    // What is selected leaves in the format that is on top, beside the folder of images.
    await by('results-selected-export').click();
    await workbench.pick('Export 2 images');
    await workbench.notification(/Wrote icons-results\.csv/).waitFor();
    const written = await readFile(path.join(folder, 'icons-results.csv'), 'utf8');
    assert.match(written, /^\uFEFFpath,label,confidence,.*(?:\r\n.*\/icons\/.*){2}\r\n$/);
    await by('results-selected-export').click();
    await workbench.pick('Format');
    await workbench.page.getByPlaceholder('Select a format').fill('Report (HTML)');
    await workbench.pick('Report (HTML)');
    await workbench.pick('Export 2 images');
    await workbench.notification(/Wrote icons-results\.html/).waitFor();
    const report = await readFile(path.join(folder, 'icons-results.html'), 'utf8');
    assert.match(report, /Part of the images<\/dt><dd[^>]*>2 of 360 images/);
    assert.match(report, /<img src="data:image\/(?:png|jpeg);base64,[^"]{200}/);
    await page.getByText('2 images selected').waitFor();

    const [, alike] = numbers(await by('results-alike').filter({ hasText: /: \d/ }).innerText(), /: (\d+)/);
    await by('results-alike').press('Enter');
    await page.getByText(`${alike} of 360 images`).waitFor();
    await by('results-alike').press('Enter');
    await page.getByText('2 images selected').waitFor();

    await by('results-tile').nth(1).press('z');
    await by('results-large-picture').waitFor();
    assert.equal(await by('results-large-place').innerText(), '2 of 360');
    await keyboard.press('ArrowRight');
    await page.getByText('3 of 360').waitFor();
    await by('results-large-details').locator('[data-testid="results-evidence"]').first().waitFor();
    await keyboard.press('Escape');
    await page.locator('[data-testid="results-tile"][data-position="2"]:focus').waitFor();

    const counts = (text: string) =>
      page.locator('[data-testid="results-given-counts"]', { hasText: text }).waitFor();
    // Labels are shown before they are written.
    const table = () => readFile(path.join(folder, 'icons', 'labels.semap.csv'), 'utf8').catch(() => '');
    await keyboard.press('Enter');
    await keyboard.press('d');
    await keyboard.press('x');
    await counts('labeled 1 · accepted 1 · none of these 1 · left 357');
    await page.locator('[data-testid="results-tile"][data-position="5"]:focus').waitFor();
    assert.match(await by('results-tile').nth(3).innerText(), /labeled: dog/);
    await eventually('all three are on disk', async () => (await table()).trim().split('\n').length === 4);
    assert.match(await table(), /,dog,labeled,/);
    // Nothing was given to this one: what was given last is taken back, and its image has the focus again.
    await keyboard.press('u');
    await page.locator('[data-testid="results-tile"][data-position="4"]:focus').waitFor();
    await keyboard.press('Control+z');
    await counts('labeled 0 · accepted 1 · left 359');
    await keyboard.press('Control+y');
    await counts('labeled 1 · accepted 1 · left 358');
    // It goes to the image again: the field would lose the keys.
    await page.getByText('Repeated the last label.').first().waitFor({ state: 'attached' });
    await keyboard.press('/');
    await keyboard.type('bir');
    await keyboard.press('Enter');
    await page.locator('[data-testid="results-tile"][data-position="4"]:focus').waitFor();
    await eventually('undo and redo are on disk', async () => /,bird,labeled,/.test(await table()));

    const list = path.join(folder, 'list.csv');
    await writeFile(list, 'picture,kind\n01-banana.png,banana\nnowhere.png,banana\n');
    await workbench.editorMenu('Import Labels...');
    // The dialog writes its folder over what is typed before it has listed it.
    await workbench.page.locator('.quick-input-list').getByText('list.csv').waitFor();
    await workbench.page.locator('.quick-input-widget input:visible').fill(list);
    await keyboard.press('Enter');
    await workbench.page.getByText('1 image in the file is not in the folder: nowhere.png').waitFor();
    const dialog = workbench.page.locator('.monaco-dialog-box');
    await dialog.getByRole('button', { name: 'Import', exact: true }).click();
    await eventually('imported labels are on disk', async () => /,banana,labeled,/.test(await table()));

    await by('results-keep').click();
    await workbench.pick('Folder and Labels');
    const kept = path.join(folder, 'icons-mixture.semap.json');
    await eventually('what was taught is kept', async () => existsSync(kept));
    assert.equal(parseAlignment(await readFile(kept, 'utf8')).head?.kind, 'mixture');
  });

  test(
    'Cancel stops a run and keeps what it has classified; Resume goes on from there, with another engine too',
    LONG,
    async () => {
      const workbench = await session().open(await session().many(40));
      await workbench.classify('many');
      const page = await workbench.webview('[data-testid="results-cancel"]');
      await eventually('the run is under way', async () => (await classified(page)) > 200);
      await page.locator('[data-testid="results-cancel"]').click();
      const ended = page.locator('[data-testid="results-progress"]', { hasText: 'not finished' });
      const [, done, total] = numbers(await ended.innerText(), /([\d,]+) of ([\d,]+)/);
      assert.ok(done > 200 && done < total, `${done} of ${total}`);

      await page.locator('[data-testid="results-resume"]').click();
      await eventually(
        'the run went past where it was cancelled',
        async () => (await classified(page)) > done,
      );

      // It goes on with another engine when its own is killed, and loses nothing.
      const [engine] = await session().engines();
      assert.ok(engine, 'no engine runs');
      process.kill(engine, 'SIGKILL');
      const before = await classified(page);
      await eventually('another engine classifies', async () => {
        const [next] = await session().engines();
        return next !== undefined && next !== engine && (await classified(page)) > before + 200;
      });
      assert.equal(await workbench.errors().count(), 0);
    },
  );
});

test('no process is left when VS Code ends in the middle of a run', LONG, async (context) => {
  const session = await Session.start();
  let passed = false;
  try {
    const workbench = await session.open(await session.many(40));
    await workbench.classify('many');
    const page = await workbench.webview('[data-testid="results-cancel"]');
    await eventually('the run is under way', async () => (await classified(page)) > 200);
    assert.equal((await session.engines()).length, 1);
    session.server.end();
    await eventually('every process is gone', async () => (await session.server.processes()).length === 0);
    passed = true;
  } finally {
    if (!passed) await session.closeWindows(context.name);
    await session.stop();
  }
});

/** Waits until something holds. */
async function eventually(what: string, holds: () => Promise<boolean>, seconds = 90): Promise<void> {
  const deadline = Date.now() + 1000 * seconds;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Not within ${seconds} s: ${what}.`);
    await sleep(50);
  }
}

/** How many colours the alignment heatmap shows. */
function colours(page: FrameLocator): Promise<number> {
  return page.locator('canvas[data-testid="alignment-canvas"]').evaluate((canvas: HTMLCanvasElement) => {
    const context = canvas.getContext('2d');
    if (!context || canvas.width === 0 || canvas.height === 0) return 0;
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });
}

/** How many rows of the alignment heatmap are seen whole. */
function rowsSeen(page: FrameLocator): Promise<number> {
  return page.locator('[role="grid"]').evaluate((twin) => {
    const scroller = twin.closest<HTMLElement>('.semap-grid-scroller');
    const row = Number(twin.querySelector('[tabindex="0"]')?.parentElement?.ariaRowIndex) - 2;
    const { top, height } = (twin as HTMLElement).style;
    const rowHeight = Number.parseFloat(height);
    const labels = Number.parseFloat(top) - row * rowHeight;
    return Math.floor(((scroller?.clientHeight ?? 0) - labels) / rowHeight);
  });
}

/** How many images the results page says are classified. */
async function classified(page: FrameLocator): Promise<number> {
  const text = await page
    .locator('[data-testid="results-progress"]')
    .innerText()
    .catch(() => '');
  return numbers(text, /([\d,]+) (?:of|images)/)[1] ?? 0;
}

/** The groups of a match, as numbers; 1-based like the groups. */
function numbers(text: string, pattern: RegExp): number[] {
  return [...(pattern.exec(text) ?? [])].map((group) => Number(group.replaceAll(/\D/g, '')));
}
