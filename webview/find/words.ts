import { pointName } from '../../src/core/find/foundTexts.ts';
import { phaseWords } from '../../src/core/runs/run.ts';
import { duration, timeLeft } from '../../src/core/text/numbers.ts';
import type { FindSummary, FoundPoint } from '../../src/protocol/findView.ts';
import { plural, say, t } from '../common/language.ts';

/** What is done and how long it may take, or how it ended. */
export function howFar(state: FindSummary): string[] {
  const { phase, activity, secondsLeft, tried, seconds, ended } = state;
  const ways = tried > 0 ? plural(tried, '{0} way tried', '{0} ways tried') : undefined;
  const parts: (string | undefined)[] = [];
  if (phase === 'running') {
    parts.push(activity ? say(activity.what) : t('starting'));
    if (activity && activity.total > 1) parts.push(t('{0} of {1}', activity.done, activity.total));
    parts.push(ways);
    // The budget is what is left at most: a search that has tried everything ends earlier.
    if (secondsLeft !== undefined) parts.push(say(timeLeft(secondsLeft)));
  } else {
    parts.push(say(phaseWords(phase)), ways, seconds ? say(duration(seconds)) : undefined);
    if (ended) parts.push(say(ended).replace(/[.。]$/u, ''));
  }
  return parts.filter((part) => part !== undefined);
}

/** What the point with the ring is: before the end others may still take its place. */
export function leads(live: boolean): string {
  return live ? t('recommended so far') : t('recommended');
}

/** `Linear probe · squeezenet1.1`. */
export function nameOf(point: FoundPoint): string {
  return say(pointName(point));
}
