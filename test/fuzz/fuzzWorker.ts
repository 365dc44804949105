import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { Random } from '../unit/core/onnx/random.ts';
import type { Job, WorkerMessage } from './messages.ts';
import type { FuzzTarget } from './target.ts';
import { TARGETS } from './targets.ts';

/*
 * A process that tries hostile inputs, one after the other. What it tries may hang or end it: its parent watches.
 */

/** Above this the process ends itself, before the machine suffers. */
const MOST_MEGABYTES = 1800;
const watchdog = `
  setInterval(() => {
    if (process.memoryUsage.rss() > ${MOST_MEGABYTES * 2 ** 20}) {
      require('node:fs').writeSync(2, 'out of memory: above ${MOST_MEGABYTES} MB');
      process.kill(process.pid, 'SIGKILL');
    }
  }, 20);`;
new Worker(watchdog, { eval: true }).unref();

const loaded = new Map<string, FuzzTarget>();
/** What nobody caught while an input was tried. */
let stray: unknown;

process.on('uncaughtException', (error) => {
  stray ??= error;
});
process.on('unhandledRejection', (error) => {
  stray ??= error;
});

const send = (message: WorkerMessage): void => void process.send?.(message);

async function work({ target: name, input }: Job): Promise<void> {
  let target = loaded.get(name);
  if (!target) {
    target = await TARGETS[name]();
    loaded.set(name, target);
  }
  await target.ready?.();
  const bytes = input instanceof Uint8Array ? input : await target.make(randomOf(input));
  send({ kind: 'begun', megabytes: process.memoryUsage.rss() / 2 ** 20, allowed: target.megabytes, bytes });
  stray = undefined;
  let wrong: unknown;
  try {
    await target.check(bytes);
    // What was thrown in a callback shows a turn later.
    await new Promise((resolve) => setImmediate(resolve));
  } catch (error) {
    wrong = error ?? 'nothing';
  }
  wrong ??= stray;
  send({
    kind: 'done',
    peak: process.resourceUsage().maxRSS / 1024,
    wrong:
      wrong === undefined ? undefined : ((wrong instanceof Error ? wrong.stack : undefined) ?? String(wrong)),
  });
}

/** Every input has a source of numbers of its own: it can be made again without those before it. */
function randomOf({ seed, index }: { seed: number; index: number }): Random {
  return new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
}

process.on('message', (job: Job) => {
  void work(job).catch((error: unknown) => {
    writeSync(2, `the input cannot be made: ${error instanceof Error ? error.stack : error}`);
    process.exit(70);
  });
});

process.on('disconnect', async () => {
  await Promise.allSettled([...loaded.values()].map((target) => target.dispose?.()));
  process.exit();
});
