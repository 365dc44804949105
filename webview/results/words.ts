import { learnedFromAll, measuredLines } from '../../src/core/metrics/measuredText.ts';
import { wilson } from '../../src/core/metrics/significance.ts';
import { duration, imageCount, intervalText, percent, shareRange } from '../../src/core/text/numbers.ts';
import { listed, phrase, plural as pluralText } from '../../src/core/text/text.ts';
import { GIVEN } from '../../src/core/truths/imageTruths.ts';
import { SHOWN } from '../../src/protocol/cautionView.ts';
import type { RunSummary } from '../../src/protocol/resultsView.ts';
import { dateTime, plural, say, t } from '../common/language.ts';
import type { ResultTable } from './resultTable.ts';

/** What stands in place of a label where all of them have the same score. */
export function undecided(): string {
  return t('undecided');
}

/** What is said of an image: its label; or what stands in place of one that is not sure enough, with that label. */
export function saidOf(table: ResultTable, labels: readonly string[], image: number): string {
  if (isGiven(table, image) && table.predicted(image) < 0) return t('none of these');
  const predicted = labels[table.predicted(image)] ?? undecided();
  const said = table.said(image);
  switch (said) {
    case SHOWN.label:
      return predicted;
    case SHOWN.notSure:
      return table.predicted(image) < 0 ? predicted : t('not sure: {0}', predicted);
    case SHOWN.none:
      return t('none of these: {0}', predicted);
    default:
      return t('{0}: {1}', table.kinds[said]?.label ?? '', predicted);
  }
}

/** Whether what is shown is what a person said: among settled answers it takes the place of the answer. */
export function isGiven(table: ResultTable, image: number): boolean {
  return table.about.settled && table.given(image) !== GIVEN.nothing;
}

/** What the mapping or the head of the alignment says of the image alone, beside the settled answer. */
export function plainWords(table: ResultTable, labels: readonly string[], image: number): string {
  const sure = percent(table.plainConfidence(image));
  return table.plain(image) === table.predicted(image)
    ? t('Without settling: the same, {0}', sure)
    : t('Without settling: {0}, {1}', labels[table.plain(image)] ?? undecided(), sure);
}

/** `12 images could not be read`, `1 folder and 12 images could not be read`. */
export function skippedSentence(skipped: number, folders = 0): string {
  const read = skipped - folders;
  if (folders === 0) return plural(read, '{0} image could not be read', '{0} images could not be read');
  if (read === 0) return plural(folders, '{0} folder could not be read', '{0} folders could not be read');
  const both = pluralText(folders, '{0} folder', '{0} folders');
  return t('{0} and {1} could not be read', both, imageCount(read));
}

/** `12 items passed over`: files, and folders of other programs. */
export function passedOverSentence(items: number): string {
  return plural(items, '{0} item passed over', '{0} items passed over');
}

/** How far a run is: `412 of 1,000`. */
export function howFar({ phase, done, total, listed, predictions, gone = 0, waiting }: RunSummary): string {
  if (phase === 'done') return say(imageCount(predictions));
  // What could not be read has a tab of its own, as when a run is over.
  if (phase === 'running' && waiting) return t('{0}, waiting for more', imageCount(predictions - gone));
  const far =
    total === 0 && !listed
      ? phrase('Looking for images...')
      : listed
        ? phrase('{0} of {1}', done, total)
        : phrase('{0} of {1}+', done, total);
  if (phase === 'cancelled') return t('{0}, not finished', far);
  return phase === 'failed' ? t('{0}, stopped', far) : say(far);
}

/** Judged images from which on accuracy is told while others are still run. */
const TELLING = 20;

/** `Accuracy: 84.1% on 120 of 240 images`; `so far` while it runs. */
export function accuracySentence(run: RunSummary): string {
  const { judged, correct, phase, withheld, mixed, gone = 0 } = run;
  const predictions = run.predictions - gone;
  const running = phase === 'running';
  if (withheld === 'one-label') return t('No accuracy: only one label can be predicted');
  // Of the first folder alone, or of a handful of images, it says nothing about all.
  if (running && (!mixed || judged < TELLING)) return '';
  if (areOnlyHeld(run)) return '';
  if (judged === 0) return estimateSentence(run);
  const accuracy = percent(correct / judged);
  const on =
    judged === predictions ? imageCount(judged) : phrase('{0} of {1}', judged, imageCount(predictions));
  return running ? t('Accuracy so far: {0} on {1}', accuracy, on) : t('Accuracy: {0} on {1}', accuracy, on);
}

/** Whether all that judges are a few labels drawn at random: settling says how much they tell. */
function areOnlyHeld({ judged, settling }: RunSummary): boolean {
  const { learned = 0, held = 0 } = settling?.figures ?? {};
  return learned + held > 0 && judged <= held;
}

/** `95% interval of the accuracy: 80.2 to 87.3%`; nothing where no accuracy is said, or not of all images yet. */
export function intervalSentence(run: RunSummary): string {
  const { judged, correct, phase, withheld } = run;
  if (phase === 'running' || judged === 0 || withheld !== undefined || areOnlyHeld(run)) return '';
  return t('95% interval of the accuracy: {0}', say(intervalText(wilson(correct / judged, judged))));
}

