import assert from 'node:assert/strict';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { verbatim } from '../../../src/core/text/text.ts';
import { findRecordOf } from '../core/find/findFixture.ts';
import { testFolder } from '../folders.ts';
import { fakeEngine, finishedRun, noLabels } from '../host/results/fakeRun.ts';
import { recordOf, writeRun } from '../host/training/runFixture.ts';
import { stage } from '../host/withFakeVscode.ts';

const { KeptResult } = await import('../../../src/host/results/keptResult.ts');
const { Settlings } = await import('../../../src/host/results/settlings.ts');
const { openClassification, openRanking, openSearch, openTraining } = await import(
  '../../../src/web/recordedRuns.ts'
);
const { saveRanking } = await import('../../../src/host/ranking/rankingRecord.ts');
const { BrowserRuns } = await import('../../../src/web/browserRuns.ts');

const RANKING = {
  rows: [],
  verdict: { best: [], headline: verbatim('None.'), reasons: [], limits: [] },
  ...{ targets: ['cat'], found: 3, skipped: [], seed: 0, seconds: 2, cancelled: false },
  method: { name: 'semap', similarity: 'wordnet' },
  device: { provider: 'cpu', name: 'a CPU', why: verbatim('') },
};

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

  it('of every kind are listed, with their folders where they are here', async () => {
    const root = join(scratch, 'kinds');
    const runs = join(root, '.semap', 'runs');
    const there = 'C:\\Users\\me\\pets';
    const training = `${there}\\.semap\\runs\\2026-11-20T10-00-00-train-photos`;
    const folders = [`${there}\\photos`];
    const params = { ...recordOf(training).params, folders, testFolder: 'D:\\test' };
    await writeRun(root, '2026-11-20T10-00-00-train-photos', { params, sample: `${there}\\photos\\1.jpg` });
    const find = join(runs, '2026-11-20T11-00-00-find-photos');
    await mkdir(find, { recursive: true });
    const search = findRecordOf('/home/me/pets/.semap/runs/a', { time: '2026-11-20T11:00:00.000Z' });
    const asked = { ...search.params, folders: ['/home/me/pets/photos', '/elsewhere'] };
    await writeFile(join(find, 'run.json'), JSON.stringify({ ...search, params: asked }));
    stage.folders = [root];
    const list = await new BrowserRuns().list();
    assert.deepEqual(
      list.map(({ kind, name }) => [kind, name.replace(/,.*/, '')]),
      [
        ['find', 'photos'],
        ['training', 'photos'],
      ],
    );
    const { params: found } = (await openSearch(list[0].folder)).record!;
    assert.deepEqual(found.folders, [join(root, 'photos'), '/elsewhere']);
    const opened = await openTraining(list[1].folder);
    assert.deepEqual(opened.record?.params.folders, [join(root, 'photos')]);
    assert.equal(opened.record?.params.testFolder, '/D:/test');
    assert.equal(opened.record?.sample, join(root, 'photos', '1.jpg'));
    assert.deepEqual([opened.phase, opened.live, opened.epochs.length], ['done', false, 4]);
    await assert.rejects(openTraining(list[0].folder), {
      reason: 'invalid-document',
      message: /not a training/,
    });
    await assert.rejects(openRanking(list[0].folder), { reason: 'invalid-argument' });
  });

  it('name the folders of a ranking where they are now, unless it does not say where they were', async () => {
    const [before, now] = [join(scratch, 'rank before'), join(scratch, 'rank')];
    await mkdir(before, { recursive: true });
    const params = { folders: [join(before, 'photos'), '/mnt/others'], targets: [{ name: 'cat' }] };
    const file = await saveRanking(
      before,
      params as never,
      RANKING as never,
      new Date('2026-03-01T12:30:00Z'),
    );
    await rename(before, now);
    const folder = dirname(file.replace(before, now));
    const folders = async () => (await openRanking(folder)).params.folders;
    assert.deepEqual(await folders(), [join(now, 'photos'), '/mnt/others']);
    const record = JSON.parse(await readFile(join(folder, 'run.json'), 'utf8'));
    await writeFile(join(folder, 'run.json'), JSON.stringify({ ...record, root: undefined }));
    assert.deepEqual(await folders(), params.folders);
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
