import path from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import type { AlignmentDocument } from '../core/alignments/alignment.ts';
import { serialiseAlignment } from '../core/alignments/alignmentText.ts';
import { backbonesOf } from '../core/alignments/members.ts';
import type { Prediction } from '../core/evidence/imageScorer.ts';
import { placedBelow } from '../core/exports/exportedRun.ts';
import type { ImageFolders } from '../core/folders/layout.ts';
import {
  type ClassificationFigures,
  type ClassificationRecord,
  headLine,
  predictionLine,
  type StoredAnswer,
  splitRows,
} from '../core/runs/classificationRecord.ts';
import { RUN_FILES, type SkippedImage } from '../core/runs/run.ts';
import { makeFolderBelow } from './belowRoot.ts';
import { decidedBy } from './decidedBy.ts';
import { lockRun, rootOfRun } from './runFolders.ts';
import { writeWhole } from './wholeFile.ts';

/** Predictions written before others get a turn. */
const AT_A_TIME = 2000;

/** What a merge made of a job. */
export interface MergedJob {
  /** Id of the job. */
  readonly id: string;
  readonly time: string;
  /** With the job's folder. */
  readonly images: ImageFolders;
  readonly alignment: AlignmentDocument;
  readonly backbonePath: string;
  readonly figures: ClassificationFigures;
  readonly skipped: readonly SkippedImage[];
  readonly skippedCount: number;
  readonly caution: ClassificationRecord['caution'];
  readonly settling: ClassificationRecord['settling'];
  /** In their order. */
  readonly predictions: readonly Prediction[];
  /** What stands beside a prediction where the images were settled. */
  readonly answerOf: ((at: number) => StoredAnswer) | undefined;
  /** Names of source labels. */
  readonly sources: readonly string[];
}

/**
 * Keeps what a merge made of a job as a run in a folder, in the place of what an earlier merge kept there.
 * @throws {SemapError} `busy`, `not-writable`, `out-of-space`
 */
export async function keepMerged(folder: string, merged: MergedJob): Promise<void> {
  const root = rootOfRun(folder);
  await makeFolderBelow(root === folder ? path.dirname(folder) : root, folder);
  const lock = await lockRun(folder);
  const write = (name: string, text: string) => writeWhole(path.join(folder, name), text, { root });
  try {
    await write(RUN_FILES.alignment, serialiseAlignment(merged.alignment));
    const packed = pipeline(Readable.from(linesOf(merged)), createGzip(), () => {});
    await writeWhole(path.join(folder, RUN_FILES.predictions), packed, { root });
    await write(RUN_FILES.record, `${JSON.stringify(recordOf(merged, root), undefined, 2)}\n`);
  } finally {
    await lock.release();
  }
}

function recordOf(merged: MergedJob, root: string): ClassificationRecord {
  const { alignment, figures, settling, predictions, skippedCount, caution } = merged;
  const judged = predictions.filter(({ truth }) => truth >= 0);
  return {
    version: 1,
    kind: 'classification',
    id: merged.id,
    time: merged.time,
    status: 'done',
    ended: new Date().toISOString(),
    ...(settling && { settling }),
    ...merged.images,
    root,
    decided: decidedBy(alignment),
    labels: alignment.targets.map(({ label }) => label),
    backbone: { ...backbonesOf(alignment), path: merged.backbonePath },
    total: predictions.length + skippedCount,
    predictions: predictions.length,
    skipped: skippedCount,
    ...(caution && { caution }),
    correct: judged.filter(({ target, truth }) => target === truth).length,
    judged: judged.length,
    figures,
  };
}

async function* linesOf({
  predictions,
  answerOf,
  skipped,
  images,
  sources,
}: MergedJob): AsyncGenerator<string> {
  const named: Record<number, string> = {};
  for (const { fired } of predictions)
    for (const { source } of fired) named[source] ??= sources[source] ?? '';
  const splits = predictions.some(({ split }) => split !== undefined)
    ? splitRows(predictions.map(({ split }) => split))
    : undefined;
  yield headLine({ sources: named, skipped, settled: answerOf !== undefined, splits });
  for (let from = 0; from < predictions.length; from += AT_A_TIME) {
    const some = predictions.slice(from, from + AT_A_TIME).map((prediction, i) => {
      const { folder, relative } = placedBelow(prediction.path, images.folders, path.sep);
      const place = { folder, path: folder < 0 ? prediction.path : relative };
      return predictionLine(place, prediction, answerOf?.(from + i));
    });
    yield some.join('');
    await setImmediate();
  }
}