/** What a person must know of the run, and of its accuracy where there is one. */
export function noteLines(run: RunSummary): readonly string[] {
  const { notes, measuredOn, source, judged } = run;
  if (!measuredOn || (judged > 0 && areOnlyHeld(run))) return notes;
  return [...notes, ...measuredLines(measuredOn, source.folders).map((line) => say(line))];
}

/** `Estimate: 60 to 75% right`: short, for it stands beside the name of the folder; the details say what it rests on. */
function estimateSentence({ expectedAccuracy, settling, learnedFrom = 0 }: RunSummary): string {
  if (!expectedAccuracy)
    return learnedFrom > 0 ? say(learnedFromAll(learnedFrom)).replace(/[.。]$/u, '') : t('No true labels');
  const range = say(shareRange(expectedAccuracy));
  return settling?.shown ? t('Estimate: {0} right before settling', range) : t('Estimate: {0} right', range);
}

/** `train 91.2% · test 88.0%`: the accuracy of each split; nothing where there are none. */
export function splitsLine({ perSplit = [], judged }: RunSummary): string {
  if (judged === 0) return '';
  return perSplit
    .flatMap(({ split, accuracy }) => (accuracy === null ? [] : [`${split} ${percent(accuracy)}`]))
    .join(' · ');
}

/** The same with the images that they are about, a sentence each. */
export function splitSentences({ perSplit = [], judged }: RunSummary): readonly string[] {
  if (judged === 0) return [];
  return perSplit.flatMap(({ split, accuracy, images, measured }) => {
    if (accuracy === null) return [];
    const on = measured === images ? imageCount(images) : phrase('{0} of {1}', measured, imageCount(images));
    return [t('{0}: {1} on {2}', split, percent(accuracy), on)];
  });
}

/** Where the truth comes from, and which images nothing is measured with. */
export function truthSentence({
  source,
  judged,
  learnedFrom = 0,
  withheld,
  settling,
  expectedAccuracy,
}: RunSummary): string {
  if (judged === 0)
    return expectedAccuracy
      ? t(
          'No image has a known label. The estimate rests on how sure answers are, how much of that comes from source labels that the mapping uses, how many labels are given, and how well they match. It holds for four of five folders. To measure accuracy, label images that are drawn at random.',
        )
      : '';
  if (withheld !== undefined) return '';
  const { learned = 0, held = 0 } = settling?.figures ?? {};
  const from =
    learned + held === 0
      ? layoutTruths(source)
      : judged <= held
        ? t('True labels: those given to images drawn at random')
        : t('True labels: labels that were given, class folders or a table');
  if (learnedFrom === 0) return from;
  const left = plural(
    learnedFrom,
    '{0} image that was learned from is not counted.',
    '{0} images that were learned from are not counted.',
  );
  return `${from} · ${left}`;
}

/** Where the folders themselves say what images are of. */
function layoutTruths({ layouts = [] }: RunSummary['source']): string {
  const [layout] = layouts;
  const isOne = layouts.every((other) => other?.kind === layout?.kind);
  if (isOne && layout?.kind === 'names') return t('True labels: file names or a table');
  if (isOne && layout?.kind === 'table') {
    const files = layouts.flatMap((other) => (other?.kind === 'table' ? [other.table.file] : []));
    return t('True labels: {0}', say(listed([...new Set(files.map(nameOf))])));
  }
  return t('True labels: class folders or a table');
}

/** The name of a table, wherever it lies. */
function nameOf(file: string): string {
  return file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
}

/** What is classified and used: `only val · squeezenet1.1 · SeMap adaptive · settled`. */
export function chainOf({ source, backbone, method, prompted, settling }: RunSummary): string {
  const settled = settling?.shown && (settling.balanced ? t('settled, balanced') : t('settled'));
  return [
    ...(source.split ? [t('only {0}', source.split)] : []),
    backbone,
    ...(prompted ? [t('trained prompt')] : []),
    method,
    ...(settled ? [settled] : []),
  ].join(' · ');
}

/** Where the numbers come from. */
export function origin(run: RunSummary): string {
  const chain = chainOf(run);
  return [
    run.alignment === undefined ? chain : `${chain} · ${run.alignment}`,
    run.device,
    say(imageCount(run.predictions)),
    run.cached > 0 ? plural(run.cached, '{0} image from the cache', '{0} images from the cache') : undefined,
    run.seconds === undefined ? undefined : say(duration(run.seconds)),
    t('started {0}', dateTime(new Date(run.source.time))),
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}

/** What a screen reader is told when a run ends. */
export function ending(run: RunSummary): string {
  const { phase, predictions } = run;
  return [
    ...(phase === 'cancelled' ? [t('Canceled.')] : phase === 'failed' ? [t('Stopped.')] : []),
    plural(predictions, 'Classified {0} image.', 'Classified {0} images.'),
    accuracySentence(run),
  ]
    .join(' ')
    .trim();
}
