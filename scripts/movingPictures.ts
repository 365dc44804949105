import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from './build.ts';
import { makeSampleWorkspace, sampleImages } from './sampleWorkspace.ts';
import { Recorder } from './vscode/recorder.ts';
import { inSampleWorkspace, THEMES } from './vscode/sampleWindow.ts';
import type { Workbench } from './vscode/workbench.ts';

/*
 * `npm run moving-pictures` writes those of the README, `media/<name>.webp`, each of them below 2 MB; names after it say
 * which.
 */

const root = fileURLToPath(new URL('../', import.meta.url));
const MOST_BYTES = 2_000_000;

interface Film {
  /** Changes the copy of the sample workspace before it is opened. */
  readonly prepare?: (folder: string) => Promise<void>;
  readonly play: (workbench: Workbench, film: Recorder) => Promise<void>;
}

/** Which image of `inbox` is of which class: what a person who labels them would see. */
const truths = new Map<string, string>();

const FILMS: Readonly<Record<string, Film>> = {
  align: { play: align },
  label: { prepare: fillInbox, play: label },
  find: { play: find },
};

async function align(workbench: Workbench, film: Recorder): Promise<void> {
  const { page } = workbench;
  await workbench.runCommand('SeMap: Focus on Backbones View');
  await workbench.runCommand('Explorer: Focus on Folders View');
  await workbench.resizeSideBar(210);
  film.say('A folder of images, one folder per label. None of these labels is one of the backbone.');
  const folder = workbench.explorerRow('icons').first();
  await folder.click();
  await film.show(1800);
  await film.click(folder, 'right');
  const item = page.locator('.context-view .monaco-menu .action-item', { hasText: 'Zero-Shot Classify' });
  await item.first().waitFor();
  await film.show(700);
  await film.click(item.first());
  const start = page.locator('.quick-input-list .monaco-list-row', { hasText: 'Start Classifying' });
  await start.waitFor();
  film.say('SeMap aligns the labels by meaning, says what it will do, and begins.');
  await film.show(1800);
  await film.click(start);
  film.say('Predictions and accuracy as they come. No training, nothing uploaded.');
  await film.watch(workbench.classified(), 220, 24);
  const results = await workbench.webview('[data-testid="results-tile"]');
  await results.locator('[data-testid="results-tile"] img').nth(5).waitFor();
  await workbench.runCommand('Notifications: Clear All Notifications');
  await film.show(2200);
  await workbench.runCommand('SeMap: Open Alignment Grid');
  const grid = await workbench.webview('main.alignment.full [data-testid="alignment-canvas"]');
  const cells = grid.locator('[role="grid"] [tabindex="0"]').first();
  await cells.waitFor({ state: 'attached' });
  await workbench.runCommand('View: Toggle Primary Side Bar Visibility');
  await page.waitForTimeout(1500);
  film.say('Why: which source labels stand for which of yours, and how near they are in meaning.');
  await film.show(2200);
  await cells.focus();
  await page.keyboard.press('Home');
  for (const [keys, ms] of [
    [['ArrowDown', 'ArrowRight'], 1400],
    [['ArrowRight', 'ArrowDown', 'ArrowDown'], 1400],
    [['ArrowRight', 'ArrowDown'], 1800],
  ] as const) {
    for (const key of keys) {
      await page.keyboard.press(key);
      await page.waitForTimeout(250);
      await film.show(160);
    }
    await page.waitForTimeout(700);
    await film.show(ms);
  }
}

/** A folder of images without labels, and an alignment for it. */
async function fillInbox(folder: string): Promise<void> {
  const inbox = path.join(folder, 'inbox');
  await mkdir(inbox);
  const classes = (await readdir(sampleImages, { withFileTypes: true })).filter((one) => one.isDirectory());
  const lists = await Promise.all(classes.map(({ name }) => readdir(path.join(sampleImages, name))));
  let number = 0;
  for (let at = 0; at < Math.max(...lists.map(({ length }) => length)); at++) {
    for (const [i, list] of lists.entries()) {
      const from = list.toSorted()[at];
      if (from === undefined) continue;
      const name = `photo-${String(++number).padStart(3, '0')}.png`;
      truths.set(name, classes[i].name);
      await copyFile(path.join(sampleImages, classes[i].name, from), path.join(inbox, name));
    }
  }
  await rm(path.join(folder, 'icons'), { recursive: true });
  const cli = path.join(root, 'dist', 'cli.mjs');
  const document = path.join(folder, 'inbox.semap.json');
  const labels = classes.map(({ name }) => name).join(',');
  await promisify(execFile)(process.execPath, [cli, 'align', '--labels', labels, '--out', document]);
  const written = JSON.parse(await readFile(document, 'utf8'));
  await writeFile(document, `${JSON.stringify({ ...written, folders: ['inbox'] }, null, 2)}\n`);
}

