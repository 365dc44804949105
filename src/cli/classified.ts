import path from 'node:path';
import { type Answered, answersOf } from '../capabilities/answers.ts';
import type { Classified } from '../capabilities/classifyImages.ts';
import type { LooksByPath } from '../capabilities/imageLooks.ts';
import type { SettleAsked } from '../capabilities/together.ts';
import type { AlignmentDocument } from '../core/alignments/alignment.ts';
import { backbonesOf } from '../core/alignments/members.ts';
import { jsonPieces } from '../core/json/jsonPieces.ts';
import { LOOKS_COLUMNS, looksInCells, looksInJson } from '../core/likeness/looks.ts';
import type { ContradictedPromise } from '../core/metrics/balance.ts';
import { measuredShare } from '../core/metrics/measuredText.ts';
import { wilson } from '../core/metrics/significance.ts';
import { csvOf } from '../core/text/csv.ts';
import { duration, imageCount, intervalText, percent, shareRange, speed } from '../core/text/numbers.ts';
import { say } from '../core/text/text.ts';
import type { ClassifyResult } from '../protocol/classification.ts';
import type { SettleResult } from '../protocol/settling.ts';
import { cautionInJson, cautionLines } from './cautionArguments.ts';
import { EXIT } from './command.ts';
import { measuredNotes, passedOverLine, skippedLines, tellSkipped } from './notRead.ts';
import { writeOutput } from './outputFiles.ts';
import { settledInJson, settledLines } from './settleArguments.ts';
import { printable, type Terminal, table } from './terminal.ts';

const SHOWN_SKIPPED = 10;
const COLUMNS = ['path', 'label', 'confidence', 'truth', 'plain', 'given'];

/** How a classification is told. */
interface Told {
  readonly csv: string | undefined;
  readonly json: boolean;
  readonly made: MadeBy;
  /** What else JSON says. */
  readonly more?: object | undefined;
}

/** What was asked when, for whoever wants the same again. */
interface MadeBy {
  readonly time: string;
  /** File of the alignment that was given. */
  readonly alignment: string | undefined;
  readonly argv: readonly string[];
}

/** Tells what was classified: as JSON or a report, and as CSV where that is asked for. @returns the exit code */
export async function tellClassified(
  { result, predictions, about, asked, together, contradicted, looks }: Classified,
  { csv, json: asJson, made, more }: Told,
  terminal: Terminal,
): Promise<number> {
  const { alignment, folders } = about;
  const labels = alignment.targets.map(({ label }) => label);
  const answered = answersOf(predictions, labels, together);
  if (csv !== undefined) await writeCsv(csv, answered, looks);
  tellSkipped(result.skipped, terminal);
  if (asJson) {
    const document = json(result, answered, labels, { together, contradicted, looks, folders, made, more });
    for (const piece of jsonPieces(document)) terminal.out(piece);
  } else terminal.out(report(result, { alignment, folders }, terminal, together, asked));
  if (result.cancelled) return EXIT.cancelled;
  return result.images === 0 ? EXIT.failed : EXIT.done;
}

function json(
  result: ClassifyResult,
  answered: readonly Answered[],
  labels: readonly string[],
  {
    together,
    contradicted,
    looks,
    folders,
    made,
    more,
  }: {
    readonly together: SettleResult | undefined;
    readonly contradicted: ContradictedPromise | undefined;
    readonly looks: LooksByPath | undefined;
    readonly folders: readonly string[];
    readonly made: MadeBy;
    readonly more: object | undefined;
  },
): object {
  const {
    images,
    skipped,
    passedOver,
    accuracy,
    measuredOn,
    balancedAccuracy,
    perClass,
    perSplit,
    expectedAccuracy,
    ...rest
  } = result;
  return {
    folders,
    images,
    skipped,
    passedOver,
    accuracy,
    plainAccuracy: together?.plainFigures.accuracy,
    measuredOn,
    balancedAccuracy,
    perClass,
    perSplit,
    expectedAccuracy,
    ...(together ? settledInJson(together, contradicted, labels) : {}),
    caution: together?.cautious && cautionInJson(together.cautious, labels),
    predictions: predictionsInJson(answered, looks),
    ...rest,
    time: made.time,
    alignment: made.alignment === undefined ? null : path.resolve(made.alignment),
    command: { folder: process.cwd(), words: ['semap', ...made.argv] },
    ...more,
  };
}

