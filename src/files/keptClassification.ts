import { isAbsolute, join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { invalidDocument } from '../core/errors.ts';
import { type ClassificationRecord, readClassification } from '../core/runs/classificationRecord.ts';
import { LARGEST_RECORD, lackingFields, RUN_FILES } from '../core/runs/run.ts';
import {
  LARGEST_PREDICTIONS,
  type StoredPredictions,
  storedPredictions,
} from '../core/runs/storedPredictions.ts';
import { phrase } from '../core/text/text.ts';
import { isWithin } from './paths.ts';
import { readOfRun, rootOfRun } from './runFolders.ts';

/**
 * The record of a classification.
 * @throws {SemapError} `invalid-document`, `not-found`
 */
export async function readClassificationOf(folder: string): Promise<ClassificationRecord> {
  let data: unknown;
  try {
    data = JSON.parse(String(await readOfRun(folder, RUN_FILES.record, LARGEST_RECORD)));
  } catch (error) {
    throw error instanceof SyntaxError
      ? invalidDocument(phrase('{0} is not valid JSON.', RUN_FILES.record), { cause: error })
      : error;
  }
  return classificationIn(folder, data);
}

/**
 * The same of the JSON of a record. Where its workspace was moved, so were the folders in it.
 * @throws {SemapError} `invalid-document`
 */
export function classificationIn(folder: string, data: unknown): ClassificationRecord {
  const record = readClassification(data);
  const root = rootOfRun(folder);
  const moved = (file: string) =>
    isWithin(file, record.root) ? join(root, relative(record.root, file)) : file;
  const { folders, alignment } = record;
  return { ...record, folders: folders.map(moved), alignment: alignment && moved(alignment) };
}

/**
 * The predictions of a run, in the order in which they came.
 * @throws {SemapError} as {@link storedPredictions}; `not-found`
 */
export async function readPredictions(
  folder: string,
  { folders, labels, predictions: count }: Pick<ClassificationRecord, 'folders' | 'labels' | 'predictions'>,
): Promise<StoredPredictions> {
  const packed = await readOfRun(folder, RUN_FILES.predictions, LARGEST_PREDICTIONS);
  return storedPredictions({
    unpacked: Readable.from([packed]).pipe(createGunzip()),
    count,
    labels,
    fileAt: (at, path) => fileAt(at === undefined ? undefined : folders[at], path),
    turn: setImmediate,
  });
}

function fileAt(folder: string | undefined, path: string): string {
  const file = folder === undefined ? path : join(folder, path);
  const isPlaced = folder === undefined ? isAbsolute(file) : isWithin(file, folder);
  if (!isPlaced) throw invalidDocument(lackingFields);
  return file;
}
