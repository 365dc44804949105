import path from 'node:path';
import type { Prediction } from '../../core/evidence/imageScorer.ts';

import { csvOf } from '../../core/text/csv.ts';
import { textsInEnglish } from '../../core/text/text.ts';
import type { ClassifyRun } from './classifyRun.ts';

/** Rows put together before others get a turn. */
const ROWS_AT_A_TIME = 2000;

/**
 * A run as CSV, one line per image, in pieces.
 * @param images some of its images; absent: all, in the order of the folders
 */
export function* csvPieces(run: ClassifyRun, images?: readonly number[]): Generator<string> {
  const labelOf = (target: number) => run.alignment.targets[target]?.label ?? '';
  const header = ['path', 'label', 'confidence', 'truth', 'right'];
  const fired = [1, 2, 3].flatMap((n) => [`source ${n}`, `share ${n}`]);
  // Excel takes a file without this mark for the local code page.
  yield `\uFEFF${csvOf([[...header, ...fired]])}`;
  for (const part of pieces(run.predictions, images)) {
    yield csvOf(
      part.map(({ path: file, target, confidence, truth, fired }) => [
        file,
        labelOf(target),
        String(round(confidence)),
        labelOf(truth),
        truth < 0 ? '' : truth === target ? 'yes' : 'no',
        ...fired.flatMap(({ source, probability }) => [run.sourceLabel(source), String(round(probability))]),
      ]),
    );
  }
}

/**
 * A run as JSON in the shape of `semap classify --json`, in pieces.
 * @param images some of its images: the figures are about all of them
 */
export function* jsonPieces(run: ClassifyRun, images?: readonly number[]): Generator<string> {
  const { result, alignment } = run;
  const head = {
    folders: run.folders,
    backbone: { name: run.backbone, sha256: alignment.backbone.sha256 },
    method: alignment.method,
    alignment: run.alignmentPath === undefined ? null : path.basename(run.alignmentPath),
    device: result?.device ?? null,
    seconds: result?.seconds ?? null,
    complete: run.state === 'done',
    images: run.predictions.length,
    accuracy: result ? result.accuracy : run.judged === 0 ? null : run.correct / run.judged,
    measuredOn: result?.measuredOn ?? null,
    balancedAccuracy: result?.balancedAccuracy ?? null,
    perClass: result?.perClass ?? [],
    skipped: run.skipped,
    passedOver: run.passedOver,
  };
  yield `${JSON.stringify(head, textsInEnglish, 2).slice(0, -2)},\n  "predictions": [`;
  let separator = '\n';
  for (const rows of pieces(run.predictions, images)) {
    const lines = rows.map((prediction) => {
      const { path: file, target, confidence, truth } = prediction;
      const label = alignment.targets[target]?.label ?? '';
      const fired = prediction.fired.map(({ source, probability }) => ({
        label: run.sourceLabel(source),
        share: round(probability),
      }));
      return `    ${JSON.stringify({ path: file, label, confidence: round(confidence), truth: alignment.targets[truth]?.label, fired })}`;
    });
    yield separator + lines.join(',\n');
    separator = ',\n';
  }
  yield '\n  ]\n}\n';
}

function* pieces(
  predictions: ClassifyRun['predictions'],
  images: readonly number[] | undefined,
): Generator<readonly Prediction[]> {
  const rows = images ?? predictions.inFolderOrder();
  for (let from = 0; from < rows.length; from += ROWS_AT_A_TIME) {
    yield predictions.rows(rows.slice(from, from + ROWS_AT_A_TIME));
  }
}

function round(share: number): number {
  return Number(share.toFixed(6));
}
