import { basename, isAbsolute, join, sep } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { serialiseAlignment } from '../../core/alignments/alignmentText.ts';
import { backbonesOf } from '../../core/alignments/members.ts';
import { asksForCaution } from '../../core/caution/settings.ts';
import { invalidDocument, problemOf, SemapError, toSemapError } from '../../core/errors.ts';
import type { Prediction } from '../../core/evidence/imageScorer.ts';
import {
  type ClassificationRecord,
  headLine,
  predictionLine,
  readHead,
  readPredictionLine,
  type StoredAnswer,
  type StoredHead,
  splitRows,
  splitsOf,
} from '../../core/runs/classificationRecord.ts';
import { lackingFields, RUN_FILES, type RunStatus, runFolderName } from '../../core/runs/run.ts';
import { phrase } from '../../core/text/text.ts';
import { deleteBelow } from '../../files/belowRoot.ts';
import type { FolderLock } from '../../files/folderLock.ts';
import { isWithin } from '../../files/links.ts';
import { lockNewRun, lockRun, readOfRun, rootOfRun, runsFolder } from '../../files/runFolders.ts';
import { writeWhole } from '../../files/wholeFile.ts';
import { decidedBy } from '../alignments/watchedAlignment.ts';
import { readClassificationOf } from '../runs/runEntries.ts';
import type { SettledAnswers } from './answers.ts';
import type { ClassifyRun, RunState } from './classifyRun.ts';
import type { KeptSettling } from './settling.ts';

/** Predictions written or read before others get a turn. */
const AT_A_TIME = 2000;
/** Bytes of a file of predictions, as it lies there and unpacked; a million images take about a tenth of it. */
const LARGEST_FILE = 256 << 20;
const LARGEST_TEXT = 2 ** 31;
/** Predictions that a window has room for: a small file may unpack to many more. */
const MOST_PREDICTIONS = 10_000_000;
/** Two runs may begin within the same second. */
const MOST_ATTEMPTS = 10;

/** The folder of a classification in progress, which no other process may change. */
export class KeptResult {
  readonly folder: string;
  readonly #lock: FolderLock;
  readonly #workspace: string | undefined;

  private constructor(folder: string, lock: FolderLock, workspace: string | undefined) {
    this.folder = folder;
    this.#lock = lock;
    this.#workspace = workspace;
  }

  /**
   * Makes the folder of a run that has begun, with its first record and the alignment as it is.
   * @param root where the run is kept, and the `workspace` folder that it is for
   * @throws {SemapError} `not-writable`, `out-of-space`, `unreadable-file` where a link leads out of the workspace
   */
  static async begin(
    run: ClassifyRun,
    { root, workspace }: { readonly root: string; readonly workspace?: string },
  ): Promise<KeptResult> {
    const name = runFolderName('classify', basename(run.folders[0] ?? ''), run.time);
    const { folder, lock } = await lockUnused(join(runsFolder(root), name));
    const kept = new KeptResult(folder, lock, workspace);
    try {
      await kept.#write(RUN_FILES.alignment, serialiseAlignment(run.alignment));
      await kept.#writeRecord(run, {});
      return kept;
    } catch (error) {
      // It holds nothing of anybody: what is left of it would be a run without a record.
      await deleteBelow(rootOfRun(folder), folder).catch(() => lock.release());
      throw error;
    }
  }

