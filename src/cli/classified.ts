import path from 'node:path';
import { labelNotes, settled } from '../capabilities/together.ts';
import type { AlignmentDocument } from '../core/alignments/alignment.ts';
import { backbonesOf } from '../core/alignments/members.ts';
import type { Prediction } from '../core/evidence/imageScorer.ts';
import type { SplitName } from '../core/folders/layout.ts';
import { LOOKS_COLUMNS, looksInCells, looksInJson } from '../core/likeness/looks.ts';
import type { ContradictedPromise } from '../core/metrics/balance.ts';
import { measuredShare } from '../core/metrics/measuredText.ts';
import { csvOf } from '../core/text/csv.ts';
import { inNaturalOrder } from '../core/text/naturalOrder.ts';
import { duration, imageCount, percent, shareRange, speed } from '../core/text/numbers.ts';
import { say, textsInEnglish } from '../core/text/text.ts';
import type { ClassifyParams, ClassifyResult } from '../protocol/classification.ts';
import type { SettleParams, SettleResult } from '../protocol/settling.ts';
import { cautionInJson, cautionLines, SaidAnswers, type SaidOf } from './cautionArguments.ts';
import { EXIT } from './command.ts';
import type { EngineSession } from './engineSession.ts';
import { imageLooks, type LooksByPath } from './imageLooks.ts';
import { measuredNotes, passedOverLine, skippedLines } from './notRead.ts';
import { writeOutput } from './outputFiles.ts';
import { sessionOf } from './session.ts';
import {
  contradictionOf,
  givenLabel,
  type SettleAsked,
  settledInJson,
  settledLines,
  warnOfPromise,
} from './settleArguments.ts';
import { printable, type Terminal, table } from './terminal.ts';

const SHOWN_SKIPPED = 10;
const COLUMNS = ['path', 'label', 'confidence', 'truth', 'plain', 'given'];

/** What was classified, and what is asked about it. */
export interface Classified {
  readonly run: ClassifyResult;
  readonly predictions: readonly Prediction[];
  readonly about: ClassifyParams;
  readonly asked: SettleAsked;
  readonly caution: SettleParams['caution'];
  readonly csv: string | undefined;
  readonly json: boolean;
  readonly made: MadeBy;
  /** What else JSON says. */
  readonly more?: object | undefined;
  /** Whether there is nothing to settle or to compare the images by. */
  readonly alone?: boolean | undefined;
  /** Is told what came of it, before it is told. */
  readonly keep?: ((told: ToldAnswers) => Promise<void>) | undefined;
}

/** What came of a classification. */
export interface ToldAnswers {
  /** In natural order. */
  readonly predictions: readonly Prediction[];
  readonly together: SettleResult | undefined;
}

/** What was asked when, for whoever wants the same again. */
interface MadeBy {
  readonly time: string;
  /** File of the alignment that was given. */
  readonly alignment: string | undefined;
  readonly argv: readonly string[];
}

/** Settles what was classified, and tells it: as JSON or a report, and as CSV where that is asked for. @returns the exit code */
export async function tellClassified(
  engine: EngineSession,
  { run, predictions, about, asked, caution, csv, json: asJson, made, more, alone = false, keep }: Classified,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const { alignment, folders } = about;
  const labels = alignment.targets.map(({ label }) => label);
  const session = sessionOf(engine, terminal, signal);
  const together =
    alone || run.cancelled || run.images === 0
      ? undefined
      : await settled({ ...about, ...asked, caution }, session).finally(() => terminal.rewrite(''));
  const contradicted = await contradictionOf(engine, together, { ...about, ...asked }, signal);
  if (together) {
    warnOfPromise(contradicted, labels, terminal);
    for (const note of labelNotes(together.labelNotes)) session.note(note);
  }
  const result = together ? { ...run, ...together.figures } : run;
  const isWritten = (csv !== undefined || asJson) && !alone && !run.cancelled && run.images > 0;
  const looks = isWritten ? await imageLooks(engine, about, signal) : undefined;
  const ordered = inOrder(predictions);
  const answered = answersOf(ordered, labels, together);
  await keep?.({ predictions: ordered, together });
  if (csv !== undefined) await writeCsv(csv, answered, looks);
  terminal.out(
    asJson
      ? json(result, answered, labels, { together, contradicted, looks, folders, made, more })
      : report(result, { alignment, folders }, terminal, together, asked),
  );
  if (result.cancelled) return EXIT.cancelled;
  return result.images === 0 ? EXIT.failed : EXIT.done;
}

export function inOrder(predictions: readonly Prediction[]): readonly Prediction[] {
  return predictions.toSorted((a, b) => inNaturalOrder(a.path, b.path));
}

/** An image in the output: what is said of it, and what else was or could be. */
interface Answered {
  readonly path: string;
  readonly said: SaidOf;
  /** What the mapping alone says; undefined where that is the same. */
  readonly plain: { readonly label: string; readonly confidence: number } | undefined;
  /** What a person said, null for none of the labels; undefined for nothing. */
  readonly given: string | null | undefined;
  readonly truth: string | undefined;
  readonly split: SplitName | undefined;
}

export function answersOf(
  predictions: readonly Prediction[],
  labels: readonly string[],
  together: SettleResult | undefined,
): readonly Answered[] {
  const { paths = [], cautious } = together ?? {};
  const said = cautious && new SaidAnswers(cautious, paths);
  const places = new Map(paths.map((file, place) => [file, place]));
  const nameOf = (target: number) => labels[target] ?? '';
  return predictions.map(({ path: file, target: alone, confidence: aloneSure, truth, split }) => {
    const place = places.get(file);
    if (!together || place === undefined) {
      const label = nameOf(alone);
      return {
        path: file,
        said: { label, confidence: aloneSure },
        plain: undefined,
        given: undefined,
        truth: labels[truth],
        split,
      };
    }
    const target = together.targets[place];
    const confidence = together.confidences[place];
    const given = givenLabel(together.given[place], labels);
    const answer = { label: nameOf(target), confidence };
    return {
      path: file,
      // What a person said is sure.
      said: given === undefined ? (said?.of(file, answer.label, confidence) ?? answer) : answer,
      plain:
        together.plainTargets[place] === target
          ? undefined
          : { label: nameOf(together.plainTargets[place]), confidence: together.plainConfidences[place] },
      given,
      truth: labels[together.truths[place]],
      split,
    };
  });
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
): string {
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
  const shown = answered.map(({ path: file, said, plain, given, truth, split }) => ({
    path: file,
    ...said,
    ...(plain ? { plain: plain.label, plainConfidence: plain.confidence } : {}),
    given,
    truth,
    split,
    ...looksInJson(looks?.get(file)),
  }));
  const ordered = {
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
    predictions: shown,
    ...rest,
    time: made.time,
    alignment: made.alignment === undefined ? null : path.resolve(made.alignment),
    command: { folder: process.cwd(), words: ['semap', ...made.argv] },
    ...more,
  };
  return `${JSON.stringify(ordered, textsInEnglish, 2)}\n`;
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
    lines.push(
      `Accuracy ${percent(result.accuracy)} on ${share}, balanced ${percent(result.balancedAccuracy)}\n`,
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
