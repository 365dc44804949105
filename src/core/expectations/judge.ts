import { classificationReport } from '../metrics/classification.ts';
import type { MeasuredOn } from '../metrics/measuredOn.ts';
import { learnedFromAll } from '../metrics/measuredText.ts';
import { type Bounds, f1Interval, meanInterval } from '../metrics/shareIntervals.ts';
import { wilson } from '../metrics/significance.ts';
import { closestName } from '../text/closestName.ts';
import { phrase, type Text } from '../text/text.ts';
import type { Comparison, Counted, Expectation } from './expectation.ts';

/** An image that was answered. */
export interface JudgedImage {
  /** Absolute. */
  readonly path: string;
  /** Relative to its folder of images, with `/`. */
  readonly name: string;
  /** Index of the answer; -1 where nothing is decided. */
  readonly target: number;
  readonly confidence: number;
  /** Index of the label that it is judged by; -1 where none is known, or it was learned from. */
  readonly truth: number;
}

/** What expectations are judged by. */
export interface JudgedImages {
  /** Of the alignment. */
  readonly labels: readonly string[];
  readonly images: readonly JudgedImage[];
  /** Files that could not be read; `name` as that of images. */
  readonly unread: readonly { readonly path: string; readonly name: string; readonly reason: Text }[];
  readonly measuredOn: Pick<MeasuredOn, 'withheld' | 'onlyLabel' | 'learned'>;
}

/** An image that an expectation fails by. */
export interface BreakingImage {
  readonly path: string;
  readonly name: string;
  /** The answer; undefined where nothing is decided, or the file was not read. */
  readonly answer: string | undefined;
  readonly confidence: number | undefined;
  readonly truth: string | undefined;
  /** Why the file could not be read. */
  readonly reason?: Text | undefined;
}

/** What came of an expectation. */
export type Verdict =
  | {
      readonly status: 'passed' | 'failed';
      /** What was found: a share in [0, 1], or a number of images. */
      readonly found: number;
      /** Of a share, the bounds of 95%. */
      readonly interval?: Bounds | undefined;
      /** The images that it is about. */
      readonly images: number;
      /** Failed: the images that broke it, the surest answers first, {@link MOST_BROKE} at most. Passed: none. */
      readonly broke: readonly BreakingImage[];
      /** How many images broke it. */
      readonly brokeCount: number;
    }
  | {
      /** The images do not say. */
      readonly status: 'undecidable';
      readonly why: Text;
      readonly hint?: Text | undefined;
    };

/** Images that are held of an expectation: a document may state thousands, each broken by every image of a folder. */
const MOST_BROKE = 1000;

/** Sums of shares differ from what they should be by rounding. */
const ROUNDING = 1e-9;

/** Judges an expectation by what an alignment answers. */
export function judge(expectation: Expectation, judged: JudgedImages): Verdict {
  switch (expectation.kind) {
    case 'share':
    case 'label':
      return judgeShare(expectation, judged);
    case 'count':
      return judgeCount(expectation, judged);
    case 'image':
      return judgeImage(expectation, judged);
  }
}

function judgeShare(
  expectation: Extract<Expectation, { kind: 'share' | 'label' }>,
  judged: JudgedImages,
): Verdict {
  const share = shareOf(expectation, judged);
  if ('why' in share) return { status: 'undecidable', ...share };
  const { comparison, bound } = expectation;
  const passed = holds(share.found, comparison, bound);
  const { found, interval, images } = share;
  const broken = passed ? NONE : breaking(judged, share.breaks);
  return { status: passed ? 'passed' : 'failed', found, interval, images, ...broken };
}

function holds(found: number, comparison: Comparison, bound: number): boolean {
  switch (comparison) {
    case '>=':
      return found >= bound - ROUNDING;
    case '<=':
      return found <= bound + ROUNDING;
    case '>':
      return found > bound + ROUNDING;
    case '<':
      return found < bound - ROUNDING;
  }
}

interface FoundShare {
  readonly found: number;
  readonly interval: Bounds;
  readonly images: number;
  /** Whether an image is one that the share would be met without. */
  readonly breaks: (image: JudgedImage) => boolean;
}

interface Why {
  readonly why: Text;
  readonly hint?: Text | undefined;
}

