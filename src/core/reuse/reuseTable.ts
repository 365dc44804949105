import type { Problem } from '../errors.ts';
import { NOTHING, type ResultColumn } from '../tables/resultColumns.ts';
import { duration, fileSize, imageCount, intervalText, percent, shareRange } from '../text/numbers.ts';
import { listed, phrase, plural, type Text, verbatim } from '../text/text.ts';
import type { Changes, LearnsFrom, ReuseCost, ReuseFigure, ReuseResult } from './reuse.ts';
import { changesOf, changesWords, learnsFrom, learnsFromWords, wayName } from './reuseWords.ts';

/** A line of the results table: a reuse, or what reuses are compared with. */
export interface ReuseRow {
  readonly id: string;
  readonly name: Text;
  /** Several answer together: `a and b`. */
  readonly backbone?: Text | undefined;
  /** Absent for what reuses nothing, such as guessing. */
  readonly learns?: LearnsFrom | undefined;
  readonly changes?: readonly Changes[] | undefined;
  readonly figure: ReuseFigure | null;
  /** As far as it is known. */
  readonly cost?: { readonly [Name in keyof ReuseCost]?: ReuseCost[Name] | undefined };
  readonly problem?: Problem | undefined;
  readonly note?: Text | undefined;
}

/** A result as a line of the table. */
export function reuseRow({ id, way, backbones, figure, cost, problem, note }: ReuseResult): ReuseRow {
  return {
    id,
    name: wayName(way),
    backbone: listed(backbones.map(({ name }) => name)),
    learns: learnsFrom(way, cost.labels),
    changes: changesOf(way),
    figure,
    cost,
    problem,
    note,
  };
}

/** What columns are called and mean; a page may call the accuracy of its one way by the way. */
const titles = {
  way: [phrase('Method'), phrase('How the backbone is reused.')],
  backbone: [phrase('Backbone'), phrase('The pretrained classifiers that answer.')],
  learns: [phrase('Learns from'), phrase('What it must be given.')],
  changes: [
    phrase('Changes'),
    phrase('What of the way from an image to an answer is changed. The backbone never is.'),
  ],
  accuracy: [phrase('Accuracy'), phrase('Share of right answers, with the 95% interval.')],
  measured: [
    phrase('Measured on'),
    phrase('The images that the accuracy is about, and whether they chose anything.'),
  ],
  labels: [phrase('Labels'), phrase('Labeled images that it learned from.')],
  seconds: [
    phrase('Time to learn'),
    phrase('On this machine, without running the backbone on plain images.'),
  ],
  speed: [phrase('Images/s'), phrase('Images per second on this machine, without decoding.')],
  bytes: [phrase('Size'), phrase('Size of everything that classifies: backbones, prompts, and heads.')],
} as const satisfies Record<string, readonly [title: Text, meaning: Text]>;

export type ReuseColumnId = keyof typeof titles;

/** The columns of the results table; `tellingColumns` leaves out those that say nothing. */
export const reuseColumns: Readonly<Record<ReuseColumnId, ResultColumn<ReuseRow>>> = {
  way: { ...titled('way'), text: ({ name }) => name },
  backbone: { ...titled('backbone'), text: ({ backbone }) => backbone ?? NOTHING, onlyIfDifferent: true },
  learns: {
    ...titled('learns'),
    text: ({ learns }) => (learns ? learnsFromWords[learns].word : NOTHING),
    explain: ({ learns }) => learns && learnsFromWords[learns].meaning,
    onlyIfDifferent: true,
  },
  changes: {
    ...titled('changes'),
    text: ({ changes = [] }) =>
      changes.length === 0 ? NOTHING : listed(changes.map((one) => changesWords[one].word)),
    explain: ({ changes = [] }) =>
      changes.length === 0 ? undefined : joined(changes.map((one) => changesWords[one].meaning)),
    onlyIfDifferent: true,
  },
  accuracy: {
    ...titled('accuracy'),
    text: ({ figure }) => (figure ? figureText(figure) : NOTHING),
    beside: ({ figure }) => (figure && figure.by !== 'expected' ? intervalText(figure) : undefined),
    by: { value: ({ figure }) => figure?.value ?? null, better: 'higher' },
  },
  measured: {
    ...titled('measured'),
    text: ({ figure }) => (figure ? measuredText(figure) : NOTHING),
    onlyIfDifferent: true,
  },
  labels: {
    ...titled('labels'),
    text: ({ cost }) => countText(cost?.labels),
    by: { value: ({ cost }) => cost?.labels ?? null, better: 'lower' },
  },
  seconds: {
    ...titled('seconds'),
    text: ({ cost }) => learningText(cost?.seconds),
    by: { value: ({ cost }) => cost?.seconds ?? null, better: 'lower' },
  },
  speed: {
    ...titled('speed'),
    text: ({ cost }) => (cost?.imagesPerSecond ? rateText(cost.imagesPerSecond) : NOTHING),
    by: { value: ({ cost }) => cost?.imagesPerSecond ?? null, better: 'higher' },
  },
  bytes: {
    ...titled('bytes'),
    text: ({ cost }) => (cost?.bytes === undefined ? NOTHING : fileSize(cost.bytes)),
    by: { value: ({ cost }) => cost?.bytes ?? null, better: 'lower' },
  },
};

