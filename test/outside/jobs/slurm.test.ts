import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { lacking } from '../programs.ts';
import { SLURM, SlurmCluster } from './slurm.ts';
import { StandInJob } from './standIn.ts';

describe('Slurm', { skip: lacking(SLURM) }, () => {
  let cluster: SlurmCluster;
  before(async () => {
    cluster = await SlurmCluster.start();
  });
  after(() => cluster?.stop());

  async function submit(job: StandInJob): Promise<string> {
    await cluster.submit(path.join(job.folder, 'slurm.sh'), job.environment);
    const logs = (await readdir(job.folder)).filter((name) => name.startsWith('slurm-'));
    return (await Promise.all(logs.map((name) => readFile(path.join(job.folder, name), 'utf8')))).join('');
  }

  test('two nodes share the shards of an array, and what fails or is killed is put back', async (t) => {
    const job = await StandInJob.make(t, 'slurm', 8, { 2: ['kill'], 5: [75, 75] });
    const log = await submit(job);
    assert.deepEqual(await job.done(), [0, 1, 2, 3, 4, 5, 6, 7], log);
    assert.deepEqual(await job.runs(), [1, 1, 2, 1, 1, 3, 1, 1]);
  });

  test('once a shard can never be done, those that wait are canceled', async (t) => {
    const job = await StandInJob.make(t, 'slurm', 12, { 1: [42] });
    await submit(job);
    const runs = await job.runs();
    assert.equal(runs[1], 1);
    assert.equal(runs[11], 0);
  });
});
