import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lacking } from '../programs.ts';
import { isGnu, StandInJob } from './standIn.ts';

const skip =
  lacking({ programs: ['parallel'], packages: ['parallel'] }) ||
  (!isGnu('parallel') && 'The parallel on PATH is not GNU parallel.');

test('GNU parallel runs every shard, and those again that failed or were killed', { skip }, async (t) => {
  const job = await StandInJob.make(t, 'parallel', 8, { 2: ['kill', 'kill'], 5: [1] });
  const { code, output } = await job.run('bash', ['parallel.sh', '--jobs', '4']);
  assert.equal(code, 0, output);
  assert.deepEqual(await job.done(), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(await job.runs(), [1, 1, 3, 1, 1, 2, 1, 1]);
});

test('GNU parallel gives a shard up after six times, and says so', { skip }, async (t) => {
  const job = await StandInJob.make(t, 'parallel', 3, { 1: [1, 1, 1, 1, 1, 1] });
  const { code } = await job.run('bash', ['parallel.sh']);
  assert.equal(code, 1, 'the number of shards that failed');
  assert.deepEqual(await job.done(), [0, 2]);
  assert.deepEqual(await job.runs(), [1, 6, 1]);
});

test('once a shard can never be done, GNU parallel begins no others; started again it does', {
  skip,
}, async (t) => {
  const job = await StandInJob.make(t, 'parallel', 6, { 1: [42] });
  assert.equal((await job.run('bash', ['parallel.sh'])).code, 5);
  assert.deepEqual(await job.runs(), [1, 1, 0, 0, 0, 0]);
  assert.equal((await job.run('bash', ['parallel.sh'])).code, 0);
  assert.deepEqual(await job.done(), [0, 1, 2, 3, 4, 5]);
});
