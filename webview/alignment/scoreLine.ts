import { learnedFromAll, measuredLines, withTruth } from '../../src/core/metrics/measuredText.ts';
import { wilson } from '../../src/core/metrics/significance.ts';
import { imageCount, intervalText, percent } from '../../src/core/text/numbers.ts';
import type { PageLocation, ShownScore } from '../../src/protocol/alignmentView.ts';
import { acting, element, label, linkButton, setReadAttribute, withNodes } from '../common/element.ts';
import { plural, say, t } from '../common/language.ts';

/** The line under the grid: what the mapping is worth, and what classifies images with it. */
export class ScoreLine {
  readonly element = element('div', { class: 'score', role: 'status', 'data-testid': 'alignment-score' });
  readonly #classify: () => void;
  #isMeasured = false;

  constructor(classify: () => void) {
    this.#classify = classify;
  }

  /** Whether it has an accuracy. */
  get isMeasured(): boolean {
    return this.#isMeasured;
  }

  /**
   * @param folders that the document was made for
   * @returns whether it has an accuracy now and had none, or the other way round
   */
  show(
    score: ShownScore | undefined,
    { location, folders }: { readonly location: PageLocation; readonly folders?: string | undefined },
  ): boolean {
    const verb = folders === undefined ? t('Zero-Shot Classify...') : t('Classify {0}', folders);
    this.element.hidden = score === undefined && location === 'panel';
    this.element.removeAttribute('aria-busy');
    this.element.replaceChildren(
      ...scoreLine(score, acting(linkButton(verb, this.#classify, 'alignment-classify'))),
    );
    setReadAttribute(this.element, 'title', scoreInWords(score));
    const isMeasured = (score?.now.accuracy ?? null) !== null;
    const isOther = isMeasured !== this.#isMeasured;
    this.#isMeasured = isMeasured;
    return isOther;
  }

  /** What stands there is about the version before, until the new one is scored. */
  wait(): void {
    this.element.setAttribute('aria-busy', 'true');
  }

  clear(): void {
    this.element.replaceChildren();
  }
}

/**
 * What the mapping is worth on images that were classified already, and what its last change did to that. One line, which
 * is cut where it is narrow: so the figure, its folder, and what comes next come first.
 * @param next what classifies images with it
 */
function scoreLine(score: ShownScore | undefined, next: Node): Node[] {
  if (!score) return [next, element('span', { class: 'quiet' }, scoreInWords(score))];
  const { now, before, changed, title, classifiedWith } = score;
  const folder = element('span', { class: 'quiet', 'data-testid': 'score-folder' }, label(title));
  const reach =
    now.reach === null ? [] : [figure(t('Reach'), now.reach, before?.reach ?? undefined, 'score-reach')];
  for (const one of reach) {
    setReadAttribute(one, 'title', t('Images whose strongest source label is mapped to a target label'));
  }
  const isPartly = now.measuredOn.measured < now.images;
  const images = element(
    'span',
    { class: 'quiet', 'data-testid': 'score-images' },
    whichImages(score),
    ...(classifiedWith === undefined
      ? []
      : [' · ', ...withNodes(t('classified with {0}'), label(classifiedWith))]),
  );
  const figures =
    now.accuracy === null
      ? [...reach, folder]
      : [
          figure(t('Accuracy'), now.accuracy, before?.accuracy ?? undefined, 'score-accuracy'),
          ...(before ? [] : [element('span', { class: 'number quiet' }, `(${intervalOf(now)})`)]),
          // Of a few images a figure is not to stand alone.
          ...(isPartly ? [images, folder, ...reach] : [folder, ...reach]),
        ];
  const rest = figures.includes(images) ? [] : [images];
  if (!before) return [...figures, next, ...rest];
  const change = element('span', { 'data-testid': 'score-changed' }, changedInWords(changed));
  return [...figures, next, change, ...rest];
}

/** All that the line says and what it leaves out, for those who point at it. */
export function scoreInWords(score: ShownScore | undefined): string {
  if (!score) return t('Classify a folder with this alignment to see how edits change its accuracy.');
  const { now, before, changed, title, classifiedWith } = score;
  return [
    title,
    whichImages(score),
    ...(before ? [changedInWords(changed)] : []),
    ...(classifiedWith === undefined ? [] : [t('classified with {0}', classifiedWith)]),
    ...(now.accuracy === null
      ? []
      : [
          t('95% interval of the accuracy: {0}', intervalOf(now)),
          t('Accuracy of images that are judged alone, without settling.'),
        ]),
    ...measuredLines(now.measuredOn).map((text) => say(text)),
  ].join('\n');
}

/** `80.2 to 87.3%`: where the accuracy lies. */
function intervalOf({ accuracy, measuredOn }: ShownScore['now']): string {
  return say(intervalText(wilson(accuracy ?? 0, measuredOn.measured)));
}

function changedInWords(changed: number): string {
  return plural(changed, 'last edit: {0} prediction changed', 'last edit: {0} predictions changed');
}

/** Which images the figures are about: `120 of 240 images have a true label · 12 more not classified or unreadable`. */
export function whichImages({ now, unseen }: Pick<ShownScore, 'now' | 'unseen'>): string {
  const { measuredOn } = now;
  const parts = [
    measuredOn.measured === 0 && measuredOn.learned > 0
      ? say(learnedFromAll(measuredOn.learned)).replace(/[.。]$/u, '')
      : measuredOn.measured === 0
        ? plural(now.images, '{0} image without a true label', '{0} images without a true label')
        : measuredOn.measured === now.images
          ? say(imageCount(now.images))
          : say(withTruth(measuredOn.measured, now.images)),
  ];
  if (measuredOn.withheld === 'one-label') {
    parts.push(t('No accuracy: only one label can be predicted'));
  }
  if (unseen > 0) {
    parts.push(t('{0} more not classified or unreadable', unseen));
  }
  return parts.join(' · ');
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
