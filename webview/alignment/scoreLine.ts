import { measuredLines, measuredShare } from '../../src/core/metrics/measuredText.ts';
import { percent } from '../../src/core/text/numbers.ts';
import type { ShownScore } from '../../src/protocol/alignmentView.ts';
import { element, label, setReadAttribute } from '../common/element.ts';
import { say } from '../common/language.ts';

/** What the mapping is worth on images that were classified already, and what its last change did to that. */
export function scoreLine(score: ShownScore | undefined): Node[] {
  if (!score) {
    return [
      element(
        'span',
        { class: 'quiet' },
        'Classify a folder with this alignment to see what an edit does to its accuracy.',
      ),
    ];
  }
  const { now, before, changed, title, classifiedWith } = score;
  const parts: Node[] = [];
  if (now.accuracy !== null) {
    parts.push(figure('accuracy', now.accuracy, before?.accuracy ?? undefined, 'score-accuracy'));
  }
  if (now.reach !== null) {
    const reach = figure('reach', now.reach, before?.reach ?? undefined, 'score-reach');
    setReadAttribute(reach, 'title', 'Images whose strongest source label is mapped to a target label');
    parts.push(reach);
  }
  if (before) {
    const predictions = changed === 1 ? '1 prediction' : `${changed.toLocaleString()} predictions`;
    parts.push(element('span', { 'data-testid': 'score-changed' }, `last edit: ${predictions} changed`));
  }
  parts.push(
    element(
      'span',
      {
        class: 'quiet',
        'data-testid': 'score-images',
        title: measuredLines(now.measuredOn).map(say).join('\n') || undefined,
      },
      'on ',
      label(title),
      `, ${whichImages(score)}`,
      ...(classifiedWith === undefined ? [] : [' (classified with ', label(classifiedWith), ')']),
    ),
  );
  return parts;
}

/** Which images the figures are about: `120 of 240 images with a known label, 12 more not classified or unreadable`. */
export function whichImages({ now, unseen }: Pick<ShownScore, 'now' | 'unseen'>): string {
  const { measuredOn } = now;
  const all = now.images === 1 ? '1 image' : `${now.images.toLocaleString()} images`;
  const parts = [
    measuredOn.measured === 0
      ? `${all} without a known label`
      : measuredOn.measured === now.images
        ? all
        : `${say(measuredShare(measuredOn))} with a known label`,
  ];
  if (measuredOn.withheld === 'one-label') parts.push('accuracy withheld: only one label can be predicted');
  if (unseen > 0) parts.push(`${unseen.toLocaleString()} more not classified or unreadable`);
  return parts.join(', ');
}

function figure(name: string, now: number, before: number | undefined, testId: string): HTMLElement {
  return element(
    'span',
    { 'data-testid': testId },
    `${name} `,
    element('span', { class: 'number' }, percent(now)),
    before === undefined
      ? undefined
      : element('span', { class: 'number quiet' }, ` (${difference(now, before)})`),
  );
}

/** `+0.6`, `−1.2` or `±0`, in percentage points. */
export function difference(now: number, before: number): string {
  const points = (100 * (now - before)).toFixed(1);
  if (Number(points) === 0) return '±0';
  return points.startsWith('-') ? `−${points.slice(1)}` : `+${points}`;
}
