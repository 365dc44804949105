import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { say } from '../../../../src/core/text/text.ts';
import { type AwayFolder, FolderReach } from '../../../../src/engine/folders/folderReach.ts';
import { scratchOfTests } from '../engineHarness.ts';

const files = scratchOfTests();
const never = new AbortController().signal;

/** Whether it was away, and what was told. */
function reachOf(folder: string, options: { readonly patience?: number } = {}, onAway = () => {}) {
  const told: (string | undefined)[] = [];
  const reach = new FolderReach([folder], {
    look: 5,
    ...options,
    onAway: (away: AwayFolder | undefined) => {
      told.push(away && say(away.why));
      if (away) onAway();
    },
  });
  return { reach, told };
}

describe('A folder that is being read', () => {
  test('is there: nobody waits, and nothing is told', async () => {
    const { reach, told } = reachOf(files.folder);
    await reach.note();
    assert.equal(await reach.isBack(never), false);
    assert.deepEqual(told, []);
  });

  test('is waited for by all who miss something, told once and again when it is back', async () => {
    const folder = files.path('share');
    mkdirSync(folder);
    const back = () => setTimeout(() => renameSync(files.path('away'), folder), 20);
    const { reach, told } = reachOf(folder, {}, back);
    await reach.note();
    renameSync(folder, files.path('away'));
    const all = await Promise.all([reach.isBack(never), reach.isBack(never), reach.isBack(never)]);
    assert.deepEqual(all, [true, true, true]);
    assert.deepEqual(told, ['it is not there', undefined]);
  });

  test('is given up when it stays away for long', async () => {
    const { reach } = reachOf(files.path('none'), { patience: 20 });
    await assert.rejects(reach.isBack(never), {
      reason: 'not-found',
      message: /Cannot reach .*none: it is not there/,
    });
  });

  test('is no longer waited for when the run is canceled', async () => {
    const cancel = new AbortController();
    const { reach } = reachOf(files.path('none'), {}, () => cancel.abort());
    await assert.rejects(reach.isBack(cancel.signal), { name: 'AbortError' });
  });

  test('is a file by now: that is no folder of images either', async () => {
    const folder = files.path('share');
    mkdirSync(folder);
    const { reach, told } = reachOf(folder, { patience: 20 });
    await reach.note();
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    await assert.rejects(reach.isBack(never), { reason: 'not-found' });
    assert.deepEqual(told, ['a part of its path is a file']);
  });
});
