import { SemapError, toSemapError } from '../../core/errors.ts';
import type { TrainingRecord } from '../../core/runs/trainingRecord.ts';
import type { TrainParams, TrainSettings } from '../../core/runs/trainingSettings.ts';
import { phrase } from '../../core/text/text.ts';
import type { TrainProgress } from '../../core/training/trainJob.ts';
import { lockRun } from '../../files/runFolders.ts';
import type { CallContext, Handlers } from '../../protocol/rpc.ts';
import type { QueuedRun, TrainingMethods } from '../../protocol/training.ts';
import { RunQueue } from '../runs/runQueue.ts';
import { estimateTraining } from './estimateTraining.ts';
import type { TrainingServices } from './prepareTraining.ts';
import { readRecord } from './runFiles.ts';
import { type TrainingPart, TrainingRun } from './trainingRun.ts';

type Context = CallContext<TrainProgress>;

/** The engine's training runs: one at a time, the others wait in order. */
export class TrainingRuns {
  readonly #services: TrainingServices;
  readonly #queue = new RunQueue<TrainingRun, 'pause' | 'resume' | 'stop', TrainingRecord, TrainProgress>(
    ({ report }, ahead) => report({ kind: 'queued', ahead }),
  );

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
  async train(params: TrainParams, context: Context): Promise<TrainingRecord> {
    this.#queue.mustBeFree(params.runFolder);
    return this.#add(params, context, false);
  }

  /** @throws {SemapError} `busy` when another process has the run; `invalid-argument` when it is over */
  resume(runFolder: string, context: Context): Promise<TrainingRecord> {
    const over = new SemapError('invalid-argument', phrase('This run has ended.'), {
      hint: phrase('Train again with the same settings.'),
    });
    return this.#queue.resume(runFolder, readRecord, over, (record) => {
      // The folder may have been moved since.
      const params = { ...record.params, settings: settingsToResume(record), runFolder };
      return this.#add(params, context, true);
    });
  }

  /**
   * Trains with images that somebody else has parted, or goes on with that; a run that is over is as it ended.
   * @returns the record, `paused` where it was left
   * @throws {SemapError} as {@link train}
   */
  async trainWith(part: TrainingPart, params: TrainParams, context: Context): Promise<TrainingRecord> {
    this.#queue.mustBeFree(params.runFolder);
    const before = await readRecord(params.runFolder).catch((error) => {
      if (toSemapError(error).reason !== 'not-found') throw error;
      return undefined;
    });
    if (!before) return this.#add(params, context, false, part);
    if (before.status === 'done' || before.status === 'stopped') return before;
    const lock = await lockRun(params.runFolder);
    try {
      return await this.#add(params, context, true, part);
    } finally {
      await lock.release();
    }
  }

  control(runFolder: string, wish: 'pause' | 'resume' | 'stop'): undefined {
    return this.#queue.control(runFolder, wish);
  }

  list(): readonly QueuedRun[] {
    return this.#queue.runs.map(({ runFolder, paused }, i) => ({
      runFolder,
      state: i > 0 ? 'queued' : paused ? 'paused' : 'running',
      ahead: i,
    }));
  }

  /** Checkpoints the run in progress and waits until it is over. */
  close(): Promise<void> {
    return this.#queue.close();
  }

  #add(params: TrainParams, outer: Context, resume: boolean, part?: TrainingPart): Promise<TrainingRecord> {
    return this.#queue.add(
      outer,
      (context) => new TrainingRun(this.#services, params, context, resume, part),
    );
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
