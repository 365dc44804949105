import assert from 'node:assert/strict';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import type { FrameLocator } from 'playwright-core';
import { violationsOf } from './axe.ts';
import { sessionOfSuite } from './session.ts';

const LONG = { timeout: 400_000 };

/** By what VS Code calls their kind in a page. */
const THEMES = {
  'vscode-dark': 'Default Dark Modern',
  'vscode-light': 'Default Light Modern',
  'vscode-high-contrast': 'Default High Contrast',
  'vscode-high-contrast-light': 'Default High Contrast Light',
} as const;

interface ShownPage {
  readonly name: string;
  readonly frame: FrameLocator;
  /** Theme colour of what the page, which is transparent, lies upon: axe sees no further than the page. */
  readonly behind?: string;
  /** Brings into view what is to be looked at. */
  readonly turn?: () => Promise<void>;
}

/** What axe-core finds wrong with pages in each of the themes, a line each. */
async function violations(folder: string, pages: readonly ShownPage[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [kind, theme] of Object.entries(THEMES)) {
    await mkdir(path.join(folder, '.vscode'), { recursive: true });
    const settings = path.join(folder, '.vscode', 'settings.json');
    await writeFile(settings, JSON.stringify({ 'workbench.colorTheme': theme }));
    for (const { name, frame, behind = 'editor', turn } of pages) {
      await frame.locator(`body[data-vscode-theme-kind="${kind}"]`).waitFor();
      await turn?.();
      for (const line of await violationsOf(frame, behind)) found.push(`${name}, ${theme}: ${line}`);
    }
  }
  return found;
}

