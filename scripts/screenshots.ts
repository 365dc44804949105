import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from './build.ts';
import { makeSampleWorkspace } from './sampleWorkspace.ts';
import { PSEUDO, type ShownTexts, textsIn, writePseudo } from './texts.ts';
import { inSampleWorkspace, THEMES } from './vscode/sampleWindow.ts';
import type { Workbench } from './vscode/workbench.ts';

/*
 * `npm run screenshots` writes the pictures of the README, `media/screenshot-<name>.png`, and those of the walkthrough,
 * `media/walkthrough/<step>-<theme>.png`; names after it say which (`walkthrough-pictures`: all of the walkthrough's).
 * With `-- --language ja` (`qps-ploc` for the pseudo-language) it writes those and some for translators to `out/screenshots/<name>.ja.png`; Japanese and
 * Chinese need a font that has them (Debian: fonts-noto-cjk).
 */

const root = fileURLToPath(new URL('../', import.meta.url));

interface Shot {
  readonly theme: string;
  /** Brings the window to what is to be seen. */
  readonly arrange: (workbench: Workbench, texts: ShownTexts) => Promise<void>;
  /** Only taken in another language. */
  readonly translation?: true;
}

const SHOTS: Readonly<Record<string, Shot>> = {
  dark: { theme: THEMES.dark, arrange: showResults },
  light: { theme: THEMES.light, arrange: showResults },
  contrast: { theme: THEMES.contrast, arrange: showResults },
  training: { theme: THEMES.dark, arrange: showTraining },
  menu: { theme: THEMES.dark, translation: true, arrange: showMenu },
  palette: { theme: THEMES.dark, translation: true, arrange: showPalette },
  settings: { theme: THEMES.dark, translation: true, arrange: showSettings },
  views: { theme: THEMES.dark, translation: true, arrange: showViews },
  walkthrough: { theme: THEMES.dark, translation: true, arrange: showWalkthrough },
};

async function take(name: string, { theme, arrange }: Shot, language: string | undefined): Promise<void> {
  const viewport = { width: 1280, height: 800 };
  await inSampleWorkspace({ theme, language, viewport }, async (workbench) => {
    await arrange(workbench, await textsIn(language));
    const file =
      language === undefined
        ? path.join(root, 'media', `screenshot-${name}.png`)
        : path.join(root, 'out', 'screenshots', `${name}.${language}.png`);
    await mkdir(path.dirname(file), { recursive: true });
    await workbench.page.screenshot({ path: file });
    console.log(path.relative(root, file));
  });
}

/** What VS Code calls the themes in its list. */
const THEME_NAMES: Readonly<Record<keyof typeof THEMES, string>> = {
  dark: 'Dark Modern',
  light: 'Light Modern',
  contrast: 'Dark High Contrast',
  'contrast-light': 'Light High Contrast',
};

/** The pictures of the walkthrough, which VS Code shows half an editor wide: the pages alone, each in all kinds of themes. */
async function takeWalkthrough(): Promise<void> {
  const viewport = { width: 860, height: 600 };
  await inSampleWorkspace({ theme: THEMES.dark, viewport }, async (workbench) => {
    const { page } = workbench;
    const texts = await textsIn(undefined);
    const toggleSideBar = () => workbench.runCommand('View: Toggle Primary Side Bar Visibility');
    const picture = async (step: string, parts: readonly string[]) => {
      for (const [kind, name] of Object.entries(THEME_NAMES)) {
        await workbench.runCommand('Preferences: Color Theme');
        // Of a long list, only the rows in view are there.
        await page.locator('.quick-input-widget input').first().fill(name);
        await workbench.pick(name);
        // No pointer over a cell, and nothing over the page.
        await page.mouse.move(2, 2);
        await workbench.runCommand('Notifications: Clear All Notifications');
        await page.waitForTimeout(2000);
        const boxes = await Promise.all(parts.map((part) => page.locator(part).first().boundingBox()));
        const [x, y] = [Math.min(...boxes.map((box) => box!.x)), Math.min(...boxes.map((box) => box!.y))];
        const right = Math.max(...boxes.map((box) => box!.x + box!.width));
        const bottom = Math.max(...boxes.map((box) => box!.y + box!.height));
        const file = path.join(root, 'media', 'walkthrough', `${step}-${kind}.png`);
        await page.screenshot({ path: file, clip: { x, y, width: right - x, height: bottom - y } });
        console.log(path.relative(root, file));
      }
    };
    await workbench.classify('icons', texts.manifest('command.classify'), texts.pattern('Start Classifying'));
    await workbench.classified();
    const results = await workbench.webview('[data-testid="results-tile"]');
    await toggleSideBar();
    await results.locator('[data-testid="results-tile"] img').nth(5).waitFor();
    await picture('classify', ['.part.editor']);
    await results.locator('[data-testid="results-tab-confusion"]').click();
    await workbench.runCommand('View: Show Explorer');
    await workbench.explorerRow('icons').first().click();
    await workbench.explorerRow('fish').first().waitFor();
    await picture('label', ['.part.sidebar', '.part.editor']);
    await workbench.runCommand(`SeMap: ${texts.manifest('command.openAlignmentEditor')}`);
    const grid = await workbench.webview('main.alignment.full [data-testid="alignment-canvas"]');
    await toggleSideBar();
    await grid.locator('[role="grid"] [role="gridcell"]').first().waitFor({ state: 'attached' });
    await picture('align', ['.part.editor']);
    await workbench.runCommand('View: Show Explorer');
    await workbench.explorerMenu('icons', texts.manifest('command.trainPrompt'));
    const rows = page.locator('.quick-input-list .monaco-list-row');
    await rows
      .filter({ hasText: texts.pattern('about {0}') })
      .first()
      .click();
    const training = await workbench.webview('[data-testid="training-page"]');
    const progress = training.locator('[data-testid="training-progress"]', {
      hasText: /epoch ([6-9]|1\d) of/,
    });
    await progress.waitFor({ timeout: 300_000 });
    await workbench.runCommand('Notifications: Toggle Do Not Disturb Mode');
    await toggleSideBar();
    await picture('train', ['.part.editor']);
  });
}

