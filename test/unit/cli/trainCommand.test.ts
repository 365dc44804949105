import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { filesInDocument, tablesIn } from '../../../src/cli/resumedRun.ts';
import type { TrainingRecord } from '../../../src/core/runs/trainingRecord.ts';
import { lockRun } from '../../../src/files/runFolders.ts';
import { writeBackbone, writeColourImages } from '../engine/colours.ts';
import { noModels, scratch } from '../engine/engineHarness.ts';
import { runWith, words } from './runCommand.ts';

describe('semap train', { skip: noModels }, () => {
  const files = scratch();
  let folder: string;
  let model: string;

  before(() => {
    folder = writeColourImages(files, 'photos', 10);
    model = writeBackbone(files, 'colour');
  });
  const run = runWith(() => ['--cache-folder', files.path('cache')]);

  it('prints the record with the baselines, and what it made classifies', async () => {
    const runFolder = files.path('run');
    const options = words`--backbone ${model} --epochs 2 --batch 4 --threads 1 --run ${runFolder}`;
    const { code, out } = await run`train ${folder} ${options} --prompt low-rank --rank 1 --json`;
    assert.equal(code, 0);
    const record: TrainingRecord & { runFolder: string } = JSON.parse(out);
    assert.equal(record.runFolder, runFolder);
    assert.equal(record.status, 'done');
    assert.equal(record.settings.epochs, 2);
    assert.equal(record.baselines.length, 5);
    assert.equal(record.best!.valAccuracy, 1);

    const classified = await run`classify ${folder} --prompt ${runFolder} --backbone ${model} --json`;
    assert.equal(classified.code, 0, classified.err);
    const { accuracy, learnedFrom } = JSON.parse(classified.out);
    // Eight of ten images a class, and those that look like one of them.
    assert.ok(record.trainImages >= 24 && record.trainImages < 30);
    assert.deepEqual({ accuracy, learnedFrom }, { accuracy: 1, learnedFrom: record.trainImages });

    const again = await run`train --resume ${runFolder}`;
    assert.equal(again.code, 1);
    assert.match(again.err, /This run has ended/);

    // Nothing that is in a folder is trained over.
    const before = readFileSync(path.join(runFolder, 'run.json'), 'utf8');
    const over = await run`train ${folder} ${options}`;
    assert.equal(over.code, 1);
    assert.match(over.err, /already contains a run/);
    assert.equal(readFileSync(path.join(runFolder, 'run.json'), 'utf8'), before);

    // A run that is not over has one owner, who is named.
    writeFileSync(path.join(runFolder, 'run.json'), before.replace('"status": "done"', '"status": "paused"'));
    const lock = await lockRun(runFolder);
    const busy = await run`train --resume ${runFolder}`;
    await lock.release();
    assert.equal(busy.code, 1);
    assert.match(busy.err, new RegExp(`in use by process ${process.pid}`));
    const hidden = readdirSync(runFolder).filter((name) => name.startsWith('.'));
    assert.deepEqual(hidden, []);

    // Paths of a record lead to no other computer.
    const far = '\\\\server\\share';
    const members = [{ backbone: { name: 'linear' }, prompt: far }];
    const changed = { ...record, params: { ...record.params, alignment: { members } } };
    writeFileSync(path.join(runFolder, 'run.json'), JSON.stringify(changed));
    assert.match((await run`train --resume ${runFolder}`).err, /is on another computer/);
  });

  it('knows every file that the record of a run names', () => {
    const member = (n: number) => ({
      backbone: { path: `b${n}` },
      prompt: `p${n}`,
      head: { file: `h${n}` },
    });
    const alignment = { ...member(0), members: [null, member(1), 7] };
    assert.deepEqual(
      filesInDocument(alignment).filter((one) => one !== undefined),
      ['b0', 'p0', 'h0', 'b1', 'p1', 'h1'],
    );
    for (const odd of [undefined, null, 'x', { members: { 0: member(0) }, backbone: 'b' }])
      assert.ok(filesInDocument(odd).every((one) => one === undefined));
    assert.deepEqual(tablesIn([{ kind: 'flat' }, { kind: 'table', table: { file: 't.csv' } }, null]), [
      undefined,
      't.csv',
      undefined,
    ]);
  });

  it('tells how long it would take without writing anything', async () => {
    const { code, out } =
      await run`train ${folder} --backbone ${model} --estimate --run ${files.path('none')}`;
    assert.equal(code, 0);
    assert.match(out, /About [\d.]+ s: 24 images to train with, 6 to validate, 204 parameters/);
  });

  it('writes into no folder that holds something else, and says so before it trains', async () => {
    const file = files.write('mine/notes.txt', 'mine');
    for (const [where, message] of [
      [files.path('mine'), /the folder contains notes\.txt/],
      [file, /it is a file/],
    ] as const) {
      const { code, err } = await run`train ${folder} --backbone ${model} --run ${where}`;
      assert.equal(code, 1);
      assert.match(err, message);
    }
    assert.deepEqual(readdirSync(files.path('mine')), ['notes.txt']);
    assert.equal(readFileSync(file, 'utf8'), 'mine');
  });

  it('explains what it cannot do', async () => {
    for (const [options, message] of [
      [[], /Which folder/],
      [[folder, '--prompt', 'poster'], /--prompt/],
      [[folder, '--augment', 'blur'], /some of flip, crop, vary, erase, and mix/],
      [[folder, '--recipe', 'vpt'], /--recipe/],
      [[folder, '--prompt', 'none', '--decay', '0.1'], /--decay needs a prompt/],
      [[folder, '--mapping', 'blm+', '--layer-rate', '2'], /--layer-rate needs a layer/],
      [[folder, '--smoothing', '1'], /--smoothing must be a number/],
    ] as const) {
      const { code, err } = await run`train ${options}`;
      assert.equal(code, 2);
      assert.match(err, message);
    }
    const { code, err } = await run`classify ${folder} --prompt ${files.path('nowhere')}`;
    assert.equal(code, 1);
    assert.match(err, /No prompt at/);
  });
});
