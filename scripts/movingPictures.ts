import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from './build.ts';
import { makeSampleWorkspace } from './sampleWorkspace.ts';
import { Recorder } from './vscode/recorder.ts';
import { inSampleWorkspace, THEMES } from './vscode/sampleWindow.ts';
import type { Workbench } from './vscode/workbench.ts';

/*
 * `npm run moving-pictures` writes those of the README, `media/<name>.webp`, each of them below 2 MB; names after it say
 * which.
 */

const root = fileURLToPath(new URL('../', import.meta.url));
const MOST_BYTES = 2_000_000;

/** Labels that are given by keys. */
const LABELS = 40;

const SETTLED = '[data-testid="results-settle"][aria-checked="true"]';

type Film = (workbench: Workbench, film: Recorder) => Promise<void>;

const FILMS: Readonly<Record<string, Film>> = {
  align,
  label,
  find,
};

async function align(workbench: Workbench, film: Recorder): Promise<void> {
  const { page } = workbench;
  await begin(workbench);
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
  const results = await workbench.webview('[data-testid="results-page"]');
  await workbench.runCommand('View: Toggle Primary Side Bar Visibility');
  const header = results.locator('[data-testid="results-page"] header').first();
  await film.watch(workbench.classified(), () => header.innerText({ timeout: 500 }), 220);
  await results.locator('[data-testid="results-tile"] img').nth(5).waitFor();
  await workbench.runCommand('Notifications: Clear All Notifications');
  await film.show(2200);
  await results.locator(SETTLED).waitFor();
  await page.waitForTimeout(1000);
  film.say('Settled: the images of the folder are compared with each other.');
  await film.show(2600);
  await workbench.runCommand('SeMap: Open Alignment Grid');
  const grid = await workbench.webview('main.alignment.full [data-testid="alignment-canvas"]');
  await grid.locator('[role="grid"] [tabindex="0"]').first().waitFor({ state: 'attached' });
  await page.waitForTimeout(1500);
  film.say('Why: which source labels stand for which of yours, and how near they are in meaning.');
  await film.show(2000);
  const targets = grid.locator('[data-testid="alignment-targets"]');
  for (const name of ['dog', 'insect', 'vehicle']) {
    await film.click(targets.getByText(name, { exact: true }));
    await page.waitForTimeout(1200);
    await film.show(2200);
  }
}

async function label(workbench: Workbench, film: Recorder): Promise<void> {
  const { page } = workbench;
  await workbench.classify('icons');
  await workbench.classified();
  const results = await workbench.webview('[data-testid="results-tile"]');
  const by = (testId: string) => results.locator(`[data-testid="${testId}"]`);
  await workbench.runCommand('View: Toggle Primary Side Bar Visibility');
  await results.locator(SETTLED).waitFor();
  await by('results-tile').locator('img').nth(5).waitFor();
  await workbench.runCommand('Notifications: Clear All Notifications');
  const accuracy = async () => (await by('results-accuracy').innerText()).trim();
  console.log(`label: at first ${await accuracy()}`);
  film.say('A classified folder. Its class folders say what is right, so the accuracy can be watched.');
  await film.show(2800);
  await film.click(by('results-propose'));
  await results.locator('.tile.current .codicon-question').waitFor();
  film.say('SeMap proposes the images whose labels teach most.');
  await film.show(2200);
  for (let given = 1; given <= LABELS; given++) {
    const name = await by('results-name').first().innerText();
    const truth = /(\w+)\/[^/]+$/.exec(name)?.[1];
    if (truth === undefined) throw new Error(`${name} is in no class folder.`);
    const key = await results.locator(`button[data-label="${truth}"] kbd`).innerText();
    const slowly = given <= 4;
    film.say(`${key}: ${truth}    (${given} of ${LABELS})`);
    await film.show(slowly ? 900 : 240);
    await page.keyboard.press(key.toLowerCase());
    await by('results-given-counts')
      .filter({ hasText: `labeled ${given} ` })
      .waitFor();
    await page.waitForTimeout(slowly ? 1500 : 600);
    await film.show(slowly ? 600 : 160);
  }
  await comesToRest(() => by('results-settle-words').textContent());
  console.log(`label: at last ${await accuracy()}`);
  film.say(`${LABELS} keys later. Images that were learned from do not count for the accuracy.`);
  await film.show(3500);
}

/** Waits until the window and the extension are there, and shows the Explorer. */
async function begin(workbench: Workbench): Promise<void> {
  await workbench.runCommand('SeMap: Focus on Backbones View');
  await workbench.page.locator('.pane', { hasText: 'Backbones' }).getByText('starter').first().waitFor();
  await workbench.runCommand('Explorer: Focus on Folders View');
  await workbench.resizeSideBar(210);
  await workbench.page.waitForTimeout(1000);
}

/** Waits until what is told stays the same for some seconds. */
async function comesToRest(told: () => Promise<string | null>): Promise<void> {
  let last = await told();
  for (let same = 0; same < 8; same++) {
    await sleep(500);
    const now = await told();
    if (now !== last) same = 0;
    last = now;
  }
  console.log(last);
}

async function find(workbench: Workbench, film: Recorder): Promise<void> {
  const { page } = workbench;
  await begin(workbench);
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
  const points = search.locator('[data-testid="find-points"]');
  const ended = search.locator('[data-testid="find-keep-best"]').waitFor({ timeout: 400_000 });
  await film.watch(ended, () => points.innerText({ timeout: 500 }), 500);
  await workbench.runCommand('Notifications: Clear All Notifications');
  film.say('The answer in words, from images that no choice was made on.');
  await film.show(3500);
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
for (const [name, play] of Object.entries(FILMS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const viewport = { width: 1000, height: 620 };
  await inSampleWorkspace({ theme: THEMES.dark, viewport }, async (workbench) => {
    const film = new Recorder(workbench.page);
    await play(workbench, film);
    const picture = await film.encode();
    const file = path.join(root, 'media', `${name}.webp`);
    await writeFile(file, picture);
    console.log(`${path.relative(root, file)}: ${(picture.length / 1e6).toFixed(2)} MB`);
    if (picture.length > MOST_BYTES) throw new Error(`${name}.webp is over 2 MB.`);
  });
}
