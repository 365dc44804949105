import { basename } from 'node:path';
import { asksForCaution } from '../../core/caution/settings.ts';
import { problemOf } from '../../core/errors.ts';
import type { ClassificationRecord } from '../../core/runs/classificationRecord.ts';
import { type RunStatus, runFolderName } from '../../core/runs/run.ts';
import { deleteBelow } from '../../files/belowRoot.ts';
import type { FolderLock } from '../../files/folderLock.ts';
import { readClassificationOf } from '../../files/keptClassification.ts';
import { type KeptPredictions, writePredictions } from '../../files/keptPredictions.ts';
import { writeRunAlignment, writeRunRecord } from '../../files/keptRun.ts';
import { lockRun, makeUnusedRun, rootOfRun } from '../../files/runFolders.ts';
import type { SettledAnswers } from './answers.ts';
import type { ClassifyRun, RunState } from './classifyRun.ts';
import type { KeptSettling } from './settling.ts';

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
    const folder = await makeUnusedRun(root, name);
    const lock = await lockRun(folder);
    const kept = new KeptResult(folder, lock, workspace);
    try {
      await writeRunAlignment(folder, run.alignment);
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
    try {
      await writePredictions(this.folder, predictionsOf(run, settled?.answers)).finally(() =>
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
    await writeRunRecord(this.folder, {
      id: run.id,
      time: run.time.toISOString(),
      name,
      status: STATUS[more.left === undefined ? run.state : 'running'],
      ...(run.state === 'running' && more.left === undefined ? { pid: process.pid } : {}),
      ended: more.left === undefined ? run.ended?.toISOString() : undefined,
      ...more,
      images: run.images,
      workspace: this.#workspace,
      watch: settings.params.watch,
      document: alignment,
      alignmentFile: run.alignmentPath,
      backbone: { name: run.backbone, path: String(settings.params.backbone) },
      total: progress.total,
      predictions: predictions.length,
      skipped: skipped.length,
      ...(asksForCaution(run.caution) ? { caution: run.caution } : {}),
      correct: run.correct,
      judged: run.judged,
      ...(result && !more.left ? { figures: figures as ClassificationRecord['figures'] } : {}),
      ...(error && !more.left ? { problem: problemOf(error) } : {}),
    });
  }
}

const STATUS: Readonly<Record<RunState, RunStatus>> = {
  running: 'running',
  done: 'done',
  cancelled: 'stopped',
  failed: 'failed',
};

/** The predictions of a run in the order of its folders. */
function predictionsOf(run: ClassifyRun, settled: SettledAnswers | undefined): KeptPredictions {
  const { predictions, answers, skipped, folders } = run;
  const rows = predictions.inFolderOrder();
  return {
    count: rows.length,
    folders,
    skipped,
    hasSplits: predictions.hasSplits,
    at: (place) => predictions.at(rows[place])!,
    answerAt:
      settled &&
      ((place) => {
        const row = rows[place];
        return {
          target: settled.targets[row],
          confidence: settled.confidences[row],
          given: answers.given(row),
        };
      }),
    sourceLabel: (source) => run.sourceLabel(source),
  };
}
