import path from 'node:path';
import { SemapError, toSemapError, untilAborted } from '../../core/errors.ts';
import type { TrainingRecord } from '../../core/runs/trainingRecord.ts';
import type { TrainParams, TrainSettings } from '../../core/runs/trainingSettings.ts';
import { phrase } from '../../core/text/text.ts';
import type { RunImages } from '../../core/training/split.ts';
import type { TrainProgress } from '../../core/training/trainJob.ts';
import { lockRun } from '../../files/runFolders.ts';
import type { CallContext, Handlers } from '../../protocol/rpc.ts';
import type { QueuedRun, TrainingMethods } from '../../protocol/training.ts';
import { estimateTraining } from './estimateTraining.ts';
import type { TrainingServices } from './prepareTraining.ts';
import { readRecord } from './runFiles.ts';
import { TrainingRun } from './trainingRun.ts';

type Context = CallContext<TrainProgress>;

/** The engine's training runs: one at a time, the others wait in order. */
export class TrainingRuns {
  readonly #services: TrainingServices;
  readonly #runs: { readonly run: TrainingRun; readonly context: Context }[] = [];
  readonly #ends = new Map<TrainingRun, () => void>();
  readonly #aborts = new Set<AbortController>();

  constructor(services: TrainingServices) {
    this.#services = services;
  }

  estimate(
    params: TrainingMethods['estimateTraining']['params'],
    context: CallContext<TrainingMethods['estimateTraining']['progress']>,
  ): Promise<TrainingMethods['estimateTraining']['result']> {
    return estimateTraining(this.#services, params, context);
  }

  /**
   * @throws {SemapError} `busy` when this run is on already; `invalid-argument` for a folder that is not empty; whatever
   * ends it
   */
  train(params: TrainParams, context: Context): Promise<TrainingRecord> {
    this.#mustBeFree(params.runFolder);
    return this.#queue(params, context, false);
  }

  /** @throws {SemapError} `busy` when another process has the run; `invalid-argument` when it is over */
  async resume(runFolder: string, context: Context): Promise<TrainingRecord> {
    this.#mustBeFree(runFolder);
    // Before the folder is written to: it may be none of a run.
    await readRecord(runFolder);
    const lock = await lockRun(runFolder);
    try {
      const record = await readRecord(runFolder);
      if (record.status === 'done' || record.status === 'stopped') {
        throw new SemapError('invalid-argument', phrase('This run has ended.'), {
          hint: phrase('Train again with the same settings.'),
        });
      }
      // The folder may have been moved since.
      const params = { ...record.params, settings: settingsToResume(record), runFolder };
      return await this.#queue(params, context, true);
    } finally {
      await lock.release();
    }
  }

  /**
   * Trains with images that somebody else has parted, or goes on with that; a run that is over is as it ended.
   * @throws {SemapError} as {@link train}
   */
  async trainWith(parted: RunImages, params: TrainParams, context: Context): Promise<TrainingRecord> {
    this.#mustBeFree(params.runFolder);
    const before = await readRecord(params.runFolder).catch((error) => {
      if (toSemapError(error).reason !== 'not-found') throw error;
      return undefined;
    });
    if (!before) return this.#queue(params, context, false, parted);
    if (before.status === 'done' || before.status === 'stopped') return before;
    const lock = await lockRun(params.runFolder);
    try {
      return await this.#queue(params, context, true, parted);
    } finally {
      await lock.release();
    }
  }

  control(runFolder: string, wish: 'pause' | 'resume' | 'stop'): undefined {
    const entry = this.#find(runFolder);
    if (!entry) throw new SemapError('not-found', phrase('This run is not in progress.'));
    entry.run.control(wish);
    return undefined;
  }

  list(): readonly QueuedRun[] {
    return this.#runs.map(({ run }, i) => ({
      runFolder: run.runFolder,
      state: i > 0 ? 'queued' : run.paused ? 'paused' : 'running',
      ahead: i,
    }));
  }

  /** Checkpoints the run in progress and waits until it is over. */
  async close(): Promise<void> {
    for (const abort of this.#aborts) abort.abort();
    await Promise.all(this.#runs.map(({ run }) => new Promise<void>((end) => this.#onEnd(run, end))));
  }

  async #queue(
    params: TrainParams,
    outer: Context,
    resume: boolean,
    parted?: RunImages,
  ): Promise<TrainingRecord> {
    const abort = new AbortController();
    this.#aborts.add(abort);
    const forward = () => abort.abort();
    outer.signal.addEventListener('abort', forward, { once: true });
    if (outer.signal.aborted) forward();
    const context: Context = { signal: abort.signal, report: outer.report };
    const run = new TrainingRun(this.#services, params, context, resume, parted);
    const before = this.#runs.map((entry) => new Promise<void>((end) => this.#onEnd(entry.run, end)));
    this.#runs.push({ run, context });
    try {
      this.#tellQueue();
      for (const end of before) await untilAborted(end, context.signal);
      return await run.run();
    } finally {
      outer.signal.removeEventListener('abort', forward);
      this.#aborts.delete(abort);
      this.#runs.splice(
        this.#runs.findIndex((entry) => entry.run === run),
        1,
      );
      this.#ends.get(run)?.();
      this.#ends.delete(run);
      this.#tellQueue();
    }
  }

  #onEnd(run: TrainingRun, end: () => void): void {
    const others = this.#ends.get(run);
    this.#ends.set(run, () => {
      others?.();
      end();
    });
  }

  #tellQueue(): void {
    for (const [i, { context }] of this.#runs.entries()) {
      if (i > 0) context.report({ kind: 'queued', ahead: i - 1 });
    }
  }

  #mustBeFree(runFolder: string): void {
    if (!path.isAbsolute(runFolder))
      throw new SemapError(
        'internal',
        phrase('The run folder must be an absolute path, not {0}.', runFolder),
      );
    if (this.#find(runFolder))
      throw new SemapError('busy', phrase('This run is already in progress or waiting.'));
  }

  #find(runFolder: string) {
    return this.#runs.find(({ run }) => path.relative(run.runFolder, runFolder) === '');
  }
}

/** What was left open is what it was when the run began: before there were recipes it was something else. */
function settingsToResume({ params, settings }: TrainingRecord): TrainSettings {
  return settings.recipe === undefined ? { ...settings, ...params.settings } : params.settings;
}

/** The engine's handlers for training. */
export function trainingHandlers(runs: () => TrainingRuns): Handlers<TrainingMethods> {
  return {
    estimateTraining: (params, context) => runs().estimate(params, context),
    train: (params, context) => runs().train(params, context),
    resumeRun: ({ runFolder }, context) => runs().resume(runFolder, context),
    pauseTraining: ({ runFolder }) => runs().control(runFolder, 'pause'),
    resumeTraining: ({ runFolder }) => runs().control(runFolder, 'resume'),
    stopTraining: ({ runFolder }) => runs().control(runFolder, 'stop'),
    trainingRuns: () => runs().list(),
  };
}