/** The sample folder classified, its alignment beside it. */
async function showResults(workbench: Workbench, texts: ShownTexts): Promise<void> {
  const { page } = workbench;
  await workbench.classify('icons', texts.manifest('command.classify'), texts.pattern('Start Classifying'));
  await workbench.classified();
  const results = await workbench.webview('[data-testid="results-tile"]');
  await results.locator('[data-testid="results-tile"] img').nth(5).waitFor();
  await workbench.runCommand('Notifications: Clear All Notifications');
  await workbench.runCommand(`SeMap: Focus on ${texts.manifest('view.alignment')} View`);
  await page.locator('.pane-header', { hasText: texts.manifest('view.datasets') }).click();
  await workbench.resizeSideBar(390);
  await results.locator('[data-testid="results-sort"]').evaluate((select: HTMLSelectElement) => {
    select.value = 'least-sure';
    select.dispatchEvent(new Event('change'));
  });
  await results.locator('[data-testid="results-tile"]').nth(1).click();
  const alignment = await workbench.webview('[data-testid="alignment-canvas"]');
  await alignment.locator('[role="grid"] [tabindex="0"]').first().focus();
  for (const key of ['Home', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key);
  // The grid and the thumbnails in view have come to rest by then.
  await page.waitForTimeout(3000);
}

/** A prompt that is being trained on the sample folder. */
async function showTraining(workbench: Workbench, texts: ShownTexts): Promise<void> {
  const { page } = workbench;
  await workbench.explorerMenu('icons', texts.manifest('command.trainPrompt'));
  await page
    .locator('.quick-input-list .monaco-list-row', { hasText: texts.pattern('about {0}') })
    .first()
    .click();
  const training = await workbench.webview('[data-testid="training-page"]');
  await training
    .locator('[data-testid="training-progress"]', { hasText: /1\d\D+20/ })
    .waitFor({ timeout: 300_000 });
  // The progress of the training is said by a notification, too, which lies over the page.
  await workbench.runCommand('Notifications: Toggle Do Not Disturb Mode');
  const runs = texts.manifest('view.runs');
  await workbench.runCommand(`SeMap: Focus on ${runs} View`);
  await page.locator('.pane', { hasText: runs }).locator('.monaco-list-row').first().waitFor();
  await training.locator('[data-testid="training-accuracy"]').focus();
  await page.waitForTimeout(1000);
}

/** The menu of a folder in the Explorer. */
async function showMenu(workbench: Workbench, texts: ShownTexts): Promise<void> {
  const { page } = workbench;
  // Its items are there once the extension is known.
  await workbench.runCommand(`SeMap: Focus on ${texts.manifest('view.backbones')} View`);
  await workbench.runCommand('Explorer: Focus on Folders View');
  await workbench.explorerRow('icons').first().click({ button: 'right' });
  await page.locator('.context-view .monaco-menu', { hasText: texts.manifest('command.classify') }).waitFor();
}

/** SeMap's commands in the palette. */
async function showPalette({ page }: Workbench): Promise<void> {
  await page.keyboard.press('F1');
  await page.locator('.quick-input-widget input').first().fill('>SeMap: ');
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'SeMap: ' }).nth(5).waitFor();
}

/** SeMap's settings. */
async function showSettings(workbench: Workbench, texts: ShownTexts): Promise<void> {
  const { page } = workbench;
  await workbench.runCommand('Preferences: Open Settings (UI)');
  await page.locator('.settings-editor .monaco-editor').first().click();
  await page.keyboard.type('@ext:semap.semap');
  const [first] = texts.manifest('setting.defaultMethod').split('.');
  await page.locator('.setting-item', { hasText: first }).first().waitFor();
}

/** The views of the side bar, and what they say as long as they are empty. */
async function showViews(workbench: Workbench, texts: ShownTexts): Promise<void> {
  for (const view of ['runs', 'backbones', 'datasets']) {
    await workbench.runCommand(`SeMap: Focus on ${texts.manifest(`view.${view}`)} View`);
  }
  await workbench.page.waitForTimeout(3000);
}

/** The walkthrough. */
async function showWalkthrough(workbench: Workbench, texts: ShownTexts): Promise<void> {
  const title = texts.manifest('walkthrough.title');
  await workbench.runCommand('Welcome: Open Walkthrough...');
  await workbench.pick(title);
  await workbench.page.locator('.gettingStartedContainer', { hasText: title }).waitFor();
  await workbench.page.waitForTimeout(2000);
}

const { values, positionals } = parseArgs({
  options: { language: { type: 'string' } },
  allowPositionals: true,
});
await build();
await makeSampleWorkspace();
if (values.language === PSEUDO) await writePseudo();
for (const [name, shot] of Object.entries(SHOTS)) {
  const wanted = positionals.length === 0 ? values.language || !shot.translation : positionals.includes(name);
  if (wanted) await take(name, shot, values.language);
}
const wanted = positionals.length === 0 ? !values.language : positionals.includes('walkthrough-pictures');
if (wanted && values.language === undefined) await takeWalkthrough();