const isMeasured = ({ truth }: JudgedImage) => truth >= 0;
const isWrong = (image: JudgedImage) => isMeasured(image) && image.target !== image.truth;

function shareOf(
  expectation: Extract<Expectation, { kind: 'share' | 'label' }>,
  { images, labels, measuredOn }: JudgedImages,
): FoundShare | Why {
  if (expectation.figure === 'share') return answerShare(expectation, images, labels);
  const measured = images.filter(isMeasured);
  const [truths, answers] = [measured.map(({ truth }) => truth), measured.map(({ target }) => target)];
  const { accuracy, balancedAccuracy, perClass } = classificationReport(truths, answers, labels.length);
  if (accuracy === null || balancedAccuracy === null) return noTruth(measuredOn);
  if (measuredOn.withheld === 'one-label')
    return { why: phrase('Only one label can be predicted, so accuracy is not reported.') };
  // A ceiling is broken by answers that are right.
  const isFloor = expectation.comparison === '>=' || expectation.comparison === '>';
  const right = (image: JudgedImage) => isMeasured(image) && image.target === image.truth;
  const breaks = isFloor ? isWrong : right;
  const on = measured.length;
  if (expectation.kind === 'share') {
    const found = expectation.figure === 'accuracy' ? accuracy : balancedAccuracy;
    const recalls = perClass.flatMap(({ images: of, recall }) =>
      recall === null ? [] : [{ right: recall * of, of }],
    );
    const interval = expectation.figure === 'accuracy' ? wilson(accuracy, on) : meanInterval(recalls);
    return { found, interval, images: on, breaks };
  }
  const label = labels.indexOf(expectation.label);
  const { recall, precision, f1, images: of } = perClass[label];
  const predicted = answers.reduce((sum, one) => sum + Number(one === label), 0);
  const hits = recall === null ? 0 : Math.round(recall * of);
  const isOf = ({ truth }: JudgedImage) => truth === label;
  const isSaid = ({ target }: JudgedImage) => target === label;
  const { figure } = expectation;
  if (figure === 'recall') {
    if (recall === null) return { why: phrase('No measured image is {0}.', expectation.label) };
    return {
      found: recall,
      interval: wilson(recall, of),
      images: of,
      breaks: (one) => isOf(one) && breaks(one),
    };
  }
  if (measuredOn.onlyLabel !== undefined)
    return {
      why: phrase('All measured images are {0}: none can be mistaken for it.', measuredOn.onlyLabel),
      hint: phrase('Use recall instead.'),
    };
  if (figure === 'precision') {
    if (precision === null) return { why: phrase('No measured image was taken for {0}.', expectation.label) };
    const interval = wilson(precision, predicted);
    return { found: precision, interval, images: predicted, breaks: (one) => isSaid(one) && breaks(one) };
  }
  if (f1 === null)
    return { why: phrase('No measured image is {0}, or was taken for it.', expectation.label) };
  const any = of + predicted - hits;
  const interval = f1Interval(hits, any);
  return { found: f1, interval, images: any, breaks: (one) => (isOf(one) || isSaid(one)) && breaks(one) };
}

function answerShare(
  { label, comparison }: Extract<Expectation, { kind: 'label' }>,
  images: readonly JudgedImage[],
  labels: readonly string[],
): FoundShare | Why {
  if (images.length === 0) return { why: phrase('There are no images.') };
  const at = labels.indexOf(label);
  const found = images.filter(({ target }) => target === at).length / images.length;
  const isFloor = comparison === '>=' || comparison === '>';
  return {
    found,
    interval: wilson(found, images.length),
    images: images.length,
    // Too few: those that are of the label and were taken for another.
    breaks: ({ target, truth }) => (isFloor ? truth === at && target !== at : target === at),
  };
}

function noTruth({ learned }: JudgedImages['measuredOn']): Why {
  return learned > 0
    ? { why: learnedFromAll(learned), hint: phrase('Name a split or folder that nothing was learned from.') }
    : {
        why: phrase('No image has a known label.'),
        hint: phrase(
          'Put the images into class folders, give labels, or say how they are laid out with "{0}".',
          'layout',
        ),
      };
}

