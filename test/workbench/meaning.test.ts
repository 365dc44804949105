import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAlignment } from '../../src/core/alignments/alignmentText.ts';
import { starterAlignment } from '../unit/alignments.ts';
import { LONG, sessionOfSuite } from './session.ts';

const made = starterAlignment('crane', 'dog');
const CRANES = { ...made, targets: made.targets.map((target) => ({ ...target, expected: 'none' })) };

describe('what labels mean, in VS Code', () => {
  const session = sessionOfSuite();

  test(
    'a person sees and changes a sense, adds a hint, excludes a source, and takes it back',
    LONG,
    async () => {
      const folder = await session().files({ 'cranes.semap.json': { text: JSON.stringify(CRANES) } });
      const document = async () =>
        parseAlignment(await readFile(path.join(folder, 'cranes.semap.json'), 'utf8'));
      const workbench = await session().open(folder);
      await workbench.explorerMenu('cranes.semap.json', 'Open Alignment');
      const page = await workbench.webview('[data-testid="alignment-canvas"]');
      const warnings = page.locator('[data-testid="alignment-warnings"]');
      await warnings.getByText('2 labels are never predicted').waitFor();

      const list = warnings.getByRole('button', { name: 'never predicted' });
      if ((await list.getAttribute('aria-expanded')) === 'false') await list.click();
      await warnings.getByRole('button', { name: 'crane' }).click();
      await page.locator('[data-testid="alignment-sense"]').click();
      await workbench.pick('wading bird');
      await eventually('the sense is pinned', async () => (await document()).targets[0]?.pinned === true);
      const { sense, sources } = (await document()).targets[0];
      assert.equal(sense, 'crane%1:05:00::');
      // ImageNet has two cranes: what is excluded by its name is another bird.
      const other = sources.find(({ label }) => label !== 'crane');
      assert.ok(other);

      await page.locator('[data-testid="alignment-details"]').getByText('(pinned)').waitFor();
      await page.locator('[data-testid="alignment-hint"]').click();
      await page.locator('[data-testid="alignment-hint-field"]').fill('tall grey bird');
      await page.locator('[data-testid="alignment-hint-trial"]').getByText('Its sense is pinned').waitFor();
      await page.locator('[data-testid="alignment-hint-keep"]').click();
      await eventually(
        'the hint is written',
        async () => (await document()).targets[0]?.hint === 'tall grey bird',
      );
      assert.equal((await document()).targets[0]?.sense, sense, 'the pinned sense stays');

      await workbench.editorMenu('Exclude Source Label...');
      await workbench.pick(other.label);
      await eventually('it is excluded', async () => (await document()).excluded?.length === 1);
      assert.ok((await document()).targets[0].sources.every(({ index }) => index !== other.index));
      await warnings.getByText('1 source label is excluded').waitFor();

      await page.locator('[role="grid"] [tabindex="0"]').first().focus();
      await workbench.page.keyboard.press('ControlOrMeta+z');
      await workbench.page.keyboard.press('ControlOrMeta+s');
      await eventually('undo takes one edit back', async () => (await document()).excluded === undefined);
      assert.equal((await document()).targets[0]?.hint, 'tall grey bird');
    },
  );
});

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds().catch(() => false)) return;
    await sleep(150);
  }
  assert.fail(what);
}