  /**
   * Takes hold of the folder of a run that goes on.
   * @throws {SemapError} `busy`, `not-writable`, `not-found`
   */
  static async resume(run: ClassifyRun, folder: string): Promise<KeptResult> {
    const lock = await lockRun(folder);
    try {
      const { workspace } = await readClassificationOf(folder);
      const kept = new KeptResult(folder, lock, workspace);
      await kept.#writeRecord(run, {});
      return kept;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /**
   * Writes what came of a run that is over, and lets go of its folder. Without its predictions the record still tells
   * the figures: then it ends as it does.
   * @throws {SemapError} `not-writable`, `out-of-space`
   */
  async finish(run: ClassifyRun, settled?: KeptSettling): Promise<void> {
    const file = join(this.folder, RUN_FILES.predictions);
    // Whoever reads it is told what failed; a pipeline with a reader would say that it was aborted.
    const packed = pipeline(Readable.from(linesOf(run, settled?.answers)), createGzip(), () => {});
    try {
      await writeWhole(file, packed, { root: rootOfRun(this.folder) }).finally(() =>
        this.#writeRecord(run, { settling: settled?.record }),
      );
    } finally {
      await this.#lock.release();
    }
  }

  /** The window goes while the run is in progress: the next one may take it up. */
  async leave(run: ClassifyRun): Promise<void> {
    await this.#writeRecord(run, { left: new Date().toISOString() });
    await this.#lock.release();
  }

  async #writeRecord(run: ClassifyRun, more: Pick<ClassificationRecord, 'left' | 'settling'>): Promise<void> {
    // A name that was given meanwhile stays.
    const { name } = await readClassificationOf(this.folder).catch(() => ({ name: undefined }));
    const { alignment, settings, progress, predictions, skipped, result, error } = run;
    const { skipped: _, ...figures } = result ?? { skipped: [] };
    const record: ClassificationRecord = {
      version: 1,
      kind: 'classification',
      id: run.id,
      time: run.time.toISOString(),
      name,
      status: STATUS[more.left === undefined ? run.state : 'running'],
      ...(run.state === 'running' && more.left === undefined ? { pid: process.pid } : {}),
      ended: more.left === undefined ? run.ended?.toISOString() : undefined,
      ...more,
      ...run.images,
      root: rootOfRun(this.folder),
      workspace: this.#workspace,
      watch: settings.params.watch,
      alignment: run.alignmentPath,
      decided: decidedBy(alignment),
      labels: alignment.targets.map(({ label }) => label),
      backbone: {
        ...backbonesOf(alignment),
        name: run.backbone,
        path: String(settings.params.backbone),
      },
      total: progress.total,
      predictions: predictions.length,
      skipped: skipped.length,
      ...(asksForCaution(run.caution) ? { caution: run.caution } : {}),
      correct: run.correct,
      judged: run.judged,
      ...(result && !more.left ? { figures: figures as ClassificationRecord['figures'] } : {}),
      ...(error && !more.left ? { problem: problemOf(error) } : {}),
    };
    await this.#write(RUN_FILES.record, `${JSON.stringify(record, null, 2)}\n`);
  }

  #write(name: string, text: string): Promise<void> {
    return writeWhole(join(this.folder, name), text, { root: rootOfRun(this.folder) });
  }
}

const STATUS: Readonly<Record<RunState, RunStatus>> = {
  running: 'running',
  done: 'done',
  cancelled: 'stopped',
  failed: 'failed',
};

async function lockUnused(folder: string): Promise<{ readonly folder: string; readonly lock: FolderLock }> {
  for (let attempt = 1; ; attempt++) {
    const tried = attempt === 1 ? folder : `${folder}-${attempt}`;
    try {
      return { folder: tried, lock: await lockNewRun(tried) };
    } catch (error) {
      const taken = ['invalid-argument', 'busy'].includes(toSemapError(error).reason);
      if (!taken || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

/** A run's predictions as text, in pieces that leave the host time for others. */
async function* linesOf(run: ClassifyRun, settled: SettledAnswers | undefined): AsyncGenerator<string> {
  const { predictions, answers, skipped, folders } = run;
  const sources: Record<number, string> = {};
  for (let from = 0; from < predictions.length; from += AT_A_TIME) {
    for (const { fired } of predictions.slice(from, from + AT_A_TIME))
      for (const { source } of fired) sources[source] ??= run.sourceLabel(source);
    await setImmediate();
  }
  const rows = predictions.inFolderOrder();
  const splits = predictions.hasSplits
    ? splitRows(Array.from(rows, (row) => predictions.split(row)))
    : undefined;
  yield headLine({ sources, skipped, settled: settled !== undefined, splits });
  for (let from = 0; from < rows.length; from += AT_A_TIME) {
    const some = Array.from(rows.subarray(from, from + AT_A_TIME), (row) => {
      const prediction = predictions.at(row)!;
      const answer = settled && {
        target: settled.targets[row],
        confidence: settled.confidences[row],
        given: answers.given(row),
      };
      return predictionLine(placeOf(prediction.path, folders), prediction, answer);
    });
    yield some.join('');
    await setImmediate();
  }
}

/** Below its folder, so that the images are found again where the folder is another by now. */
function placeOf(file: string, folders: readonly string[]) {
  for (const [folder, path] of folders.entries()) {
    const start = path.endsWith(sep) ? path : path + sep;
    if (file.startsWith(start)) return { folder, path: file.slice(start.length).replaceAll(sep, '/') };
  }
  return { folder: -1, path: file };
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
