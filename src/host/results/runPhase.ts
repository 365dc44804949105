import { isAlive } from '../../files/processes.ts';
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
