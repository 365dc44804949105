import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, copyFile, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { JobEngine } from '../../../src/core/jobs/recipes/recipes.ts';
import { seededRandom, shuffle } from '../../../src/core/random.ts';
import { shellLine, shellWord } from '../../../src/core/text/shellWords.ts';
import { semapFiles } from '../../unit/programs.ts';
import { lacking } from '../programs.ts';
import { lackingBullmq, startRedis, withBullmq } from './redis.ts';
import { SLURM, SlurmCluster } from './slurm.ts';
import { type Ended, isGnu, runIn } from './standIn.ts';

const repository = path.join(import.meta.dirname, '../../..');
const LABELS = ['ball', 'bird', 'cat', 'dog', 'fish', 'fruit'];
const PER_LABEL = 4;
const PER_SHARD = 8;
const SHARDS = (LABELS.length * PER_LABEL) / PER_SHARD;
/** So long a shard runs at most before it is killed: from its start to its end and beyond. */
const SECONDS = 1.5;

/** A job whose `semap` is killed at the first try of half of the shards. */
interface KilledJob {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  run(program: string, args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<Ended>;
}

describe('half of the shards are killed and run again: the merged job says, byte for byte, what one machine says', () => {
  let root: string;
  let single: string;

  before(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), 'semap-killed-'));
    for (const label of LABELS) {
      const from = path.join(repository, 'sample-workspace/icons', label);
      const to = path.join(root, 'photos', label);
      await mkdir(to, { recursive: true });
      const names = (await readdir(from)).sort().slice(0, PER_LABEL);
      for (const name of names) await copyFile(path.join(from, name), path.join(to, name));
    }
    const photos = path.join(root, 'photos');
    const job = path.join(root, 'job');
    const own = ['--cache-folder', path.join(root, 'cache')];
    await semap('plan', photos, '--images-per-shard', String(PER_SHARD), '--out', job, ...own);
    single = said(await semap('classify', photos, '--json', ...own));
  });
  after(() => rm(root, { recursive: true, force: true, maxRetries: 5 }));

  /** The job for an engine. Which shards are killed, and when, is a matter of the seed. */
  async function jobFor(engine: JobEngine, seed: number): Promise<KilledJob> {
    const [folder, notes, bin] = ['job', 'notes', 'bin'].map((name) => path.join(root, engine, name));
    await cp(path.join(root, 'job'), folder, { recursive: true });
    await semap('plan', '--out', folder, '--for', engine);
    for (const one of [notes, bin]) await mkdir(one);
    const random = seededRandom(seed);
    const order = shuffle(
      Array.from({ length: SHARDS }, (_, shard) => shard),
      random,
    );
    for (const shard of order.slice(0, Math.ceil(SHARDS / 2))) {
      await writeFile(path.join(notes, String(shard)), (random() * SECONDS).toFixed(2));
    }
    // Each try has a cache of its own, as on another machine.
    const script = `#!/bin/bash
notes=${shellWord(notes)}
index=\${SLURM_ARRAY_TASK_ID:-\${@: -1}}
cd ${shellWord(repository)}
${shellLine([process.execPath, ...semapFiles])} "$@" --cache-folder "$notes/cache-$$" &
child=$!
if mv "$notes/$index" "$notes/$index.killed" 2>/dev/null; then
  sleep "$(cat "$notes/$index.killed")"
  kill -KILL $child
fi
wait $child
`;
    await writeFile(path.join(bin, 'semap'), script);
    await chmod(path.join(bin, 'semap'), 0o755);
    const environment = { ...process.env, PATH: `${bin}${path.delimiter}${process.env['PATH']}` };
    return {
      folder,
      environment,
      run: (program, args, more) => runIn(folder, program, args, { ...environment, ...more }),
    };
  }

  async function saysTheSame(engine: JobEngine): Promise<void> {
    const notes = await readdir(path.join(root, engine, 'notes'));
    assert.equal(notes.filter((name) => name.endsWith('.killed')).length, Math.ceil(SHARDS / 2));
    const [job, cache] = ['job', 'cache'].map((name) => path.join(root, engine, name));
    assert.equal(said(await semap('merge', job, '--json', '--cache-folder', cache)), single);
  }

  const noParallel =
    lacking({ programs: ['parallel'], packages: ['parallel'] }) ||
    (!isGnu('parallel') && 'The parallel on PATH is not GNU parallel.');

  test('GNU parallel', { skip: noParallel }, async () => {
    const job = await jobFor('parallel', 1);
    const { code, output } = await job.run('bash', ['parallel.sh', '--jobs', '2']);
    assert.equal(code, 0, output);
    await saysTheSame('parallel');
  });

  const noBullmq = lackingBullmq() || lacking({ programs: ['redis-server'], packages: ['redis-server'] });

  test('BullMQ', { skip: noBullmq }, async (t) => {
    const job = await jobFor('bullmq', 2);
    await withBullmq(job.folder);
    const environment = { REDIS_URL: await startRedis(t) };
    const node = (what: string) => job.run('node', ['bullmq.mjs', what], environment);
    await node('add');
    for (const { code, output } of await Promise.all([node('work'), node('work')])) {
      assert.equal(code, 0, output);
    }
    await saysTheSame('bullmq');
  });

  test('Slurm', { skip: lacking(SLURM) }, async (t) => {
    const cluster = await SlurmCluster.start();
    t.after(() => cluster.stop());
    const job = await jobFor('slurm', 3);
    await cluster.submit(path.join(job.folder, 'slurm.sh'), job.environment);
    await saysTheSame('slurm');
  });
});

async function semap(...args: readonly string[]): Promise<string> {
  const options = { cwd: repository, maxBuffer: 1 << 28 };
  const { stdout } = await promisify(execFile)(process.execPath, [...semapFiles, ...args], options);
  return stdout;
}

/** What was answered, without how long it took and by what. */
function said(output: string): string {
  const { accuracy, predictions } = JSON.parse(output) as Readonly<Record<string, unknown>>;
  assert.ok(predictions);
  return JSON.stringify({ accuracy, predictions }, undefined, 1);
}
