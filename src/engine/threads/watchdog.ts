import { mkdirSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { phrase } from '../../core/text/text.ts';
import { isAlive } from '../../files/processes.ts';
import { lastWord } from '../../processes/engineProcess.ts';
import type { EndedLoad, WatchdogData, WatchdogMessage, WatchedLoad } from './watchdogMessages.ts';

/**
 * Entry of a thread that ends its process once the process that started it is gone, or when a model that is being loaded
 * takes more memory than there is. A thread of its own: a main thread that is stuck in a loop never hears of a lost
 * parent, and `process.exit` waits for a thread that is stuck in native code.
 */

const LOOK_MILLISECONDS = 200;
/** Memory is taken at gigabytes a second. */
const MEMORY_MILLISECONDS = 25;

const { parent, starter, graceMilliseconds } = workerData as WatchdogData;
const loads = new Map<number, WatchedLoad>();
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
  for (const load of loads.values()) if (taken > load.budget) end(load);
}

/** Ends this process at once, with a last word of why. */
function end({ name, budget, record }: WatchedLoad): void {
  try {
    if (record !== undefined) {
      mkdirSync(path.dirname(record), { recursive: true });
      writeFileSync(record, JSON.stringify({ budget, at: Date.now() } satisfies EndedLoad));
    }
    const message = phrase(
      '{0} took more than {1} GB of memory while it was loaded or run for the first time, so the engine was ended.',
      name,
      (budget / 1e9).toFixed(1),
    );
    const hint = phrase('Use a smaller backbone, or close other programs.');
    writeSync(2, lastWord({ reason: 'out-of-memory', message, hint }));
  } finally {
    process.kill(process.pid, 'SIGKILL');
  }
}

parentPort?.on('message', (message: WatchdogMessage) => {
  if (message.kind === 'loading') loads.set(message.id, message.load);
  else loads.delete(message.id);
  clearInterval(memoryTimer);
  if (loads.size > 0) memoryTimer = setInterval(lookAtMemory, MEMORY_MILLISECONDS);
});
setInterval(lookAtParent, LOOK_MILLISECONDS);
lookAtParent();
