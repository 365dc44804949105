import { measuredLines } from '../../metrics/measuredText.ts';
import { wilson } from '../../metrics/significance.ts';
import { imageCount, percent, shareRange } from '../../text/numbers.ts';
import { phrase, plural, type Text, verbatim } from '../../text/text.ts';
import type { Block, Cell, Fact, Report, Section, Table } from './reportBlocks.ts';
import { type Measured, measuredOf, type Reported, shareText } from './reported.ts';
import { CONFIDENCES } from './reportFacts.ts';
import { labelName } from './reportNames.ts';

/** Labels up to which the matrix is shown: a larger one is no help on paper. */
const MATRIX = 40;
const PAIRS = 10;
/** Rows of the table of labels. */
const ROWS = 300;
/** Images with a known label from which on a table of confidences says something. */
const TELLING = 20;

/** What is read first. */
export function figuresOf(reported: Reported): Report['figures'] {
  const { run, facts } = reported;
  const { accuracy, images } = measuredOf(reported);
  const expected = expectedOf(reported);
  return [
    { value: phrase('{0}', facts.images), about: plural(facts.images, 'image', 'images') },
    { value: phrase('{0}', run.labels.length), about: plural(run.labels.length, 'label', 'labels') },
    ...(accuracy !== null
      ? [
          { value: verbatim(percent(accuracy)), about: phrase('accuracy') },
          { value: intervalText(accuracy, images), about: phrase('95% interval') },
        ]
      : expected
        ? [{ value: shareRange(expected), about: phrase('expected accuracy') }]
        : []),
  ];
}

function intervalText(share: number, images: number): Text {
  const { low, high } = wilson(share, images);
  return phrase('{0} to {1}', percent(low), percent(high));
}

/** The estimate for all images; of a part of them it says nothing. */
function expectedOf({ run, isPart }: Reported) {
  const { figures } = run;
  return !isPart && figures?.measuredOn.measured === 0 ? figures.expectedAccuracy : undefined;
}

export function accuracySection(reported: Reported): Section {
  const { run, facts, filter, isPart } = reported;
  const measured = measuredOf(reported);
  const { accuracy } = measured;
  const { figures } = run;
  const expected = expectedOf(reported);
  const lines: Text[] = [];
  if (filter?.truth === 'right' || filter?.truth === 'wrong')
    lines.push(
      phrase('The images were chosen by whether their answers are right, so accuracy is not reported.'),
    );
  if (expected)
    lines.push(
      phrase(
        'No image has a known label. {0} of the answers are expected to be right: an estimate by how sure answers are and how well labels match, which holds for four of five folders.',
        shareRange(expected),
      ),
    );
  if (!isPart && figures) lines.push(...measuredLines(figures.measuredOn, run.folders));
  if (!isPart && figures?.learnedFrom)
    lines.push(
      plural(
        figures.learnedFrom,
        '{0} image that was learned from is not counted.',
        '{0} images that were learned from are not counted.',
      ),
    );
  return {
    heading: phrase('Accuracy'),
    blocks: [
      ...(accuracy === null ? [] : [{ kind: 'facts' as const, facts: accuracyFacts(reported, measured) }]),
      ...(!isPart && accuracy !== null ? splitTable(reported) : []),
      ...lines.map((text): Block => ({ kind: 'paragraph', text })),
      ...(accuracy !== null && facts.judged >= TELLING ? [confidenceTable(reported)] : []),
    ],
  };
}

function accuracyFacts(
  { run: { settling }, facts, isPart }: Reported,
  { accuracy, balancedAccuracy, images }: Measured,
): readonly Fact[] {
  const plain = !isPart && settling?.shown ? settling.plainMeasured : undefined;
  const measuredOn =
    images === facts.images ? imageCount(images) : phrase('{0} of {1}', images, imageCount(facts.images));
  return [
    { name: phrase('Accuracy'), value: shareText(accuracy, images) },
    { name: phrase('Measured on'), value: measuredOn },
    { name: phrase('Balanced accuracy'), value: verbatim(percent(balancedAccuracy)) },
    ...(plain && plain.accuracy !== null
      ? [
          {
            name: phrase('Accuracy without settling'),
            value: shareText(plain.accuracy, plain.measuredOn.measured),
          },
        ]
      : []),
  ];
}

