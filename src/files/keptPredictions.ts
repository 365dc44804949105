import path from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import type { Prediction } from '../core/evidence/imageScorer.ts';
import { placedBelow } from '../core/exports/exportedRun.ts';
import {
  headLine,
  predictionLine,
  type StoredAnswer,
  type StoredHead,
  splitRows,
} from '../core/runs/classificationRecord.ts';
import { RUN_FILES } from '../core/runs/run.ts';
import { rootOfRun } from './runFolders.ts';
import { writeWhole } from './wholeFile.ts';

/** Predictions written before others get a turn. */
const AT_A_TIME = 2000;

/** The predictions of a run that are to be kept, by their places from 0. */
export interface KeptPredictions extends Pick<StoredHead, 'skipped'> {
  readonly count: number;
  /** Images are named by where they lie below one of these, so that they are found again where it is another by now. */
  readonly folders: readonly string[];
  readonly hasSplits: boolean;
  at(place: number): Prediction;
  /** What stands beside a prediction; absent where the images were not settled. */
  readonly answerAt?: ((place: number) => StoredAnswer) | undefined;
  sourceLabel(source: number): string;
}

/**
 * Writes the predictions of a run into its folder, packed.
 * @throws {SemapError} `not-writable`, `out-of-space`
 */
export async function writePredictions(folder: string, kept: KeptPredictions): Promise<void> {
  // Whoever reads it is told what failed; a pipeline with a reader would say that it was aborted.
  const packed = pipeline(Readable.from(linesOf(kept)), createGzip(), () => {});
  await writeWhole(path.join(folder, RUN_FILES.predictions), packed, { root: rootOfRun(folder) });
}

async function* linesOf(kept: KeptPredictions): AsyncGenerator<string> {
  const { skipped, folders, hasSplits, answerAt } = kept;
  const sources: Record<number, string> = {};
  const splits: Prediction['split'][] = [];
  for await (const some of inPieces(kept)) {
    for (const { fired, split } of some) {
      for (const { source } of fired) sources[source] ??= kept.sourceLabel(source);
      if (hasSplits) splits.push(split);
    }
  }
  const settled = answerAt !== undefined;
  yield headLine({ sources, skipped, settled, splits: hasSplits ? splitRows(splits) : undefined });
  let place = 0;
  for await (const some of inPieces(kept)) {
    const lines = some.map((prediction) => {
      const { folder, relative } = placedBelow(prediction.path, folders, path.sep);
      const stored = { folder, path: folder < 0 ? prediction.path : relative };
      return predictionLine(stored, prediction, answerAt?.(place++));
    });
    yield lines.join('');
  }
}

async function* inPieces({ count, at }: KeptPredictions): AsyncGenerator<readonly Prediction[]> {
  for (let from = 0; from < count; from += AT_A_TIME) {
    yield Array.from({ length: Math.min(AT_A_TIME, count - from) }, (_, i) => at(from + i));
    await setImmediate();
  }
}