/** All columns in their order, the naming one first. */
export const allReuseColumns: readonly ResultColumn<ReuseRow>[] = Object.values(reuseColumns);

function titled(id: ReuseColumnId): Pick<ResultColumn<ReuseRow>, 'id' | 'title' | 'meaning'> {
  const [title, meaning] = titles[id];
  return { id, title, meaning };
}

/** `84.1%`, or `60 to 75%` of what was judged without labels. */
export function figureText({ value, low, high, by }: ReuseFigure): Text {
  return by === 'expected' ? shareRange({ accuracy: value, low, high }) : verbatim(percent(value));
}

/** `240 held-out images`: what a figure is about, and what these images did before. */
export function measuredText({ by, images }: Pick<ReuseFigure, 'by' | 'images'>): Text {
  switch (by) {
    case 'held-out':
      return plural(images, '{0} held-out image', '{0} held-out images');
    case 'unused-labels':
      return plural(images, '{0} image whose label it did not use', '{0} images whose labels it did not use');
    case 'corrected':
      return phrase('{0}, corrected for choosing', imageCount(images));
    case 'validation':
      return plural(images, '{0} validation image', '{0} validation images');
    case 'expected':
      return images > 0
        ? phrase('{0}, judged without labels', imageCount(images))
        : phrase('judged without labels');
  }
}

/** What all rows with a figure are measured on; undefined where they differ, or none has a figure. */
export function sharedMeasure(rows: readonly ReuseRow[]): Text | undefined {
  const figures = rows.flatMap(({ figure }) => figure ?? []);
  const [first] = figures;
  const same = figures.every(({ by, images }) => by === first.by && images === first.images);
  return first && same ? measuredText(first) : undefined;
}

/** What tells more: images that chose nothing, then those that were corrected for choosing, ... */
const TRUST: readonly ReuseFigure['by'][] = [
  'held-out',
  'corrected',
  'unused-labels',
  'validation',
  'expected',
];

/**
 * Ids of the rows that get the star: the highest figure among those that are measured in the most trustworthy way.
 * Several only where they are equal to the last image, not where rounding makes them look so; none without rivals.
 */
export function bestRows(rows: readonly ReuseRow[]): ReadonlySet<string> {
  const judged = rows.flatMap(({ id, figure, problem }) => (figure && !problem ? [{ id, figure }] : []));
  const by = TRUST.find((one) => judged.some(({ figure }) => figure.by === one));
  const rivals = judged.filter(({ figure }) => figure.by === by);
  const most = rivals.reduce((high, { figure }) => Math.max(high, figure.value), Number.NEGATIVE_INFINITY);
  const equal = rivals.filter(({ figure }) => most - figure.value < 1e-9);
  return new Set(judged.length > 1 ? equal.map(({ id }) => id) : []);
}

function learningText(seconds: number | null | undefined): Text | string {
  if (typeof seconds !== 'number') return NOTHING;
  // What was measured to take no tenth of a second is no more than one.
  return seconds === 0 ? phrase('none') : duration(Math.max(0.1, seconds));
}

function countText(count: number | undefined): Text | string {
  if (count === undefined) return NOTHING;
  return count === 0 ? phrase('none') : phrase('{0}', count);
}

function rateText(rate: number): Text {
  return phrase('{0}', rate >= 10 ? Math.round(rate) : Number(rate.toFixed(1)));
}

function joined(sentences: readonly Text[]): Text {
  return sentences.reduce((all, sentence) => phrase('{0} {1}', all, sentence));
}
