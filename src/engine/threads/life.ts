import { setTimeout as sleep } from 'node:timers/promises';
import { STARTER_VARIABLE } from '../../processes/engineProcess.ts';
import { liveThreads, Thread } from './thread.ts';
import type { WatchdogApi, WatchdogData, WatchedLoad } from './watchdog.ts';

const ENTRY = 'threads/watchdog';

/** How long this process may take to end by itself, asked to or left alone: what is not written by then is lost. */
export const GRACE_MILLISECONDS = 2000;

/** The thread that ends this process when nothing else can. */
export interface Watchdog {
  /** Ends the process when it takes more memory than `load` may. @returns what ends the watch */
  watchMemory(load: WatchedLoad): () => void;
}

/** Sees to it that this process ends soon after the one that started it, whatever its threads are doing. */
export function startWatchdog(graceMilliseconds = GRACE_MILLISECONDS): Watchdog {
  const data: WatchdogData = {
    parent: process.ppid,
    starter: Number(process.env[STARTER_VARIABLE]) || process.ppid,
    graceMilliseconds,
  };
  // It needs next to nothing, and there is one in every process.
  const limits = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 32 };
  const thread = new Thread<WatchdogApi>(ENTRY, { data, limits });
  return {
    watchMemory: (load) => {
      const loading = new AbortController();
      thread.call('watch', load, { signal: loading.signal }).catch(() => {});
      return () => loading.abort();
    },
  };
}

/** Threads that were told to end, and what they and this one read and write, need a moment. */
const QUIET_MILLISECONDS = 500;

/** Ends this process, hard where a thread that is stuck would keep `process.exit` waiting. */
export async function endProcess(): Promise<void> {
  const since = performance.now();
  while (isBusy() && performance.now() - since < QUIET_MILLISECONDS) await sleep(5);
  if (isBusy()) process.kill(process.pid, 'SIGKILL');
  process.exit(0);
}

function isBusy(): boolean {
  // Reading what never answers (a pipe, a dead network folder) is done by a thread as well.
  return liveThreads(ENTRY) > 0 || process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'));
}
