import path from 'node:path';
import { headOfFigures } from '../../core/alignments/alignment.ts';
import { backbonesOf } from '../../core/alignments/members.ts';
import { asksForCaution } from '../../core/caution/settings.ts';
import { LOOKS_COLUMNS, type LooksOfImage, looksInCells, looksInJson } from '../../core/likeness/looks.ts';
import { csvOf } from '../../core/text/csv.ts';
import { textsInEnglish } from '../../core/text/text.ts';
import { GIVEN } from '../../core/truths/imageTruths.ts';
import { SHOWN } from '../../protocol/cautionView.ts';
import type { Answer } from './answers.ts';
import type { ClassifyRun } from './classifyRun.ts';
import type { ImageLooks } from './imageLooks.ts';
import type { KeptSettling } from './settling.ts';

/** Columns of a run that was settled. `label` is one of both answers: the one that is shown. */
const SETTLED_COLUMNS = ['plain', 'plain confidence', 'settled', 'settled confidence', 'given'];

/** Columns of a run where answers must be sure: `label` is then what is said. */
const CAUTION_COLUMNS = ['said', 'answer'];

/** What goes into an export beside the predictions. */
export interface Exported {
  /** Some of the images; absent: all, in the order of the folders. Figures are about all of them. */
  readonly images?: readonly number[] | undefined;
  /** Adds both answers and what was given. */
  readonly settling?: KeptSettling | undefined;
  readonly looks?: ImageLooks | undefined;
}

/** Rows put together before others get a turn. */
const ROWS_AT_A_TIME = 2000;

/**
 * A run as CSV, one line per image, in pieces.
 */
export function* csvPieces(run: ClassifyRun, { images, settling, looks }: Exported = {}): Generator<string> {
  const labelOf = (target: number) => run.alignment.targets[target]?.label ?? '';
  const settled = settling?.answers;
  const isCautious = asksForCaution(run.caution);
  const header = [
    'path',
    'label',
    'confidence',
    'truth',
    'right',
    ...(settled ? SETTLED_COLUMNS : []),
    ...(isCautious ? CAUTION_COLUMNS : []),
    ...(run.predictions.hasSplits ? ['split'] : []),
  ];
  const fired = [1, 2, 3].flatMap((n) => [`source ${n}`, `share ${n}`]);
  // What comes last may be cells of fewer than three sources. Excel takes a file without this mark for the local code page.
  yield `\uFEFF${csvOf([[...header, ...LOOKS_COLUMNS, ...fired]])}`;
  for (const part of pieces(run, images)) {
    yield csvOf(
      part.map(({ row, path: file, target, confidence, truth, fired, plain, given, said }) => [
        file,
        saidBy(run, said)?.label ?? labelOf(target),
        String(round(confidence)),
        labelOf(run.predictions.truth(row)),
        truth < 0 ? '' : truth === target ? 'yes' : 'no',
        ...(settled
          ? [
              labelOf(plain.target),
              String(round(plain.confidence)),
              labelOf(settled.targets[row]),
              String(round(settled.confidences[row])),
              given === GIVEN.noneOfThese ? 'none of these' : labelOf(given),
            ]
          : []),
        ...(isCautious ? [saidBy(run, said)?.said ?? 'label', labelOf(target)] : []),
        ...(run.predictions.hasSplits ? [run.predictions.split(row) ?? ''] : []),
        ...looksInCells(looks && looksAt(looks, row)),
        ...fired.flatMap(({ source, probability }) => [run.sourceLabel(source), String(round(probability))]),
      ]),
    );
  }
}

/**
 * A run as JSON in the shape of `semap classify --json`, in pieces.
 */
