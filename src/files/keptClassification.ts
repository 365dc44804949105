import { isAbsolute, join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { invalidDocument, SemapError } from '../core/errors.ts';
import type { Prediction } from '../core/evidence/imageScorer.ts';
import {
  type ClassificationRecord,
  readClassification,
  readHead,
  readPredictionLine,
  type StoredAnswer,
  type StoredHead,
  splitsOf,
} from '../core/runs/classificationRecord.ts';
import { LARGEST_RECORD, lackingFields, RUN_FILES } from '../core/runs/run.ts';
import { phrase } from '../core/text/text.ts';
import { isWithin } from './links.ts';
import { readOfRun, rootOfRun } from './runFolders.ts';

/** Bytes of a file of predictions, as it lies there and unpacked; a million images take about a tenth of it. */
const LARGEST_FILE = 256 << 20;
const LARGEST_TEXT = 2 ** 31;
/** Predictions that a window has room for: a small file may unpack to many more. */
const MOST_PREDICTIONS = 10_000_000;

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

/** The predictions of a run as its folder holds them: what is said once, and the others as they are read. */
interface StoredPredictions extends StoredHead {
  readonly predictions: AsyncIterable<readonly Prediction[]>;
  /** What stands beside each of them; filled as they are read, empty where they were not settled. */
  readonly answers: { readonly [K in keyof StoredAnswer]: number[] };
}

/**
 * Reads them, in the order in which they came. The file may have been written by anyone: each line is checked, there
 * are as many as the record says, and no path leads out of the folders.
 * @throws {SemapError} `invalid-document`, as the iteration does; `not-found`
 */
export async function readPredictions(
  folder: string,
  { folders, labels, predictions: count }: Pick<ClassificationRecord, 'folders' | 'labels' | 'predictions'>,
): Promise<StoredPredictions> {
  if (count > MOST_PREDICTIONS) throw damaged();
  const packed = await readOfRun(folder, RUN_FILES.predictions, LARGEST_FILE);
  const parts = linesIn(Readable.from([packed]).pipe(createGunzip()));
  const first = await parts.next();
  if (first.done) throw damaged();
  const [head, ...lines] = first.value;
  const stored = readHead(head);
  const splits = splitsOf(stored.splits);
  const answers: StoredPredictions['answers'] = { target: [], confidence: [], given: [] };
  const predictionOf = (line: string): Prediction => {
    const {
      folder: at,
      path,
      answer,
      ...prediction
    } = readPredictionLine(line, labels.length, stored.settled);
    if (answer) {
      answers.target.push(answer.target);
      answers.confidence.push(answer.confidence);
      answers.given.push(answer.given);
    }
    const split = splits.next().value;
    return { path: fileAt(folders[at], path), ...prediction, ...(split && { split }) };
  };
  async function* predictions() {
    let left = count;
    const some = (texts: readonly string[]) => {
      left -= texts.length;
      if (left < 0) throw damaged();
      return texts.map(predictionOf);
    };
    yield some(lines);
    for await (const more of parts) {
      yield some(more);
      await setImmediate();
    }
    if (left > 0) throw damaged();
  }
  return { ...stored, predictions: predictions(), answers };
}

function damaged(cause?: unknown): SemapError {
  return invalidDocument(phrase('{0} is damaged.', RUN_FILES.predictions), { cause });
}

function fileAt(folder: string | undefined, path: string): string {
  const file = folder === undefined ? path : join(folder, path);
  const isPlaced = folder === undefined ? isAbsolute(file) : isWithin(file, folder);
  if (!isPlaced) throw invalidDocument(lackingFields);
  return file;
}

/**
 * Whole lines, as they come.
 * @throws {SemapError} `invalid-document`
 */
async function* linesIn(texts: AsyncIterable<Buffer>): AsyncGenerator<string[], undefined> {
  const decoder = new TextDecoder();
  // Parts of the line that is not whole yet: the first may be long, and is not searched again with each of them.
  let begun: string[] = [];
  let length = 0;
  let ended = 0;
  try {
    for await (const bytes of texts) {
      if (length - ended > LARGEST_FILE) throw damaged();
      length += bytes.length;
      if (length > LARGEST_TEXT) throw damaged();
      const [end, ...lines] = decoder.decode(bytes, { stream: true }).split('\n');
      begun.push(end);
      const next = lines.pop();
      if (next === undefined) continue;
      yield [begun.join(''), ...lines];
      begun = [next];
      ended = length;
    }
  } catch (error) {
    throw error instanceof SemapError ? error : damaged(error);
  }
}
