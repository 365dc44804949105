import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { build } from './build.ts';
import { makeSampleWorkspace, sampleWorkspace } from './sampleWorkspace.ts';
import { launchBrowser } from './vscode/browser.ts';
import { installVsCodeServer } from './vscode/install.ts';
import { VsCodeServer } from './vscode/server.ts';
import { Workbench } from './vscode/workbench.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

const THEMES = {
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  contrast: 'Default High Contrast',
} as const;

/** Writes `media/screenshot-<theme>.png`: the sample folder classified, its alignment beside it. */
async function takeScreenshot(name: string, theme: string): Promise<void> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'semap-screenshot-'));
  const folder = path.join(scratch, 'sample-workspace');
  await cp(sampleWorkspace, folder, { recursive: true });
  const server = await VsCodeServer.start({
    install: await installVsCodeServer(),
    sources: [root],
    settings: {
      'workbench.colorTheme': theme,
      'window.commandCenter': false,
      'window.title': 'sample-workspace',
    },
  });
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      deviceScaleFactor: 1,
    });
    const workbench = await Workbench.open({ server, context, folder });
    await workbench.explorerMenu('icons', 'Zero-Shot Classify');
    await workbench.notification(/images are classified/).waitFor({ timeout: 120_000 });
    const results = await workbench.webview('[data-testid="results-tile"]');
    await results.locator('[data-testid="results-tile"] img').nth(5).waitFor();
    await workbench.runCommand('Notifications: Clear All Notifications');
    await workbench.page.locator('.pane-header', { hasText: 'Datasets' }).click();
    await widenSideBar(workbench.page, 90);
    await results.locator('[data-testid="results-sort"]').evaluate((select: HTMLSelectElement) => {
      select.value = 'least-sure';
      select.dispatchEvent(new Event('change'));
    });
    await results.locator('[data-testid="results-tile"]').nth(1).click();
    const alignment = await workbench.webview('[data-testid="alignment-canvas"]');
    await alignment.locator('[role="grid"] [tabindex="0"]').first().focus();
    for (const key of ['Home', 'ArrowDown', 'ArrowRight']) await workbench.page.keyboard.press(key);
    // The grid and the thumbnails in view have come to rest by then.
    await workbench.page.waitForTimeout(3000);
    const file = path.join(root, 'media', `screenshot-${name}.png`);
    await mkdir(path.dirname(file), { recursive: true });
    await workbench.page.screenshot({ path: file });
    console.log(path.relative(root, file));
  } finally {
    await browser.close();
    await server.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Writes `media/screenshot-training.png`: a prompt that is being trained on the sample folder. */
async function takeTrainingScreenshot(): Promise<void> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'semap-screenshot-'));
  const folder = path.join(scratch, 'sample-workspace');
  await cp(sampleWorkspace, folder, { recursive: true });
  const server = await VsCodeServer.start({
    install: await installVsCodeServer(),
    sources: [root],
    settings: {
      'workbench.colorTheme': THEMES.dark,
      'window.commandCenter': false,
      'window.title': 'sample-workspace',
    },
  });
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      deviceScaleFactor: 1,
    });
    const workbench = await Workbench.open({ server, context, folder });
    await workbench.explorerMenu('icons', 'Train Visual Prompt');
    const start = workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: /about/ });
    await start.click();
    const page = await workbench.webview('[data-testid="training-page"]');
    await page
      .locator('[data-testid="training-progress"]', { hasText: /epoch 1\d of 20/ })
      .waitFor({ timeout: 300_000 });
    // The progress of the training is said by a notification, too, which lies over the page.
    await workbench.runCommand('Notifications: Toggle Do Not Disturb Mode');
    await workbench.runCommand('SeMap: Focus on Runs View');
    await workbench.page.locator('.pane', { hasText: 'Runs' }).locator('.monaco-list-row').first().waitFor();
    await page.locator('[data-testid="training-accuracy"]').focus();
    await workbench.page.waitForTimeout(1000);
    const file = path.join(root, 'media', 'screenshot-training.png');
    await workbench.page.screenshot({ path: file });
    console.log(path.relative(root, file));
  } finally {
    await browser.close();
    await server.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Drags the edge between the side bar and the editor. */
async function widenSideBar(page: Page, pixels: number): Promise<void> {
  const edge = await page.locator('.part.sidebar').boundingBox();
  if (!edge) return;
  const [x, y] = [edge.x + edge.width, edge.y + edge.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + pixels, y, { steps: 5 });
  await page.mouse.up();
}

await build();
await makeSampleWorkspace();
// All of them, or those that are named.
const wanted = process.argv.slice(2);
const isWanted = (name: string): boolean => wanted.length === 0 || wanted.includes(name);
for (const [name, theme] of Object.entries(THEMES)) if (isWanted(name)) await takeScreenshot(name, theme);
if (isWanted('training')) await takeTrainingScreenshot();
