import type { RunRecord } from '../../protocol/training.ts';
import type { TrainingPhase } from '../../protocol/trainingView.ts';

/**
 * What a record means when this window does not hold the run.
 * @param elsewhere whether the process that it names runs it still
 */
export function storedPhase({ status }: RunRecord, elsewhere: boolean): TrainingPhase {
  if (status === 'done' || status === 'stopped' || status === 'failed' || status === 'paused') return status;
  return elsewhere ? status : 'interrupted';
}

/** Whether another process holds the run, as its record says. */
export function isElsewhere({ status, pid }: RunRecord): boolean {
  return (status === 'running' || status === 'queued') && isAlive(pid);
}

/** Whether there is a process of this id. A record is a file that anyone may have written: nonsense is no process. */
export function isAlive(pid: unknown): boolean {
  if (!Number.isInteger(pid) || (pid as number) <= 0) return false;
  try {
    process.kill(pid as number, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
