import { duration, imageCount, percent } from '../../src/core/text/numbers.ts';
import type { RunSummary } from '../../src/protocol/resultsView.ts';
import { say } from '../common/language.ts';

/** What stands in place of a label where all of them have the same score. */
export const UNDECIDED = 'undecided';

/** Confidence as a number of fixed width: `.93`, `1.0`. */
export function confidence(value: number): string {
  return value >= 0.995 ? '1.0' : value.toFixed(2).slice(1);
}

export function images(count: number): string {
  return say(imageCount(count));
}

/** `12 images could not be read`, `1 folder and 12 images could not be read`. */
export function skippedSentence(count: number, folders = 0): string {
  const parts = [
    folders > 0 ? (folders === 1 ? '1 folder' : `${folders.toLocaleString()} folders`) : undefined,
    count > folders ? images(count - folders) : undefined,
  ].filter((part) => part !== undefined);
  return `${parts.join(' and ')} could not be read`;
}

/** `12 items passed over`: files, and folders of other programs. */
export function passedOverSentence(count: number): string {
  return `${count === 1 ? '1 item' : `${count.toLocaleString()} items`} passed over`;
}

/** How far a run is: `412 of 1,000`. */
export function howFar({ phase, done, total, listed, predictions }: RunSummary): string {
  if (phase === 'done') return images(predictions);
  const most = total === 0 && !listed ? 'counting' : `${total.toLocaleString()}${listed ? '' : '+'}`;
  return most === 'counting' ? 'Looking for images…' : `${done.toLocaleString()} of ${most}`;
}

/** `accuracy 84.1% on 120 of 240 images`, with `so far` while it runs. */
export function accuracySentence({ judged, correct, phase, predictions, withheld }: RunSummary): string {
  if (withheld === 'one-label') return 'Only one label can be predicted: accuracy would say nothing';
  if (judged === 0) return phase === 'running' ? '' : 'No true labels known';
  const of = judged === predictions ? '' : `${judged.toLocaleString()} of `;
  const soFar = phase === 'running' ? ' so far' : '';
  return `accuracy${soFar} ${percent(correct / judged)} on ${of}${images(predictions)}`;
}

/** Where the truth comes from. */
export function truthSentence({ judged, learnedFrom = 0, withheld }: RunSummary): string {
  if (judged === 0 || withheld !== undefined) return '';
  const learned = learnedFrom > 0 ? `; the ${images(learnedFrom)} learned from do not count` : '';
  return `(true labels: folder names${learned})`;
}

/** What is used: `squeezenet1.1 · semap`. */
export function chainOf({ backbone, method, prompted }: RunSummary): string[] {
  return [backbone, ...(prompted ? ['trained prompt'] : []), method];
}

/** Where the numbers come from. */
export function origin(run: RunSummary): string {
  const chain = chainOf(run).join(' · ');
  return [
    run.alignment === undefined ? chain : `${chain}, ${run.alignment}`,
    run.device,
    images(run.predictions),
    run.cached > 0 ? `${run.cached.toLocaleString()} from the cache` : undefined,
    run.seconds === undefined ? undefined : say(duration(run.seconds)),
    `begun ${new Date(run.source.time).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' })}`,
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}
