import assert from 'node:assert/strict';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { testFolder } from '../../folders.ts';
import { restoresFake, stage } from '../withFakeVscode.ts';

const vscode = await import('vscode');
const { openSample } = await import('../../../../src/host/datasets/openSample.ts');

describe('Open Sample', () => {
  restoresFake();
  const folder = testFolder();
  const open = () => openSample(vscode.Uri.file('/extension'));
  const copied: string[][] = [];
  let fails: string | undefined;
  Object.assign(vscode.workspace, {
    fs: {
      copy: async (from: { path: string }, to: { path: string; fsPath: string }) => {
        copied.push([from.path, to.path]);
        if (fails === undefined) return;
        await mkdir(to.fsPath, { recursive: true });
        throw new Error(fails);
      },
      delete: async ({ fsPath }: { fsPath: string }) => rm(fsPath, { recursive: true }),
    },
  });

  beforeEach(() => {
    stage.executed = [];
  });

  afterEach(() => {
    stage.picked = undefined;
    stage.folders = [];
    copied.length = 0;
    fails = undefined;
  });

  it('leaves nothing of a copy that failed, says why, and opens nothing', async () => {
    const full = join(folder, 'full');
    await mkdir(full);
    stage.picked = [full];
    fails = 'ENOSPC: no space left on device';
    await assert.rejects(open(), {
      reason: 'not-writable',
      message: /full.semap-sample: ENOSPC/,
      hint: /another/,
    });
    assert.deepEqual([await readdir(full), stage.executed], [[], []]);
  });

  it('copies the sample to where the person likes, under a name that is free, and opens the copy', async () => {
    await mkdir(join(folder, 'semap-sample'));
    stage.picked = [folder];
    await open();
    const target = join(folder, 'semap-sample-2');
    assert.deepEqual(copied, [['/extension/sample-workspace', target]]);
    assert.deepEqual(stage.executed, [
      ['vscode.openFolder', vscode.Uri.file(target), { forceNewWindow: false }],
    ]);
  });

  it('leaves what is open alone', async () => {
    stage.picked = [folder];
    stage.folders = ['/work'];
    await open();
    assert.deepEqual(stage.executed[0][2], { forceNewWindow: true });
  });

  it('does not look for a free name for ever where none can be had', async () => {
    stage.picked = [join(folder, 'x'.repeat(300))];
    await open();
    assert.equal(copied.length, 1);
  });

  it('does nothing when the person changes their mind', async () => {
    await open();
    assert.deepEqual([copied, stage.executed], [[], []]);
  });
});
