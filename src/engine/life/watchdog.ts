import { workerData } from 'node:worker_threads';
import { isAlive } from '../../files/processes.ts';
import type { WatchdogData } from './watchdogMessages.ts';

/**
 * Entry of a thread that ends its process once the process that started it is gone. A thread of its own: a main thread
 * that is stuck in a loop never hears of a lost parent, and `process.exit` waits for a thread that is stuck in native
 * code.
 */

const LOOK_MILLISECONDS = 200;

const { parent, starter, graceMilliseconds } = workerData as WatchdogData;
let goneSince: number | undefined;

function look(): void {
  // A dead parent that nobody has collected is still in the table of processes, but is a parent no more; on Windows a
  // parent stays one for ever, but is in the table no more.
  if (process.ppid === parent && isAlive(starter)) return;
  goneSince ??= performance.now();
  if (performance.now() - goneSince >= graceMilliseconds) process.kill(process.pid, 'SIGKILL');
}

setInterval(look, LOOK_MILLISECONDS);
look();
