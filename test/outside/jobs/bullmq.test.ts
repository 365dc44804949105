import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { lacking } from '../programs.ts';
import { lackingBullmq, startRedis, withBullmq } from './redis.ts';
import { StandInJob } from './standIn.ts';

const skip = lackingBullmq() || lacking({ programs: ['redis-server'], packages: ['redis-server'] });

async function made(t: TestContext, shards: number, plan: Parameters<typeof StandInJob.make>[3]) {
  const job = await StandInJob.make(t, 'bullmq', shards, plan);
  await withBullmq(job.folder);
  const environment = { REDIS_URL: await startRedis(t) };
  return { job, environment, node: (what: string) => job.run('node', ['bullmq.mjs', what], environment) };
}

test('workers of BullMQ share the shards, and run those again that failed or were killed', {
  skip,
}, async (t) => {
  const { job, node } = await made(t, 9, { 2: ['kill'], 5: [75] });
  for (const what of ['add', 'add']) assert.equal((await node(what)).code, 0);
  const workers = await Promise.all([node('work'), node('work')]);
  for (const { code, output } of workers) assert.equal(code, 0, output);
  assert.deepEqual(await job.done(), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(await job.runs(), [1, 1, 2, 1, 1, 2, 1, 1, 1]);
});

test('once a shard can never be done, BullMQ gives no others out; added again it does', {
  skip,
}, async (t) => {
  const { job, node } = await made(t, 6, { 1: [42] });
  await node('add');
  const { code, output } = await node('work');
  assert.equal(code, 1);
  assert.match(output, /Shard 1: This job can never be done\./);
  const runs = await job.runs();
  assert.equal(runs[1], 1);
  assert.equal(runs[5], 0);
  await node('add');
  assert.equal((await node('work')).code, 0);
  assert.deepEqual(await job.done(), [0, 1, 2, 3, 4, 5]);
});

test('what a killed worker of BullMQ was at goes to another one', { skip }, async (t) => {
  const { job, environment, node } = await made(t, 3, { 0: ['hang'] });
  // A second, so that the test need not wait for ten.
  const script = path.join(job.folder, 'bullmq.mjs');
  const text = await readFile(script, 'utf8');
  await writeFile(script, text.replace('10_000', '1000').replace('5000', '500'));
  await node('add');
  const options = { cwd: job.folder, env: { ...job.environment, ...environment }, detached: true };
  const first = spawn('node', ['bullmq.mjs', 'work'], options);
  const ended = new Promise((resolve) => first.once('close', resolve));
  while ((await job.runs())[0] === 0) {
    assert.equal(first.exitCode, null, 'the worker began nothing');
    await sleep(50);
  }
  process.kill(-first.pid!, 'SIGKILL');
  await ended;
  assert.equal((await node('work')).code, 0);
  assert.deepEqual(await job.done(), [0, 1, 2]);
  assert.deepEqual(await job.runs(), [2, 1, 1]);
});