function judgeCount(
  { limit, count, counted }: Extract<Expectation, { kind: 'count' }>,
  judged: JudgedImages,
): Verdict {
  const { images, unread, measuredOn } = judged;
  if (counted === 'wrong' && !images.some(isMeasured))
    return { status: 'undecidable', ...noTruth(measuredOn) };
  const found = counted === 'unread' ? unread.length : images.filter(COUNTS[counted]).length;
  const passed = limit === 'at most' ? found <= count : found >= count;
  const broken =
    passed || limit === 'at least'
      ? NONE
      : counted === 'unread'
        ? cut(unread, ({ path, name, reason }) => ({ ...NOTHING, path, name, reason }))
        : breaking(judged, COUNTS[counted]);
  return { status: passed ? 'passed' : 'failed', found, images: images.length, ...broken };
}

const COUNTS: Readonly<Record<Exclude<Counted, 'unread'>, (image: JudgedImage) => boolean>> = {
  wrong: isWrong,
  undecided: ({ target }) => target < 0,
  measured: isMeasured,
  images: () => true,
};

function judgeImage(
  { must, label, path }: Extract<Expectation, { kind: 'image' }>,
  judged: JudgedImages,
): Verdict {
  const { images, labels, unread } = judged;
  const wanted = path.normalize('NFC').replace(/^(?:\.\/)+/, '');
  const isMeant = ({ name }: { readonly name: string }) =>
    wanted.endsWith('/') ? name.normalize('NFC').startsWith(wanted) : name.normalize('NFC') === wanted;
  const meant = images.filter(isMeant);
  const [lost] = unread.filter(isMeant);
  if (meant.length === 0 && lost)
    return { status: 'undecidable', why: phrase('{0} could not be read: {1}', lost.name, lost.reason) };
  if (meant.length === 0) {
    const near = nearName(wanted, images);
    return {
      status: 'undecidable',
      why: wanted.endsWith('/')
        ? phrase('There is no image below {0}.', path)
        : phrase('There is no image {0}.', path),
      hint:
        near === undefined
          ? phrase('Paths are relative to the folder of images.')
          : phrase('Did you mean {0}?', near),
    };
  }
  const target = labels.indexOf(label);
  const breaks = (image: JudgedImage) => (image.target === target) !== (must === 'always');
  const broken = breaking({ ...judged, images: meant }, breaks);
  const { brokeCount } = broken;
  const found = must === 'never' ? brokeCount : meant.length - brokeCount;
  return { status: brokeCount === 0 ? 'passed' : 'failed', found, images: meant.length, ...broken };
}

/** Names that are compared with one that is not there. */
const COMPARED = 5000;

/** Of images of the same folder, or of the same file name, the one that was probably meant. */
function nearName(wanted: string, images: readonly JudgedImage[]): string | undefined {
  const folder = wanted.slice(0, wanted.lastIndexOf('/') + 1);
  const file = wanted.slice(folder.length);
  const same = images.filter(({ name }) => file !== '' && (name === file || name.endsWith(`/${file}`)));
  if (same.length === 1) return same[0].name;
  const beside = images.filter(({ name }) => name.startsWith(folder));
  return closestName(
    wanted,
    (beside.length > 0 ? beside : images).slice(0, COMPARED).map(({ name }) => name),
  );
}

type Broken = Pick<Exclude<Verdict, { status: 'undecidable' }>, 'broke' | 'brokeCount'>;

const NONE: Broken = { broke: [], brokeCount: 0 };
const NOTHING = { answer: undefined, confidence: undefined, truth: undefined };

function breaking({ images, labels }: JudgedImages, breaks: (image: JudgedImage) => boolean): Broken {
  const sorted = images
    .filter(breaks)
    .sort((a, b) => b.confidence - a.confidence || (a.name < b.name ? -1 : 1));
  return cut(sorted, ({ path, name, target, truth, confidence }) => ({
    path,
    name,
    answer: labels[target],
    confidence: target < 0 ? undefined : confidence,
    truth: labels[truth],
  }));
}

function cut<Image>(images: readonly Image[], told: (image: Image) => BreakingImage): Broken {
  return { broke: images.slice(0, MOST_BROKE).map(told), brokeCount: images.length };
}
