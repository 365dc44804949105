import type { FindDifference } from '../../src/core/find/findRecord.ts';
import { figureText, intervalText, measuredText } from '../../src/core/reuse/reuseTable.ts';
import { wayName } from '../../src/core/reuse/reuseWords.ts';
import { phaseWords } from '../../src/core/runs/run.ts';
import { duration, percent, timeLeft } from '../../src/core/text/numbers.ts';
import { listed } from '../../src/core/text/text.ts';
import type { FindSummary, FoundPoint } from '../../src/protocol/findView.ts';
import { plural, say, t } from '../common/language.ts';
import { isProvisional } from './frontier.ts';

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

/** `Linear probe · squeezenet1.1`. */
export function pointName({ way, backbones }: FoundPoint): string {
  return `${say(wayName(way))} · ${say(listed(backbones.map(({ name }) => name)))}`;
}

/** What reports a point, and what it looked like while choosing. */
export function figureLines({ figure, searched }: FoundPoint): string[] {
  const lines: string[] = [];
  if (figure) {
    const share = say(figureText(figure));
    const measured = say(measuredText(figure));
    lines.push(
      figure.by === 'expected'
        ? t('{0} ({1})', share, measured)
        : t('{0} ({1}), {2}', share, say(intervalText(figure)), measured),
    );
  }
  if (searched === null || figure?.by === 'expected') return lines;
  if (isProvisional({ figure }))
    lines.push(t('These images took part in choosing: the figure may be too good.'));
  else lines.push(t('It looked like {0} while choosing.', percent(searched)));
  return lines;
}

/** Less than this is taken for a difference. */
const CLEAR = 0.05;

/** How a point compares with a cheaper one on the same images. */
export function differenceLine({ value, low, high, p, images }: FindDifference, than: string): string {
  const points = (share: number) => (100 * share).toFixed(1);
  const sign = value >= 0 ? '+' : '';
  const range = t('{0}{1} points ({2} to {3})', sign, points(value), points(low), points(high));
  return p < CLEAR
    ? t('{0} against {1}, on {2} images: a clear difference (p = {3})', range, than, images, pText(p))
    : t('{0} against {1}, on {2} images: no clear difference (p = {3})', range, than, images, pText(p));
}

function pText(p: number): string {
  return p < 0.001 ? '< .001' : p.toFixed(p < 0.1 ? 3 : 2);
}

/** Which images chose and which report. */
export function honestLine({ parts, tried, points }: FindSummary): string | undefined {
  if (!parts || points.length === 0) return undefined;
  if (parts.heldOut > 0)
    return t(
      '{0} labeled images taught and chose. {1} others were used once, at the end: they report.',
      parts.search,
      parts.heldOut,
    );
  if (parts.search > 0)
    return t(
      'Too few labels to hold some back. Every figure is of images that the way did not learn from, less what choosing the best of {0} adds.',
      Math.max(tried, 1),
    );
  return t('No image has a label: accuracies are judged without labels, and small differences say nothing.');
}
