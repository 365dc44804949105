import assert from 'node:assert/strict';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { testFolder } from '../folders.ts';
import { fakeEngine, finishedRun, noLabels } from '../host/results/fakeRun.ts';
import { stage } from '../host/withFakeVscode.ts';

const { KeptResult } = await import('../../../src/host/results/keptResult.ts');
const { Settlings } = await import('../../../src/host/results/settlings.ts');
const { openClassification } = await import('../../../src/web/recordedRuns.ts');
const { BrowserRuns } = await import('../../../src/web/browserRuns.ts');

describe('Runs that a browser shows', () => {
  const scratch = testFolder();
  const settlings = () => new Settlings(fakeEngine({}), noLabels);

  /** A workspace with a run, as it was downloaded by somebody else. @returns the folder of the run there */
  async function elsewhere(name: string): Promise<{ root: string; folder: string }> {
    const [before, root] = [join(scratch, `${name} before`), join(scratch, name)];
    await mkdir(before, { recursive: true });
    const run = await finishedRun();
    const kept = await KeptResult.begin(run, { root: before, workspace: before });
    await kept.finish(run);
    await rename(before, root);
    return { root, folder: kept.folder.replace(before, root) };
  }

  it('are found in the folders that are open, and are as they were', async () => {
    const { root, folder } = await elsewhere('pets');
    stage.folders = [root];
    await mkdir(join(root, '.semap/runs/broken'));
    await writeFile(join(root, '.semap/runs/broken/run.json'), '{');
    const runs = await new BrowserRuns().list();
    assert.deepEqual(
      runs.map((run) => [run.kind, run.folder]),
      [
        ['damaged', join(root, '.semap/runs/broken')],
        ['classification', folder],
      ],
    );
    const opened = await openClassification(folder, settlings());
    const run = await finishedRun();
    assert.equal(opened.state, 'done');
    assert.equal(opened.sourceLabel(3), 'tabby');
    assert.deepEqual([opened.correct, opened.judged], [run.correct, run.judged]);
    assert.deepEqual(opened.predictions.slice(0, 9), run.predictions.slice(0, 9));
    assert.equal(opened.keptIn, folder);
  });

  it('say what is missing in them', async () => {
    const { folder } = await elsewhere('half');
    await rm(join(folder, 'predictions.jsonl.gz'));
    await assert.rejects(openClassification(folder, settlings()), {
      reason: 'not-found',
      message: 'predictions.jsonl.gz is missing in this run.',
    });
    await writeFile(join(folder, 'predictions.jsonl.gz'), 'no archive');
    await assert.rejects(openClassification(folder, settlings()), { reason: 'invalid-document' });
  });
});
