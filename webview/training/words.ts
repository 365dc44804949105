import type { RunPhase } from '../../src/core/runs/run.ts';
import { percent } from '../../src/core/text/numbers.ts';
import type { OtherRun, TrainingSummary } from '../../src/protocol/trainingView.ts';

/** A loss with as many digits as can be told apart. */
export function lossText(loss: number): string {
  return loss >= 100 ? loss.toFixed(0) : loss >= 10 ? loss.toFixed(1) : loss.toFixed(3);
}

/** `4 min left`, `50 s left`. */
function timeLeft(seconds: number): string {
  return `${duration(seconds)} left`;
}

/** Seconds below a minute and a half, then minutes, then hours. */
function duration(seconds: number): string {
  if (seconds < 1) return 'less than 1 s';
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

export const phaseWords: Readonly<Record<RunPhase, string>> = {
  queued: 'waiting for the run before it',
  running: 'training',
  paused: 'paused',
  done: 'done',
  stopped: 'stopped and kept',
  interrupted: 'interrupted',
  failed: 'failed',
};

/** What is being done and how far, or how it ended. */
export function howFar(state: TrainingSummary): string[] {
  const { phase, activity, epoch, epochs, step, steps, imagesPerSecond, secondsLeft, seconds } = state;
  const parts: string[] = [];
  if (phase === 'running' || phase === 'paused') {
    if (phase === 'paused') parts.push('paused');
    if (activity !== undefined) parts.push(activity);
    if (epoch > 0) parts.push(`epoch ${epoch} of ${epochs}`);
    if (steps > 0 && epoch > 0) parts.push(`step ${step.toLocaleString()} of ${steps.toLocaleString()}`);
    if (phase === 'running' && imagesPerSecond !== undefined && imagesPerSecond > 0)
      parts.push(`${imagesPerSecond.toFixed(1)} img/s`);
    if (phase === 'running' && secondsLeft !== undefined) parts.push(timeLeft(secondsLeft));
    return parts.length === 0 ? ['starting'] : parts;
  }
  if (phase === 'queued') return [activity ?? phaseWords.queued];
  parts.push(phaseWords[phase]);
  if (epoch > 0) parts.push(`${epoch} of ${epochs} epochs`);
  if (seconds !== undefined && seconds > 0) parts.push(duration(seconds));
  return parts;
}

/** `best so far 61.2% on validation (epoch 6)`. */
export function bestWords({ best, phase }: TrainingSummary): string {
  if (!best) return '';
  const over = phase === 'done' || phase === 'stopped';
  const when = best.epoch === 0 ? 'before training' : `epoch ${best.epoch}`;
  return `${over ? 'best' : 'best so far'} ${percent(best.accuracy)} on validation (${when})`;
}

/** What another run is called beside its box. */
export function otherWords({ name, accuracy, phase, folder }: OtherRun): string {
  const ended = phase === 'done' || phase === 'stopped' ? '' : `, ${phaseWords[phase]}`;
  const on = folder === undefined ? '' : ` on ${folder}`;
  return `${name}${accuracy === undefined ? on : `, ${percent(accuracy)}${on}`}${ended}`;
}

/** What the list of changed mappings is called. */
export function changesWords(changes: number): string {
  if (changes === 0) return 'No mapping changed since the previous epoch';
  return changes === 1
    ? 'The mapping of 1 label changed since the previous epoch'
    : `The mapping of ${changes.toLocaleString()} labels changed since the previous epoch`;
}
