import path from 'node:path';
import type { AlignmentDocument } from '../core/alignments/alignment.ts';
import { serialiseAlignment } from '../core/alignments/alignmentText.ts';
import { backbonesOf } from '../core/alignments/members.ts';
import type { Prediction } from '../core/evidence/imageScorer.ts';
import type { ImageFolders } from '../core/folders/layout.ts';
import type {
  ClassificationFigures,
  ClassificationRecord,
  StoredAnswer,
} from '../core/runs/classificationRecord.ts';
import { RUN_FILES, type SkippedImage } from '../core/runs/run.ts';
import { makeFolderBelow } from './belowRoot.ts';
import { decidedBy } from './decidedBy.ts';
import { writePredictions } from './keptPredictions.ts';
import { lockRun, rootOfRun } from './runFolders.ts';
import { writeWhole } from './wholeFile.ts';

/** What a merge made of a job. */
export interface MergedJob {
  /** Id of the job. */
  readonly id: string;
  readonly time: string;
  /** Images that were planned, and whether all their shards are in it. */
  readonly total: number;
  readonly complete: boolean;
  /** With the job's folder. */
  readonly images: ImageFolders;
  readonly alignment: AlignmentDocument;
  readonly backbonePath: string;
  readonly figures: ClassificationFigures;
  readonly skipped: readonly SkippedImage[];
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
  const { predictions, images, skipped, answerOf, sources } = merged;
  const root = rootOfRun(folder);
  await makeFolderBelow(root === folder ? path.dirname(folder) : root, folder);
  const lock = await lockRun(folder);
  const write = (name: string, text: string) => writeWhole(path.join(folder, name), text, { root });
  try {
    await write(RUN_FILES.alignment, serialiseAlignment(merged.alignment));
    await writePredictions(folder, {
      count: predictions.length,
      folders: images.folders,
      skipped,
      hasSplits: predictions.some(({ split }) => split !== undefined),
      at: (place) => predictions[place],
      answerAt: answerOf,
      sourceLabel: (source) => sources[source] ?? '',
    });
    await write(RUN_FILES.record, `${JSON.stringify(recordOf(merged, root), undefined, 2)}\n`);
  } finally {
    await lock.release();
  }
}

function recordOf(merged: MergedJob, root: string): ClassificationRecord {
  const { alignment, settling, predictions, caution } = merged;
  // Of the answers that are shown, as a run of VS Code keeps them.
  const figures = { ...merged.figures, ...(settling?.shown ? settling.measured : settling?.plainMeasured) };
  const judged = figures.measuredOn.measured;
  return {
    version: 1,
    kind: 'classification',
    id: merged.id,
    time: merged.time,
    status: merged.complete ? 'done' : 'stopped',
    ended: new Date().toISOString(),
    ...(settling && { settling }),
    ...merged.images,
    root,
    decided: decidedBy(alignment),
    labels: alignment.targets.map(({ label }) => label),
    backbone: { ...backbonesOf(alignment), path: merged.backbonePath },
    total: merged.total,
    predictions: predictions.length,
    skipped: merged.skipped.length,
    ...(caution && { caution }),
    correct: Math.round((figures.accuracy ?? 0) * judged),
    judged,
    figures,
  };
}