function* predictionsInJson(
  answered: readonly Answered[],
  looks: LooksByPath | undefined,
): Generator<object> {
  for (const { path: file, said, plain, given, truth, split } of answered) {
    yield {
      path: file,
      ...said,
      ...(plain ? { plain: plain.label, plainConfidence: plain.confidence } : {}),
      given,
      truth,
      split,
      ...looksInJson(looks?.get(file)),
    };
  }
}

export async function writeCsv(
  file: string,
  answered: readonly Answered[],
  looks: LooksByPath | undefined,
): Promise<void> {
  const hasSplits = answered.some(({ split }) => split !== undefined);
  const rows = answered.map(({ path: image, said, plain, given, truth, split }) => [
    image,
    said.label,
    said.confidence.toFixed(6),
    truth ?? '',
    plain?.label ?? said.answer ?? said.label,
    // As exports of the results page say it.
    given === null ? 'none of these' : (given ?? ''),
    ...(hasSplits ? [split ?? ''] : []),
    ...looksInCells(looks?.get(image)),
  ]);
  const columns = [...COLUMNS, ...(hasSplits ? ['split'] : []), ...LOOKS_COLUMNS];
  await writeOutput('csv', file, csvOf([columns, ...rows]));
}

export function report(
  result: ClassifyResult,
  { alignment, folders }: { readonly alignment: AlignmentDocument; readonly folders: readonly string[] },
  terminal: Terminal,
  together: SettleResult | undefined,
  asked: SettleAsked,
): string {
  const lines: string[] = [];
  if (result.accuracy !== null) {
    const rows = result.perClass.map(({ label, images, precision, recall, f1 }) => [
      String(images),
      percent(recall),
      percent(precision),
      percent(f1),
      label,
    ]);
    const columns = ['images', 'recall', 'precision', 'F1'].map((title) => ({ title, right: true as const }));
    lines.push(table([...columns, { title: 'label' }], rows, terminal.columns));
    const share = say(measuredShare(result.measuredOn));
    const range = say(intervalText(wilson(result.accuracy, result.measuredOn.measured)));
    lines.push(
      `Accuracy ${percent(result.accuracy)} (${range}) on ${share}, balanced ${percent(result.balancedAccuracy)}\n`,
    );
    for (const { split, accuracy, balancedAccuracy, measured } of result.perSplit ?? []) {
      if (measured > 0)
        lines.push(
          `  ${split}: ${percent(accuracy)} on ${say(imageCount(measured))}, balanced ${percent(balancedAccuracy)}\n`,
        );
    }
    if (result.learnedFrom) {
      lines.push(`Not measured: ${say(imageCount(result.learnedFrom))} that something was learned from.\n`);
    }
  }
  const { expectedAccuracy, measuredOn } = result;
  if (expectedAccuracy && measuredOn.measured === 0) {
    const when = together ? ' before settling' : '';
    lines.push(`Expected accuracy${when}: ${say(shareRange(expectedAccuracy))}, estimated without labels\n`);
  }
  if (result.images > 0) lines.push(measuredNotes(result.measuredOn, folders));
  if (together)
    lines.push(
      ...settledLines(
        together,
        asked,
        result.perClass.map(({ label }) => label),
      ),
    );
  if (together?.cautious) lines.push(...cautionLines(together.cautious));
  const rate = result.seconds > 0 ? `, ${say(speed(result.images / result.seconds))}` : '';
  const by = result.head ? `head ${result.head.kind}` : `method ${result.method.name}`;
  const how = `${backbonesOf(alignment).name}, ${by}, ${result.device.provider}`;
  lines.push(
    `${result.cancelled ? 'Canceled after ' : ''}${say(imageCount(result.images))} in ${say(duration(result.seconds))}${rate} (${printable(how)})\n`,
  );
  lines.push(...skippedLines(result.skipped, SHOWN_SKIPPED));
  if (result.passedOver) lines.push(passedOverLine(result.passedOver));
  return lines.join('');
}