export function* jsonPieces(run: ClassifyRun, { images, settling, looks }: Exported = {}): Generator<string> {
  const { result, alignment } = run;
  const settled = settling?.answers;
  const labelOf = (target: number) => alignment.targets[target]?.label;
  const head = {
    folders: run.folders,
    backbone: { ...backbonesOf(alignment), name: run.backbone },
    method: alignment.method,
    ...headOfFigures(alignment),
    alignment: run.alignmentPath === undefined ? null : path.basename(run.alignmentPath),
    device: result?.device ?? null,
    seconds: result?.seconds ?? null,
    complete: run.state === 'done',
    images: run.predictions.length,
    accuracy: result ? result.accuracy : run.judged === 0 ? null : run.correct / run.judged,
    measuredOn: result?.measuredOn ?? null,
    balancedAccuracy: result?.balancedAccuracy ?? null,
    perClass: result?.perClass ?? [],
    ...(result?.perSplit && { perSplit: result.perSplit }),
    ...(result?.expectedAccuracy && { expectedAccuracy: result.expectedAccuracy }),
    skipped: run.skipped,
    passedOver: run.passedOver,
    ...(settling ? { settling: settlingHead(run, settling) } : {}),
    ...(asksForCaution(run.caution) ? { asked: run.caution } : {}),
  };
  yield `${JSON.stringify(head, textsInEnglish, 2).slice(0, -2)},\n  "predictions": [`;
  let separator = '\n';
  for (const rows of pieces(run, images)) {
    const lines = rows.map(({ row, path: file, target, confidence, plain, given, said, ...prediction }) => {
      const fired = prediction.fired.map(({ source, probability }) => ({
        label: run.sourceLabel(source),
        share: round(probability),
      }));
      const line = {
        path: file,
        label: labelOf(target) ?? '',
        ...withAnswer(saidBy(run, said), labelOf(target) ?? ''),
        confidence: round(confidence),
        truth: labelOf(run.predictions.truth(row)),
        ...(prediction.split && { split: prediction.split }),
        ...(settled
          ? {
              plain: labelOf(plain.target) ?? '',
              plainConfidence: round(plain.confidence),
              settled: labelOf(settled.targets[row]) ?? '',
              settledConfidence: round(settled.confidences[row]),
            }
          : {}),
        // Null: a person said that it is none of the labels.
        ...(given === GIVEN.nothing ? {} : { given: labelOf(given) ?? null }),
        ...looksInJson(looks && looksAt(looks, row)),
        fired,
      };
      return `    ${JSON.stringify(line)}`;
    });
    yield separator + lines.join(',\n');
    separator = ',\n';
  }
  yield '\n  ]\n}\n';
}

function looksAt({ groups, looks, widths, heights }: ImageLooks, row: number): LooksOfImage {
  return { group: groups[row], looks: looks[row], width: widths[row], height: heights[row] };
}

/** What is said of an image in place of its label, as `semap classify --json` calls it. */
function saidBy({ answers }: ClassifyRun, said: number) {
  switch (said) {
    case SHOWN.label:
      return undefined;
    case SHOWN.none:
      return { label: '', said: 'none' } as const;
    case SHOWN.notSure:
      return { label: '', said: 'not sure' } as const;
    default: {
      const { label = '', sense } = answers.kinds[said] ?? {};
      return { label, said: 'kind', sense } as const;
    }
  }
}

function withAnswer(said: ReturnType<typeof saidBy>, answer: string) {
  return said ? { ...said, answer } : {};
}

/** How the answers were settled, and with how many labels. */
function settlingHead({ alignment }: ClassifyRun, { record }: KeptSettling) {
  const { measured: _, plainMeasured, rare, frequent, ...figures } = record;
  const labelsOf = (targets: readonly number[]) => targets.map((target) => alignment.targets[target]?.label);
  return {
    ...figures,
    plainAccuracy: plainMeasured.accuracy,
    ...(record.balanced ? { rare: labelsOf(rare), frequent: labelsOf(frequent) } : {}),
  };
}

function* pieces(
  { answers, predictions }: ClassifyRun,
  images: readonly number[] | undefined,
): Generator<readonly (Answer & { readonly row: number })[]> {
  const rows = (images ?? predictions.inFolderOrder()).filter((row) => !answers.gone.has(row));
  for (let from = 0; from < rows.length; from += ROWS_AT_A_TIME) {
    const some = Array.from(rows.slice(from, from + ROWS_AT_A_TIME), (row) => {
      const answer = answers.at(row);
      return answer && { ...answer, row };
    });
    yield some.filter((answer) => answer !== undefined);
  }
}

function round(share: number): number {
  return Number(share.toFixed(6));
}
