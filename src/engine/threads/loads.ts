import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import { readJson } from '../cacheFiles.ts';
import type { Watchdog } from './life.ts';
import type { EndedLoad } from './watchdog.ts';

/** A load is slow after this, and the time that it takes to read its file from a slow disk. */
const SLOW_SECONDS = 30;
const BYTES_PER_SECOND = 50e6;
/** A model that ended an engine is not loaded again for so long, unless there is more memory now. */
const SPARED_MINUTES = 10;
const CLEARLY_MORE = 1.2;

interface Options {
  readonly watchdog: Watchdog;
  /** What ended an engine is remembered here. */
  readonly cacheFolder: string;
  /** Default: 30. */
  readonly slowSeconds?: number | undefined;
  /** Default: what the machine, or the container, has to give. */
  readonly memoryBytes?: number | undefined;
  /** Tells that a load takes long, for as long as it does. */
  readonly tell: (
    about: { readonly backbone: string; readonly file: string; readonly seconds: number },
    signal: AbortSignal,
  ) => Promise<void>;
}

interface Load {
  count: number;
  readonly done: AbortController;
  readonly ended: () => void;
}

let options: Options | undefined;
const loads = new Map<string, Load>();

/** Without this, loads are not watched: in the threads of the engine. */
export function watchLoads(given: Options): void {
  options = given;
}

/**
 * Watches over what onnxruntime does with a model that nobody vouches for, and in which it cannot be interrupted: loading
 * it, and running it for the first time. When it takes long a person is told, who may end the engine; when it takes more
 * memory than there is, the engine ends before the machine does.
 *
 * @throws {SemapError} `out-of-memory` for a model that ended an engine a short while ago
 */
export async function watchLoad<T>(file: string, work: () => Promise<T>): Promise<T> {
  if (options === undefined) return work();
  const load = loads.get(file) ?? (await begin(file, options));
  load.count++;
  try {
    return await work();
  } finally {
    if (--load.count === 0) {
      loads.delete(file);
      load.done.abort();
      load.ended();
    }
  }
}

async function begin(
  file: string,
  { watchdog, cacheFolder, slowSeconds, memoryBytes, tell }: Options,
): Promise<Load> {
  const state = await stat(file).catch(() => undefined);
  const { size = 0, mtimeMs = 0 } = state ?? {};
  const key = createHash('sha256')
    .update(JSON.stringify([file, size, mtimeMs]))
    .digest('hex')
    .slice(0, 32);
  const record = path.join(cacheFolder, 'loads', `${key}.json`);
  const name = path.basename(file);
  const budget = memoryBytes ?? memoryBudget();
  await refuseAgain(record, name, budget);
  const known = loads.get(file);
  if (known) return known;
  const done = new AbortController();
  const load: Load = { count: 0, done, ended: watchdog.watchMemory({ name, budget, record }) };
  loads.set(file, load);
  void tellWhenSlow(file, (slowSeconds ?? SLOW_SECONDS) + size / BYTES_PER_SECOND, tell, done.signal);
  return load;
}

async function refuseAgain(record: string, name: string, budget: number): Promise<void> {
  const before = (await readJson(record)) as EndedLoad | undefined;
  if (before === undefined || typeof before.budget !== 'number') return;
  const minutes = (Date.now() - before.at) / 60_000;
  if (minutes > SPARED_MINUTES || minutes < 0 || budget > before.budget * CLEARLY_MORE) return;
  throw new SemapError(
    'out-of-memory',
    phrase(
      '{0} was not loaded: it recently used more than {1} GB of memory, and the engine had to be stopped.',
      name,
      (before.budget / 1e9).toFixed(1),
    ),
    { hint: phrase('Use a smaller backbone, or close other programs and try again in 10 minutes.') },
  );
}

async function tellWhenSlow(
  file: string,
  first: number,
  tell: Options['tell'],
  signal: AbortSignal,
): Promise<void> {
  const began = performance.now();
  const backbone = path.basename(file);
  // Somebody who waits on is asked less and less often.
  for (let next = first; ; next *= 2) {
    const seconds = (performance.now() - began) / 1000;
    try {
      await sleep(Math.max(0, next - seconds) * 1000, undefined, { signal, ref: false });
      await tell({ backbone, file, seconds: Math.round((performance.now() - began) / 1000) }, signal);
    } catch {
      return;
    }
  }
}

/** What this process may take: most of what is free now, and never nearly all that the machine or the container has. */
export function memoryBudget(): number {
  const set = Number(process.env['SEMAP_MEMORY']);
  if (set > 0) return set * 1e9;
  const constrained = process.constrainedMemory?.() ?? 0;
  const all = constrained > 0 ? Math.min(constrained, os.totalmem()) : os.totalmem();
  const free = process.availableMemory?.() ?? os.freemem();
  return Math.min(0.75 * all, process.memoryUsage.rss() + 0.8 * free);
}
