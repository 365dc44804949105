import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import type { Workbench } from '../../scripts/vscode/workbench.ts';
import { recordOf } from '../unit/host/training/runFixture.ts';
import { LONG, Session, sessionOfSuite } from './session.ts';

const RUN = '2026-01-31T10-00-00-train-icons';

/** Asks for no trust when a folder is opened: it stays restricted until somebody goes to the page of trust. */
const RESTRICTED = {
  'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.banner': 'never',
};

/** The sample workspace with what a hostile repository brings: links to a file of the person's, and its paths. */
async function hostile(
  session: Session,
): Promise<{ folder: string; victim: string; untouched(): Promise<void> }> {
  const folder = await session.sample();
  const outside = `${folder}-outside`;
  const victim = path.join(outside, 'settings.json');
  const run = path.join(folder, '.semap', 'runs', RUN);
  await mkdir(outside);
  await mkdir(run, { recursive: true });
  await writeFile(victim, 'untouched');
  const record = { ...recordOf(run), sample: '/dev/zero' };
  await writeFile(path.join(run, 'run.json'), JSON.stringify(record));
  // Where earlier versions wrote, and where a link leads to a file that does not exist yet.
  await symlink(victim, path.join(run, '.run.json'));
  await symlink(victim, path.join(folder, '.semap', 'unfinished-training.json'));
  await symlink(path.join(outside, 'new.json'), path.join(folder, 'icons.semap.json'));
  return {
    folder,
    victim,
    untouched: async () => {
      assert.equal(await readFile(victim, 'utf8'), 'untouched');
      assert.deepEqual(await readdir(outside), ['settings.json']);
    },
  };
}

async function runMenu({ page }: Workbench, row: Locator, item: string): Promise<void> {
  await row.click({ button: 'right' });
  const entry = page.locator('.context-view .monaco-menu .action-item', { hasText: item }).first();
  await entry.waitFor();
  // A menu that has just opened ignores the mouse for a moment.
  await page.waitForTimeout(150);
  await entry.click();
}

describe('a workspace that nobody trusts', () => {
  const session = sessionOfSuite(() => Session.start(RESTRICTED, true));

  test('is not written to, and says what trust is needed for', LONG, async () => {
    const { folder, untouched } = await hostile(session());
    const workbench = await session().open(folder);
    await workbench.statusBarItem('Restricted Mode').waitFor();
    const record = () => readFile(path.join(folder, '.semap', 'runs', RUN, 'run.json'), 'utf8');
    const before = await record();

    await workbench.runCommand('SeMap: Focus on Runs View');
    // What is off is said where it matters, before anybody tries.
    const panel = await workbench.webview('[role="note"]');
    await panel.getByText('Restricted Mode: SeMap does not train or write in this workspace').waitFor();
    const pane = workbench.page.locator('.pane', { hasText: 'Runs' });
    await pane.getByText('Restricted Mode: nothing is trained').waitFor();
    const row = workbench.page
      .locator('.pane', { hasText: 'Runs' })
      .locator('.monaco-list-row', { hasText: 'icons,' });
    for (const [item, needed] of [
      ['Rename', 'Trust the workspace to rename and delete its runs.'],
      ['Delete', 'Trust the workspace to rename and delete its runs.'],
      ['Train Again With These Settings', 'Trust the workspace to train with the settings of its runs.'],
    ] as const) {
      await runMenu(workbench, row, item);
      await told(workbench, needed);
    }
    await workbench.runCommand('View: Show Explorer');
    await workbench.explorerMenu('icons', 'Train Visual Prompt');
    const notification = await told(workbench, 'Trust the workspace to save runs', false);
    await notification.getByText('Manage Workspace Trust').click();
    await workbench.page.locator('.workspace-trust-editor').waitFor();

    await workbench.runCommand('SeMap: Set Active Backbone');
    const rows = workbench.page.locator('.quick-input-list .monaco-list-row');
    await rows.filter({ hasText: 'models of this workspace are not offered' }).waitFor();
    await workbench.page.keyboard.press('Escape');

    assert.equal(await record(), before);
    assert.deepEqual(await readdir(path.join(folder, '.semap', 'runs', RUN)), ['.run.json', 'run.json']);
    assert.deepEqual(await readdir(path.join(folder, '.semap', 'runs')), [RUN]);
    await untouched();
  });

  test('says so in pages and empty views, until it is trusted by the link in them', LONG, async () => {
    const workbench = await session().open(await session().sample());
    const { page } = workbench;
    await workbench.runCommand('SeMap: Focus on Runs View');
    const runs = page.locator('.pane', { hasText: 'Runs' });
    await runs.getByText('In Restricted Mode, SeMap does not train').waitFor();
    const panel = await workbench.webview('[role="note"] a');
    await panel.getByText('Manage Workspace Trust').click();
    const editor = page.locator('.workspace-trust-editor');
    await editor.getByText('Trust', { exact: true }).first().click();
    await page.keyboard.press('Escape');
    await runs.getByText('Train a visual prompt').waitFor();
    const trusted = await workbench.webview('main.alignment, [data-testid="alignment-empty"], main');
    await trusted.locator('[role="note"]').waitFor({ state: 'detached' });
  });
});

describe('a workspace with links in the place of what SeMap writes', () => {
  const session = sessionOfSuite();

  test('is written to and never where they lead, when it is trusted', LONG, async () => {
    const { folder, untouched } = await hostile(session());
    const workbench = await session().open(folder);
    await workbench.runCommand('SeMap: Focus on Runs View');
    const rows = workbench.page.locator('.pane', { hasText: 'Runs' }).locator('.monaco-list-row');
    await runMenu(workbench, rows.filter({ hasText: 'icons,' }), 'Rename');
    await workbench.answer('SeMap: Rename Run', 'renamed');
    await rows.filter({ hasText: 'renamed' }).waitFor();
    await untouched();

    await workbench.runCommand('View: Show Explorer');
    await workbench.explorerMenu('icons', 'Train Visual Prompt');
    const begin = workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Start Training' });
    await begin.filter({ hasText: /about .*(s|min)/ }).click();
    const page = await workbench.webview('[data-testid="training-page"]');
    await page.locator('[data-testid="training-page"] .curves:not([data-points="0"])').waitFor();
    await page.locator('[data-testid="training-stop"]').click();
    await page.locator('[data-testid="training-page"][data-phase="stopped"]').waitFor();
    await untouched();
  });
});

/** Waits for the error that says what trust is needed for; closes it unless it is to be used. */
async function told(workbench: Workbench, text: string, close = true): Promise<Locator> {
  const notification = workbench.notification(`This workspace is not trusted. ${text}`);
  await notification.waitFor();
  if (close) {
    await workbench.runCommand('Notifications: Clear All Notifications');
    await notification.waitFor({ state: 'detached' });
  }
  return notification;
}
