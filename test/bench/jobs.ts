import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

/*
 * Jobs for many machines, as programs of their own after `npm run build`:
 * npm run bench:jobs -- --plan 1000000 [--scratch DIR]
 *     how long a plan of so many empty files in folders of a thousand takes, beside the bare calls of the system, and the
 *     memory of its largest process; GNU time must be there
 * npm run bench:jobs -- --images DIR --backbone FILE [--rounds N]
 *     semap run-shard beside semap classify --no-settle on the same images in turn, each with an empty cache; then semap
 *     merge beside semap classify whose outputs are cached
 */

const { values } = parseArgs({
  options: {
    plan: { type: 'string' },
    images: { type: 'string' },
    backbone: { type: 'string', default: 'starter' },
    rounds: { type: 'string', default: '4' },
    scratch: { type: 'string', default: os.tmpdir() },
  },
});
const cli = path.resolve(import.meta.dirname, '../../dist/cli.mjs');
const scratch = mkdtempSync(path.join(values.scratch, 'semap-jobs-'));
const cache = path.join(scratch, 'cache');

interface Ran {
  readonly seconds: number;
  /** Of its processes together. */
  readonly processor: number;
  /** Of its largest process. */
  readonly megabytes: number;
  readonly out: string;
}

function run(...args: readonly string[]): Ran {
  const started = performance.now();
  const command = [process.execPath, cli, ...args, '--cache-folder', cache, '--device', 'cpu'];
  const { stdout, stderr, status } = spawnSync('/usr/bin/time', ['-f', '%M %U %S', ...command], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  if (status !== 0) throw new Error(stderr);
  const [kilobytes, user, system] = stderr.trim().split('\n').at(-1)!.split(' ').map(Number);
  const seconds = (performance.now() - started) / 1000;
  return { seconds, processor: user + system, megabytes: kilobytes / 1024, out: stdout };
}

function told(what: string, { seconds, processor, megabytes }: Ran, images: number): void {
  const each = ((processor / images) * 1e6).toFixed(1);
  const cost = `${processor.toFixed(2)} s of processor (${each} µs an image)`;
  console.log(`${what}: ${seconds.toFixed(2)} s, ${cost}, ${megabytes.toFixed(0)} MB`);
}

/** What no plan can do without: the names in each folder, and a look at each file. */
function bare(folder: string): Ran {
  const started = performance.now();
  const before = process.cpuUsage();
  for (const within of readdirSync(folder))
    for (const name of readdirSync(path.join(folder, within))) statSync(path.join(folder, within, name));
  const { user, system } = process.cpuUsage(before);
  const megabytes = process.memoryUsage.rss() / 2 ** 20;
  return {
    seconds: (performance.now() - started) / 1000,
    processor: (user + system) / 1e6,
    megabytes,
    out: '',
  };
}

function plan(count: number): void {
  const folder = path.join(scratch, 'images');
  for (let i = 0; i < count; i++) {
    const within = path.join(folder, `class ${Math.floor(i / 1000)}`);
    if (i % 1000 === 0) mkdirSync(within, { recursive: true });
    writeFileSync(path.join(within, `image ${i}.jpg`), '');
  }
  told(`list and look ${count}`, bare(folder), count);
  // What is known of the backbone is remembered.
  const about = ['--labels', 'cat,dog', '--images-per-shard', '10000'];
  run('plan', path.join(folder, 'class 0'), ...about, '--out', path.join(scratch, 'first'));
  told(`plan ${count}`, run('plan', folder, ...about, '--out', path.join(scratch, 'job')), count);
  const list = path.join(scratch, 'list.txt');
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.jpg'),
  );
  writeFileSync(list, `${names.join('\n')}\n`);
  const listed = ['--list', list, '--root', folder, '--layout', 'classes'];
  told(
    `plan --list ${count}`,
    run('plan', ...listed, ...about, '--out', path.join(scratch, 'listed')),
    count,
  );
}

function shards(images: string, rounds: number): void {
  const alignment = path.join(scratch, 'alignment.semap.json');
  const about = ['-a', alignment];
  run('align', images, '-b', values.backbone, '-o', alignment);
  const job = path.join(scratch, 'job');
  const planned = JSON.parse(
    run('plan', images, ...about, '--images-per-shard', '1000000', '--out', job, '--json').out,
  );
  const result = path.join(job, 'results/000000.parquet');
  const times: Record<'classify' | 'shard', Ran[]> = { classify: [], shard: [] };
  // The first of each is not counted: it reads the files from the disk.
  for (let round = 0; round <= rounds; round++) {
    for (const what of round % 2 === 0
      ? (['classify', 'shard'] as const)
      : (['shard', 'classify'] as const)) {
      rmSync(path.join(cache, 'outputs'), { recursive: true, force: true });
      if (what === 'shard') rmSync(result, { force: true });
      const ran =
        what === 'shard'
          ? run('run-shard', job, '0')
          : run('classify', images, ...about, '--no-settle', '--json');
      if (round > 0) times[what].push(ran);
    }
  }
  const middle = (all: readonly number[]) => all.toSorted((a, b) => a - b)[all.length >> 1];
  for (const measure of ['seconds', 'processor'] as const) {
    const [one, other] = [times.classify, times.shard].map((all) => middle(all.map((ran) => ran[measure])));
    const share = ((100 * other) / one).toFixed(1);
    console.log(`${measure}: classify ${one.toFixed(2)} s, run-shard ${other.toFixed(2)} s (${share}%)`);
  }
  const bytes = statSync(result).size / planned.images;
  console.log(`${planned.images} images, ${bytes.toFixed(0)} bytes each in the result`);
  told('merge', run('merge', job, '--json'), planned.images);
  told('classify from the cache', run('classify', images, ...about, '--json'), planned.images);
}

try {
  if (values.plan) plan(Number(values.plan));
  if (values.images) shards(path.resolve(values.images), Number(values.rounds));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
