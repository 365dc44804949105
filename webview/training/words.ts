import { phaseWords } from '../../src/core/runs/run.ts';
import { duration, percent, speed, timeLeft } from '../../src/core/text/numbers.ts';
import type { OtherRun, TrainingSummary } from '../../src/protocol/trainingView.ts';
import { plural, say, t } from '../common/language.ts';

/** A loss with as many digits as can be told apart. */
export function lossText(loss: number): string {
  return loss >= 100 ? loss.toFixed(0) : loss >= 10 ? loss.toFixed(1) : loss.toFixed(3);
}

/** What is being done and how far, or how it ended. */
export function howFar(state: TrainingSummary): string[] {
  const { phase, activity, epoch, epochs, step, steps, imagesPerSecond, secondsLeft, seconds } = state;
  const parts: string[] = [];
  if (phase === 'running' || phase === 'paused') {
    if (phase === 'paused') parts.push(say(phaseWords(phase)));
    if (activity !== undefined) parts.push(activity);
    if (epoch > 0) parts.push(t('epoch {0} of {1}', epoch, epochs));
    if (steps > 0 && epoch > 0) parts.push(t('step {0} of {1}', step, steps));
    if (phase === 'running' && imagesPerSecond) parts.push(say(speed(imagesPerSecond)));
    if (phase === 'running' && secondsLeft !== undefined) parts.push(say(timeLeft(secondsLeft)));
    return parts.length === 0 ? [t('starting')] : parts;
  }
  if (phase === 'queued') return [activity ?? say(phaseWords(phase))];
  parts.push(say(phaseWords(phase)));
  if (epoch > 0) parts.push(plural(epochs, '{1} of {0} epoch', '{1} of {0} epochs', epoch));
  if (seconds) parts.push(say(duration(seconds)));
  return parts;
}

/** `best so far 61.2% on validation (epoch 6)`. */
export function bestWords({ best, phase }: TrainingSummary): string {
  if (!best) return '';
  const accuracy = percent(best.accuracy);
  const over = phase === 'done' || phase === 'stopped';
  if (best.epoch === 0) {
    return over
      ? t('best {0} on validation (before training)', accuracy)
      : t('best so far {0} on validation (before training)', accuracy);
  }
  return over
    ? t('best {0} on validation (epoch {1})', accuracy, best.epoch)
    : t('best so far {0} on validation (epoch {1})', accuracy, best.epoch);
}

/** What another run is called beside its box. */
export function otherWords({ name, accuracy, phase, folder }: OtherRun): string {
  const parts = [name];
  if (accuracy !== undefined) {
    parts.push(folder === undefined ? percent(accuracy) : t('{0} on {1}', percent(accuracy), folder));
  } else if (folder !== undefined) parts.push(folder);
  if (phase !== 'done' && phase !== 'stopped') parts.push(say(phaseWords(phase)));
  return parts.join(' · ');
}

/** What the list of changed mappings is called. */
export function changesWords(changes: number): string {
  if (changes === 0) return t('No mapping changed since the previous epoch');
  return plural(
    changes,
    'The mapping of {0} label changed since the previous epoch',
    'The mapping of {0} labels changed since the previous epoch',
  );
}