describe('the pages in every kind of theme, by axe-core', () => {
  const session = sessionOfSuite();

  test('results, alignment, grid editor and comparison have no violations', LONG, async () => {
    const folder = await session().sample();
    const workbench = await session().open(folder);
    await workbench.classify('icons');
    await workbench.classified();

    const results = await workbench.webview('[data-testid="results-tile"]');
    await results.locator('[data-testid="results-tile"] img').nth(5).waitFor();
    await results.locator('[data-testid="results-tile"]').nth(1).click();
    await results.locator('[data-testid="results-cell"]').first().waitFor();
    // Each way of labeling has a form of its own.
    for (const key of ['Enter', 'd', 'x']) await workbench.page.keyboard.press(key);
    await results.locator('[data-testid="results-given"]').nth(2).waitFor();
    await results.locator('[data-testid="results-cell"]').first().waitFor();

    // From the image to the cell that decided it, in the grid that is in view.
    await workbench.runCommand('View: Show SeMap');
    await workbench.webview('[data-testid="alignment-canvas"]');
    await results.locator('[data-testid="results-tile"]').nth(4).press('m');
    const panel = await workbench.webview('[data-testid="alignment-canvas"]');
    await panel.locator('[role="grid"] [role="gridcell"]:focus').waitFor();
    assert.match(
      await panel.locator('[role="grid"] [role="gridcell"]:focus').innerText(),
      /for .*: similarity .*, mapped/,
    );

    const [first] = (await readdir(folder)).filter((file) => file.endsWith('.semap.json'));
    const text = await readFile(path.join(folder, first!), 'utf8');
    const document = JSON.parse(text);
    document.targets[0].sources = document.targets[0].sources.slice(1);
    await writeFile(path.join(folder, 'edited.semap.json'), JSON.stringify(document, null, 2));

    await workbench.runCommand('SeMap: Compare Alignments...');
    await workbench.pick(first!);
    await workbench.pick('edited.semap.json');
    const comparison = await workbench.webview('[data-testid="compare-verdict"]');
    await comparison.locator('[data-testid="compare-cells"] tbody tr').first().waitFor();
    assert.equal(await comparison.locator('[data-testid="compare-cells"] tbody tr').count(), 1);
    assert.match(
      await comparison.locator('[data-testid="compare-verdict"]').innerText(),
      /Both are right on the same images|Of \d+ images/,
    );
    // One above the other, so that a theme is chosen once for all of them, and each is wide.
    await workbench.runCommand('View: Move Editor into Group Below');
    await workbench.webview('[data-testid="compare-verdict"]');
    await workbench.runCommand('SeMap: Open Alignment Grid');
    await workbench.webview('main.alignment.full .target-row');
    await workbench.runCommand('View: Move Editor into Group Below');
    await workbench.webview('main.alignment.full .target-row');

    // A frame is known by its number, and that has changed.
    const shown = {
      results: await workbench.webview('[data-testid="results-tile"]'),
      panel: await workbench.webview('main.alignment:not(.full) [data-testid="alignment-canvas"]'),
      comparison: await workbench.webview('[data-testid="compare-verdict"]'),
      editor: await workbench.webview('main.alignment.full [data-testid="alignment-canvas"]'),
    };
    await shown.editor.locator('[role="grid"] [role="gridcell"]').first().waitFor({ state: 'attached' });
    const tab = (name: string) => async () => {
      await shown.results.locator(`[data-testid="results-tab-${name}"]`).click();
      await shown.results.locator(`#panel-${name}:visible`).waitFor();
    };
    const turned = (button: string, expanded: boolean) => async () => {
      const found = shown.panel.locator(`[data-testid="alignment-${button}"]`);
      if ((await found.getAttribute('aria-expanded')) !== String(expanded)) await found.click();
      await shown.panel.locator(`[data-testid="alignment-${button}"][aria-expanded="${expanded}"]`).waitFor();
    };
    assert.deepEqual(
      await violations(folder, [
        { name: 'results, gallery', frame: shown.results, turn: tab('gallery') },
        { name: 'results, confusion', frame: shown.results, turn: tab('confusion') },
        { name: 'results, threshold', frame: shown.results, turn: tab('threshold') },
        {
          name: 'alignment panel',
          frame: shown.panel,
          behind: 'sideBar',
          turn: turned('more', false),
        },
        { name: 'view options', frame: shown.panel, behind: 'editorWidget', turn: turned('more', true) },
        { name: 'comparison', frame: shown.comparison },
        { name: 'grid editor', frame: shown.editor },
      ]),
      [],
    );
  });

  test('ranking and training have no violations', LONG, async () => {
    const folder = await session().sample();
    const workbench = await session().open(folder);
    await workbench.explorerMenu('icons', 'Rank Backbones');
    await workbench.webview('[data-testid="ranking-record"]');
    await workbench.explorerMenu('icons', 'Train Visual Prompt');
    await workbench.pick('Start Training');
    await workbench.webview('[data-testid="training-page"]');
    await workbench.runCommand('View: Move Editor into Right Group');
    const training = await workbench.webview('[data-testid="training-page"]');
    await training.locator('[data-testid="training-progress"]', { hasText: /epoch [2-9] of 20/ }).waitFor();
    const ranking = await workbench.webview('[data-testid="ranking-page"]');
    assert.deepEqual(
      await violations(folder, [
        { name: 'ranking', frame: ranking },
        { name: 'training', frame: training },
      ]),
      [],
    );
  });

  test('model files, and what is none, have no violations', LONG, async () => {
    const folder = await session().sample();
    await copyFile(path.join('models', 'starter.onnx'), path.join(folder, 'net.onnx'));
    await writeFile(path.join(folder, 'none.onnx'), 'PK\x03\x04');
    const workbench = await session().open(folder);
    await workbench.openFromExplorer('net.onnx');
    await workbench.webview('[data-testid="model-page"] [data-testid="model-check"]');
    await workbench.openFromExplorer('none.onnx');
    await workbench.webview('[data-testid="model-problem"]');
    await workbench.runCommand('View: Move Editor into Right Group');
    assert.deepEqual(
      await violations(folder, [
        { name: 'model', frame: await workbench.webview('[data-testid="model-check"]') },
        { name: 'no model', frame: await workbench.webview('[data-testid="model-problem"]') },
      ]),
      [],
    );
  });
});
