import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { DEBIAN_PYTHON, lacking } from '../programs.ts';
import { StandInJob } from './standIn.ts';

const noPython = lacking({ programs: ['python3'], packages: ['python3'] });
const noDask = lacking({ programs: [], packages: ['python3-distributed'], python: ['distributed'] });
const noSnakemake = lacking({ programs: ['snakemake'], packages: ['snakemake'], isLarge: true });

/** Ray is in no Debian: as much of it as the script uses, one task after the other, as its documentation describes it. */
const RAY = `
class Task:
    def __init__(self, run, times):
        self.run, self.times, self.cancelled = run, times, False

def remote(num_cpus, max_retries, retry_exceptions):
    assert retry_exceptions is True
    class Remote:
        def __init__(self, function):
            self.function = function
        def remote(self, index):
            return Task(lambda: self.function(index), 1 + max_retries)
    return Remote

def init():
    pass

def wait(tasks):
    return [tasks[0]], tasks[1:]

def get(task):
    assert not task.cancelled
    for time in range(task.times):
        try:
            return task.run()
        except Exception as error:
            last = error
    raise last

def cancel(task):
    task.cancelled = True
`;

/** Runs a script where `ray` is the stand-in. */
async function withRay(job: StandInJob) {
  const modules = path.join(job.folder, 'modules');
  await mkdir(modules, { recursive: true });
  await writeFile(path.join(modules, 'ray.py'), RAY);
  return job.run(DEBIAN_PYTHON, ['ray_shards.py'], { PYTHONPATH: modules });
}

const runs = {
  ray: withRay,
  dask: (job: StandInJob) => job.run(DEBIAN_PYTHON, ['dask_shards.py']),
  snakemake: (job: StandInJob) => job.run('snakemake', ['--cores', '8', '--keep-going', '--quiet', 'all']),
};

const engines = [
  ['ray', noPython],
  ['dask', noPython || noDask],
  ['snakemake', noSnakemake],
] as const;

for (const [engine, skip] of engines) {
  const made = (t: TestContext, plan: Parameters<typeof StandInJob.make>[3]) =>
    StandInJob.make(t, engine, 6, plan);

  test(`${engine} runs every shard, and those again that failed or were killed`, { skip }, async (t) => {
    const job = await made(t, { 1: ['kill', 1], 4: ['kill'] });
    const { code, output } = await runs[engine](job);
    assert.equal(code, 0, output);
    assert.deepEqual(await job.done(), [0, 1, 2, 3, 4, 5]);
    assert.deepEqual(await job.runs(), [1, 3, 1, 1, 2, 1]);
  });

  test(`${engine} gives a shard up after six times, and says so`, { skip }, async (t) => {
    const job = await made(t, { 1: [1, 1, 1, 1, 1, 1] });
    const { code, output } = await runs[engine](job);
    assert.equal(code, 1, output);
    assert.deepEqual(await job.done(), [0, 2, 3, 4, 5]);
    assert.equal((await job.runs())[1], 6);
  });

  test(`${engine} runs a shard that can never be done once`, { skip }, async (t) => {
    const job = await made(t, { 0: [42] });
    const { code, output } = await runs[engine](job);
    assert.equal(code, engine === 'snakemake' ? 1 : 42, output);
    assert.equal((await job.runs())[0], 1);
    if (engine === 'dask') return;
    assert.equal((await runs[engine](job)).code, 0, 'started again, it begins anew');
  });
}
