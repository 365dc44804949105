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

/** What is kept of a classification, but for what follows from its alignment and from where it lies. */
export interface RecordParts
  extends Omit<
    ClassificationRecord,
    'version' | 'kind' | 'root' | 'alignment' | 'decided' | 'labels' | 'backbone' | keyof ImageFolders
  > {
  readonly images: ImageFolders;
  /** As it answered. */
  readonly document: AlignmentDocument;
  /** File of the document, where it has one. */
  readonly alignmentFile?: string | undefined;
  /** What was run: its path, and how it was called where that is not as the document names it. */
  readonly backbone: { readonly path: string; readonly name?: string | undefined };
}

/** Writes the alignment of a run as it answers. @throws {SemapError} as `writeWhole` */
export function writeRunAlignment(folder: string, document: AlignmentDocument): Promise<void> {
  return write(folder, RUN_FILES.alignment, serialiseAlignment(document));
}

/** Writes the record of a run, in the place of the one before. @throws {SemapError} as `writeWhole` */
export function writeRunRecord(
  folder: string,
  { images, document, alignmentFile, backbone, ...rest }: RecordParts,
): Promise<void> {
  const named = backbonesOf(document);
  const record: ClassificationRecord = {
    version: 1,
    kind: 'classification',
    ...rest,
    ...images,
    root: rootOfRun(folder),
    alignment: alignmentFile,
    decided: decidedBy(document),
    labels: document.targets.map(({ label }) => label),
    backbone: { ...named, name: backbone.name ?? named.name, path: backbone.path },
  };
  return write(folder, RUN_FILES.record, `${JSON.stringify(record, undefined, 2)}\n`);
}

function write(folder: string, name: string, text: string): Promise<void> {
  return writeWhole(path.join(folder, name), text, { root: rootOfRun(folder) });
}

/** A classification that is over. */
export interface ClassifiedRun
  extends Pick<
    RecordParts,
    | 'id'
    | 'time'
    | 'images'
    | 'document'
    | 'alignmentFile'
    | 'workspace'
    | 'caution'
    | 'settling'
    | 'backbone'
  > {
  /** Images that there are, and whether all of them were looked at. */
  readonly total: number;
  readonly complete: boolean;
  /** Of every image by itself. */
  readonly figures: ClassificationFigures;
  readonly skipped: readonly SkippedImage[];
  /** In their order. */
  readonly predictions: readonly Prediction[];
  /** What stands beside a prediction where the images were settled. */
  readonly answerOf?: ((at: number) => StoredAnswer) | undefined;
  /** Names of source labels. */
  readonly sources: readonly string[];
}

/**
 * Keeps a classification that is over as a run in a folder, which is made, in the place of what was kept there.
 * @throws {SemapError} `busy`, `not-writable`, `out-of-space`
 */
export async function keepRun(folder: string, classified: ClassifiedRun): Promise<void> {
  const { predictions, images, skipped, answerOf, sources, document } = classified;
  const root = rootOfRun(folder);
  await makeFolderBelow(root === folder ? path.dirname(folder) : root, folder);
  const lock = await lockRun(folder);
  try {
    await writeRunAlignment(folder, document);
    await writePredictions(folder, {
      count: predictions.length,
      folders: images.folders,
      skipped,
      hasSplits: predictions.some(({ split }) => split !== undefined),
      at: (place) => predictions[place],
      answerAt: answerOf,
      sourceLabel: (source) => sources[source] ?? '',
    });
    await writeRunRecord(folder, partsOf(classified));
  } finally {
    await lock.release();
  }
}

function partsOf({
  complete,
  predictions,
  skipped,
  caution,
  settling,
  figures: plain,
  answerOf: _,
  sources: __,
  ...rest
}: ClassifiedRun): RecordParts {
  // Of the answers that are shown.
  const figures = { ...plain, ...(settling?.shown ? settling.measured : settling?.plainMeasured) };
  const judged = figures.measuredOn.measured;
  return {
    ...rest,
    status: complete ? 'done' : 'stopped',
    ended: new Date().toISOString(),
    predictions: predictions.length,
    skipped: skipped.length,
    ...(settling && { settling }),
    ...(caution && { caution }),
    correct: Math.round((figures.accuracy ?? 0) * judged),
    judged,
    figures,
  };
}
