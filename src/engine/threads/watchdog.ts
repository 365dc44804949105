import { mkdirSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { workerData } from 'node:worker_threads';
import { phrase } from '../../core/text/text.ts';
import { isAlive } from '../../files/processes.ts';
import { lastWord } from '../../processes/engineProcess.ts';
import type { Call } from '../../protocol/rpc.ts';
import { serveStarter } from './serveStarter.ts';

/**
 * Entry of a thread that ends its process once the process that started it is gone, or when a model that is being loaded
 * takes more memory than there is. A thread of its own: a main thread that is stuck in a loop never hears of a lost
 * parent, and `process.exit` waits for a thread that is stuck in native code.
 */

/** What the watchdog of a process is given. */
export interface WatchdogData {
  /** The parent process when the watch began. */
  readonly parent: number;
  /** The process that started this one: the same, unless a launcher stands between. */
  readonly starter: number;
  /** How long this process may take to end by itself once that is gone. */
  readonly graceMilliseconds: number;
}

/** A model that is being loaded, or run for the first time. */
export interface WatchedLoad {
  readonly name: string;
  /** Bytes that the process may take meanwhile. */
  readonly budget: number;
  /** Where it is written down when it took more; absent = nowhere. */
  readonly record?: string;
}

/** What is written down of a model that ended its process. */
export interface EndedLoad {
  readonly budget: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What the watchdog does beside watching the parent. */
export interface WatchdogApi {
  /** Watches until the call is cancelled. */
  watch: Call<WatchedLoad>;
}

const LOOK_MILLISECONDS = 200;
/** Memory is taken at gigabytes a second. */
const MEMORY_MILLISECONDS = 25;

const { parent, starter, graceMilliseconds } = workerData as WatchdogData;
const loads = new Set<WatchedLoad>();
let goneSince: number | undefined;
let memoryTimer: NodeJS.Timeout | undefined;

function lookAtParent(): void {
  // A dead parent that nobody has collected is still in the table of processes, but is a parent no more; on Windows a
  // parent stays one for ever, but is in the table no more.
  if (process.ppid === parent && isAlive(starter)) return;
  goneSince ??= performance.now();
  if (performance.now() - goneSince >= graceMilliseconds) process.kill(process.pid, 'SIGKILL');
}

function lookAtMemory(): void {
  const taken = process.memoryUsage.rss();
  for (const load of loads) if (taken > load.budget) end(load);
}

/** Ends this process at once, with a last word of why. */
function end({ name, budget, record }: WatchedLoad): void {
  try {
    if (record !== undefined) {
      mkdirSync(path.dirname(record), { recursive: true });
      writeFileSync(record, JSON.stringify({ budget, at: Date.now() } satisfies EndedLoad));
    }
    const message = phrase(
      '{0} used more than {1} GB of memory while loading or in its first run, so the engine was stopped.',
      name,
      (budget / 1e9).toFixed(1),
    );
    const hint = phrase('Use a smaller backbone, or close other programs.');
    writeSync(2, lastWord({ reason: 'out-of-memory', message, hint }));
  } finally {
    process.kill(process.pid, 'SIGKILL');
  }
}

function restartTimer(): void {
  clearInterval(memoryTimer);
  if (loads.size > 0) memoryTimer = setInterval(lookAtMemory, MEMORY_MILLISECONDS);
}

serveStarter<WatchdogApi>({
  watch: (load, { signal }) =>
    new Promise((resolve) => {
      loads.add(load);
      restartTimer();
      signal.addEventListener('abort', () => {
        loads.delete(load);
        restartTimer();
        resolve(undefined);
      });
    }),
});
setInterval(lookAtParent, LOOK_MILLISECONDS);
lookAtParent();
