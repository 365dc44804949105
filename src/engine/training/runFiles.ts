import path from 'node:path';
import { type Reason, SemapError, toSemapError } from '../../core/errors.ts';
import { LARGEST_RECORD, RUN_FILES } from '../../core/runs/run.ts';
import {
  type EpochMetrics,
  parseMetrics,
  readTraining,
  type TrainingRecord,
} from '../../core/runs/trainingRecord.ts';
import { phrase, type Text } from '../../core/text/text.ts';
import { appendBelow } from '../../files/belowRoot.ts';
import { readOfRun, rootOfRun } from '../../files/runFolders.ts';
import { writeWhole } from '../../files/wholeFile.ts';

/**
 * Replaces a file of a run whole. A run lies in a folder that others may have filled: no link is followed.
 *
 * @throws {SemapError} `out-of-space`, `not-writable`, `unreadable-file` for a link
 */
export async function writeRunFile(
  runFolder: string,
  name: string,
  content: Uint8Array | string,
): Promise<void> {
  const options = { root: rootOfRun(runFolder), folders: true };
  await writeWhole(path.join(runFolder, name), content, options).catch(asOfRun);
}

/** Adds to the end of a file of a run. @throws {SemapError} as {@link writeRunFile} */
export async function appendRunFile(runFolder: string, name: string, content: string): Promise<void> {
  await appendBelow(rootOfRun(runFolder), path.join(runFolder, name), content).catch(asOfRun);
}

/**
 * The bytes of a file of a run; undefined when there is none.
 *
 * @throws {SemapError} `unreadable-file` for a link, for what is no file, and for one with more bytes than `limit`
 */
export async function readRunFile(
  runFolder: string,
  name: string,
  limit: number,
): Promise<Buffer | undefined> {
  try {
    return await readOfRun(runFolder, name, limit);
  } catch (error) {
    if (error instanceof SemapError && error.reason === 'not-found') return undefined;
    throw error;
  }
}

const HINTS: Partial<Record<Reason, Text>> = {
  'out-of-space': phrase('Free some space, then resume the run: it continues from what was last saved.'),
  'not-writable': phrase("Make the run's folder writable, then resume the run."),
};

/** What a failed write means to the person who trains. */
export function asOfRun(error: unknown): never {
  if (!(error instanceof SemapError)) throw error;
  const { reason, text, cause } = error;
  const hint = HINTS[reason];
  throw hint ? new SemapError(reason, text, { hint, cause }) : error;
}

/** @throws {SemapError} `not-found`, `invalid-document` */
export async function readRecord(runFolder: string): Promise<TrainingRecord> {
  const text = await readRunFile(runFolder, RUN_FILES.record, LARGEST_RECORD);
  if (!text) throw new SemapError('not-found', phrase('There is no run in {0}.', runFolder));
  try {
    return readTraining(JSON.parse(String(text)));
  } catch (cause) {
    const file = path.join(runFolder, RUN_FILES.record);
    throw new SemapError(
      'invalid-document',
      phrase('Cannot read {0} as a training record: {1}', file, toSemapError(cause).text),
      { cause },
    );
  }
}

export async function writeRecord(runFolder: string, record: TrainingRecord): Promise<void> {
  await writeRunFile(runFolder, RUN_FILES.record, `${JSON.stringify(record, null, 2)}\n`);
}

/** A million epochs fit. */
const LARGEST_METRICS = 256 << 20;

/** metrics.jsonl: one line per epoch. */
export class MetricsFile {
  readonly #runFolder: string;

  constructor(runFolder: string) {
    this.#runFolder = runFolder;
  }

  append(metrics: EpochMetrics): Promise<void> {
    return appendRunFile(this.#runFolder, RUN_FILES.metrics, lineOf(metrics));
  }

  /**
   * Continues after an epoch: later ones, and a line that was cut off, are removed.
   * @returns the epochs up to there
   */
  async keepUpTo(epoch: number): Promise<readonly EpochMetrics[]> {
    const text = String((await readRunFile(this.#runFolder, RUN_FILES.metrics, LARGEST_METRICS)) ?? '');
    const kept = parseMetrics(text).filter((metrics) => metrics.epoch <= epoch);
    await writeRunFile(this.#runFolder, RUN_FILES.metrics, kept.map(lineOf).join(''));
    return kept;
  }
}

function lineOf(metrics: EpochMetrics): string {
  return `${JSON.stringify(metrics)}\n`;
}
