import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockRun, runsFolder, sweepRuns } from '../../../src/files/runFolders.ts';
import { testFolder } from '../folders.ts';
import { ended, firstWords, programOf, start } from './child.ts';

const KILLS = 20;

/** A run that is written to without end: the record replaced, lines added, a checkpoint of some size replaced. */
const WRITER = `
  import { MetricsFile } from './engine/training/runFiles.ts';
  import { writeRunFile } from './engine/training/runFiles.ts';
  import { lockRun, runsFolder, sweepRuns } from './files/runFolders.ts';
  const [, , folder] = process.argv;
  const lock = await lockRun(folder);
  const metrics = new MetricsFile(folder);
  let epoch = (await metrics.keepUpTo(1e9)).length;
  console.log('writing');
  for (;;) {
    epoch++;
    await writeRunFile(folder, 'run.json', JSON.stringify({ epoch, text: 'x'.repeat(epoch % 7 * 30_000), end: true }));
    await metrics.append({ epoch, valLoss: 1, valAccuracy: 0 } as never);
    await writeRunFile(folder, 'checkpoint.safetensors', new Uint8Array(300_000).fill(epoch % 256));
  }`;

/** Rankings that are saved one after the other. */
const RANKER = `
  import { saveRanking } from './host/ranking/rankingRecord.ts';
  const [, , root, n] = process.argv;
  const rows = Array.from({ length: 2000 }, (_, i) => ({ name: 'backbone ' + i, sha256: 'ab' }));
  console.log('writing');
  for (let at = Number(n) * 1e9; ; at += 1000)
    await saveRanking(root, { folders: ['/photos'] } as never, { rows, end: true } as never, new Date(at));`;

describe('A process that is killed while it writes', { timeout: 120_000 }, () => {
  const root = testFolder();
  it(`leaves every file old or new, ${KILLS} times, and the next one takes the run over and clears up`, async () => {
    const program = programOf(root, 'writer', WRITER);
    const folder = path.join(root, '.semap', 'runs', 'one');
    await mkdir(folder, { recursive: true });
    let before = 0;
    for (let n = 0; n < KILLS; n++) {
      const child = start(program, folder);
      const gone = ended(child);
      await firstWords(child);
      await sleep(n * 3 + Math.random() * 40);
      child.kill('SIGKILL');
      await gone;
      const text = await readFile(path.join(folder, 'run.json'), 'utf8').catch(() => undefined);
      if (text === undefined) continue;
      const record = JSON.parse(text);
      assert.ok(record.end && record.epoch >= before, `epoch ${record.epoch} after ${before}`);
      before = record.epoch;
      const checkpoint = await readFile(path.join(folder, 'checkpoint.safetensors')).catch(() => undefined);
      if (!checkpoint) continue;
      assert.equal(checkpoint.length, 300_000);
      assert.ok(checkpoint.every((byte) => byte === checkpoint[0]));
    }
    assert.ok(before > 0);
    const lock = await lockRun(folder);
    await lock.release();
    assert.deepEqual((await readdir(folder)).toSorted(), [
      'checkpoint.safetensors',
      'metrics.jsonl',
      'run.json',
    ]);
    // Every epoch once, and no line that was cut off in the middle of the file.
    const lines = (await readFile(path.join(folder, 'metrics.jsonl'), 'utf8')).trim().split('\n');
    const epochs = lines.map((line) => JSON.parse(line).epoch);
    assert.deepEqual(
      epochs,
      epochs.map((_, i) => i + 1),
    );
  });

  it(`leaves every ranking whole or not there, ${KILLS} times, and what is left is swept`, async () => {
    const program = programOf(root, 'ranker', RANKER);
    const workspace = path.join(root, 'ranked');
    const runs = runsFolder(workspace);
    await mkdir(workspace);
    let whole = 0;
    for (let n = 0; n < KILLS; n++) {
      const child = start(program, workspace, String(n));
      const gone = ended(child);
      await firstWords(child);
      await sleep(Math.random() * 60);
      child.kill('SIGKILL');
      await gone;
      const names = (await readdir(runs).catch(() => [])).filter((name) => !name.startsWith('.'));
      for (const name of names) {
        assert.equal(JSON.parse(await readFile(path.join(runs, name, 'run.json'), 'utf8')).end, true);
        await rm(path.join(runs, name), { recursive: true });
        whole++;
      }
    }
    assert.ok(whole > 0);
    await sweepRuns(workspace);
    assert.deepEqual(await readdir(runs), []);
  });
});