async function label(workbench: Workbench, film: Recorder): Promise<void> {
  const { page } = workbench;
  await workbench.classify('inbox');
  await workbench.classified();
  const results = await workbench.webview('[data-testid="results-tile"]');
  const by = (testId: string) => results.locator(`[data-testid="${testId}"]`);
  await workbench.runCommand('View: Toggle Primary Side Bar Visibility');
  await by('results-settle').and(results.locator('[aria-checked="true"]')).waitFor();
  await by('results-tile').locator('img').nth(8).waitFor();
  await workbench.runCommand('Notifications: Clear All Notifications');
  const expected = async () =>
    (
      await by('results-expected')
        .innerText()
        .catch(() => '')
    ).trim();
  console.log(`label: at first: ${await expected()}`);
  film.say('360 images without labels, classified. SeMap says the accuracy to expect.');
  await film.show(2800);
  await film.click(by('results-propose'));
  await results.locator('.tile.current .codicon-question').waitFor();
  film.say('It proposes the images whose labels teach most.');
  await film.show(2200);
  for (let given = 0; given < 30; given++) {
    const name = (await by('results-name').first().innerText()).match(/photo-\d+\.png/)?.[0];
    const truth = name === undefined ? undefined : truths.get(name);
    if (truth === undefined) throw new Error('No image is selected whose class is known.');
    const key = await results.locator(`button[data-label="${truth}"] kbd`).innerText();
    film.say(`${key} gives the label ${truth}.`);
    await film.show(given < 4 ? 900 : 260);
    await page.keyboard.press(key.toLowerCase());
    await page.waitForTimeout(given < 4 ? 1500 : 700);
    await film.show(given < 4 ? 700 : 200);
  }
  await page.waitForTimeout(4000);
  console.log(`label: at last: ${await expected()}`);
  film.say('Thirty keys later: the rest has settled around them, and more of it is right.');
  await film.show(3500);
}

async function find(workbench: Workbench, film: Recorder): Promise<void> {
  const { page } = workbench;
  await workbench.resizeSideBar(210);
  film.say('Find Best Reuse: what is the best that a frozen backbone can do here, and at what cost?');
  const folder = workbench.explorerRow('icons').first();
  await film.show(1500);
  await workbench.explorerMenu('icons', 'Find Best Reuse');
  await folder.waitFor();
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Start Search' }).waitFor();
  await film.show(2200);
  await workbench.pick('Visual Prompts');
  await workbench.pick('Start Search');
  await workbench.webview('[data-testid="find-page"]');
  await workbench.runCommand('View: Toggle Primary Side Bar Visibility');
  const search = await workbench.webview('[data-testid="find-page"]');
  film.say(
    'It tries mappings, heads and few labels. Each point is one way; the line joins those worth their cost.',
  );
  await film.watch(search.locator('[data-testid="find-keep-best"]').waitFor({ timeout: 400_000 }), 260, 40);
  await workbench.runCommand('Notifications: Clear All Notifications');
  film.say('The answer in words, from images that no choice was made on.');
  await film.show(3500);
  const points = search.locator('[data-testid="find-points"]');
  await points.focus();
  await page.keyboard.press('Home');
  for (let step = 0; step < 4; step++) {
    await page.waitForTimeout(500);
    await film.show(900);
    await page.keyboard.press('ArrowDown');
  }
  await film.click(search.locator('[data-testid="find-keep-best"]'));
  await page.locator('.tab', { hasText: '.semap.json' }).waitFor();
  await page.waitForTimeout(3000);
  film.say('One click keeps it as a document: a classifier for the next folder.');
  await film.show(3000);
}

await build();
await makeSampleWorkspace();
const wanted = process.argv.slice(2);
for (const [name, { prepare, play }] of Object.entries(FILMS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const viewport = { width: 1000, height: 620 };
  await inSampleWorkspace(
    { theme: THEMES.dark, viewport, ...(prepare && { prepare }) },
    async (workbench) => {
      const film = new Recorder(workbench.page);
      await play(workbench, film);
      const picture = await film.encode();
      const file = path.join(root, 'media', `${name}.webp`);
      await writeFile(file, picture);
      console.log(`${path.relative(root, file)}: ${(picture.length / 1e6).toFixed(2)} MB`);
      if (picture.length > MOST_BYTES) throw new Error(`${name}.webp is over 2 MB.`);
    },
  );
}