function splitTable({ run }: Reported): readonly Table[] {
  const perSplit = run.figures?.perSplit ?? [];
  if (perSplit.length === 0) return [];
  return [
    {
      kind: 'table',
      title: phrase('Accuracy by split'),
      columns: [
        { title: phrase('Split') },
        { title: phrase('Images'), right: true },
        { title: phrase('With a true label'), right: true },
        { title: phrase('Accuracy') },
        { title: phrase('Balanced'), right: true },
      ],
      rows: perSplit.map(({ split, images, measured, accuracy, balancedAccuracy }) => [
        { text: verbatim(split) },
        { text: phrase('{0}', images) },
        { text: phrase('{0}', measured) },
        shareCell(accuracy, measured),
        { text: verbatim(percent(balancedAccuracy)) },
      ]),
    },
  ];
}

/** How often answers of each confidence are right. */
function confidenceTable({ facts }: Reported): Table {
  return {
    kind: 'table',
    title: phrase('How often confident answers are right'),
    columns: [
      { title: phrase('Confidence') },
      { title: phrase('Images'), right: true },
      { title: phrase('Right') },
    ],
    rows: facts.bins.flatMap(({ images, right }, bin): (readonly Cell[])[] => {
      if (images === 0) return [];
      const [low, high] = [CONFIDENCES[bin], CONFIDENCES[bin + 1] ?? 1];
      const range = phrase('{0} to {1}', percent(low), percent(high));
      return [[{ text: range }, { text: phrase('{0}', images) }, shareCell(right / images, images)]];
    }),
  };
}

function shareCell(share: number | null, images: number): Cell {
  const text = shareText(share, images);
  if (share === null || images === 0) return { text };
  return { text, interval: { share, ...wilson(share, images) } };
}

export function confusionSection({ run, facts }: Reported): Section | undefined {
  const { confusion, judged } = facts;
  if (judged === 0) return undefined;
  const nameOf = (label: number) =>
    label < 0 ? phrase('undecided') : verbatim(labelName(run.labels[label] ?? ''));
  const pairs = confusion.pairs();
  const blocks: Block[] = [];
  if (confusion.size <= MATRIX) {
    const { truths, predictions, counts } = confusion.result();
    blocks.push({
      kind: 'matrix',
      title: phrase('Images by true label (rows) and answer (columns)'),
      rows: truths.map(nameOf),
      columns: predictions.map(nameOf),
      counts,
      columnOf: truths.map((truth) => predictions.indexOf(truth)),
    });
  }
  if (pairs.length > 0)
    blocks.push({
      kind: 'table',
      title: phrase('Most confused labels'),
      columns: [
        { title: phrase('True label') },
        { title: phrase('Answer') },
        { title: phrase('Images'), right: true },
      ],
      rows: pairs
        .slice(0, PAIRS)
        .map(({ truth, predicted, images }) => [
          { text: nameOf(truth) },
          { text: nameOf(predicted) },
          { text: phrase('{0}', images) },
        ]),
    });
  else
    blocks.push({
      kind: 'paragraph',
      text: plural(
        judged,
        'The answer of the image with a true label is right.',
        'The answers of all {0} images with a true label are right.',
      ),
    });
  return { heading: phrase('Confusion'), blocks };
}

export function labelsSection(reported: Reported): Section {
  const { run, facts } = reported;
  const { accuracy, perClass } = measuredOf(reported);
  const isMeasured = accuracy !== null;
  const rows = run.labels.slice(0, ROWS).map((label, t): readonly Cell[] => {
    const { images, confidence } = facts.answers[t];
    const { images: known = 0, recall = null, precision = null, f1 = null } = perClass[t] ?? {};
    const answers: readonly Cell[] = [
      { text: verbatim(labelName(label)) },
      { text: phrase('{0}', images) },
      { text: verbatim(images === 0 ? percent(null) : percent(confidence)) },
    ];
    if (!isMeasured) return answers;
    return [
      ...answers,
      { text: phrase('{0}', known) },
      shareCell(recall, known),
      { text: verbatim(percent(precision)) },
      { text: verbatim(percent(f1)) },
    ];
  });
  const columns: Table['columns'] = [
    { title: phrase('Label') },
    { title: phrase('Answers'), right: true },
    { title: phrase('Mean confidence'), right: true },
  ];
  const measuredColumns: Table['columns'] = [
    { title: phrase('True images'), right: true },
    { title: phrase('Recall') },
    { title: phrase('Precision'), right: true },
    { title: phrase('F1'), right: true },
  ];
  return {
    heading: phrase('Labels'),
    blocks: [
      {
        kind: 'table',
        title: phrase('Answers by label'),
        columns: isMeasured ? [...columns, ...measuredColumns] : columns,
        rows,
      },
      ...moreRows(run.labels.length - ROWS),
    ],
  };
}

/** That a table has not all labels. */
export function moreRows(more: number): readonly Block[] {
  if (more <= 0) return [];
  const text = plural(more, '{0} more label is not listed.', '{0} more labels are not listed.');
  return [{ kind: 'paragraph', text }];
}
