import { trainPrompt } from '../../capabilities/trainPrompt.ts';
import { SemapError } from '../../core/errors.ts';
import type { Baseline, EpochMetrics, TrainingRecord } from '../../core/runs/trainingRecord.ts';
import type { TrainParams } from '../../core/runs/trainingSettings.ts';
import { phrase } from '../../core/text/text.ts';
import type { TrainProgress } from '../../core/training/trainJob.ts';
import { quietSession } from '../quietSession.ts';
import type { RunEntry, TrainingEntry } from '../runs/runEntry.ts';
import { type RunStart, type StoredRun, WatchedRun } from '../runs/watchedRun.ts';
import type { Engine } from '../supervisor/engineClient.ts';

type Step = Extract<TrainProgress, { readonly kind: 'step' }>;
type Preparing = Extract<TrainProgress, { readonly kind: 'preparing' }>;
type Sample = NonNullable<Extract<TrainProgress, { readonly kind: 'epoch' }>['sample']>;

/** @throws {SemapError} `invalid-document` for what is no training, or is damaged */
export function mustBeTraining(entry: RunEntry): TrainingEntry {
  if (entry.kind === 'training') return entry;
  throw new SemapError(
    'invalid-document',
    entry.kind === 'damaged' ? entry.problem : phrase('{0} is not a training run.', entry.name),
  );
}

/** What a run's folder says, with its curves. */
interface StoredTraining extends StoredRun<TrainingRecord> {
  readonly epochs: readonly EpochMetrics[];
}

/** One training: what was asked, how far it is, and every point of its curves. */
export class WatchedTraining extends WatchedRun<TrainParams, TrainingRecord> {
  #epochs: EpochMetrics[];
  #baselines: readonly Baseline[];
  #step: Step | undefined;
  #preparing: Preparing | undefined;
  #ahead = 0;
  #sample: Sample | undefined;
  #prompt: Uint8Array | undefined;
  #furtherPrompts: readonly Uint8Array[] = [];
  #mask: Uint8Array | undefined;
  #pictures: number;

  constructor(run: RunStart<TrainParams> | StoredTraining) {
    super(run);
    const isStored = 'record' in run;
    this.#epochs = isStored ? [...run.epochs] : [];
    this.#baselines = isStored ? run.record.baselines : [];
    this.#pictures = isStored ? 1 : 0;
  }

  get epochs(): readonly EpochMetrics[] {
    return this.#epochs;
  }

  /** Epochs that are done. */
  get done(): number {
    return this.#epochs.length;
  }

  get baselines(): readonly Baseline[] {
    return this.#baselines;
  }

  /** The last step of an epoch that is not over. */
  get step(): Step | undefined {
    return this.#step;
  }

  get preparing(): Preparing | undefined {
    return this.#preparing;
  }

  /** Runs that it waits for. */
  get ahead(): number {
    return this.#ahead;
  }

  /** A validation image with the prompt applied. */
  get sample(): Sample | undefined {
    return this.#sample;
  }

  /** PNG of the newest prompt; undefined = the one in the folder is. */
  get prompt(): Uint8Array | undefined {
    return this.#prompt;
  }

  /** The same of the further ones, where several are trained together. */
  get furtherPrompts(): readonly Uint8Array[] {
    return this.#furtherPrompts;
  }

  /** PNG of how much of the prompt the sample gets where; undefined = the one in the folder is. */
  get mask(): Uint8Array | undefined {
    return this.#mask;
  }

  /** Grows whenever pictures are others. */
  get pictures(): number {
    return this.#pictures;
  }

  /** Trains, or goes on with what the folder holds; resolves when that is over, however it ended. */
  start(engine: Engine, how: 'train' | 'resumeRun'): Promise<void> {
    return this.follow<TrainProgress>(
      // The engine says so at once where it has to wait.
      'running',
      (followed) =>
        trainPrompt(
          how === 'train' ? this.params : { resume: this.folder },
          quietSession(engine, followed.signal),
          followed.onProgress,
        ),
      (progress) => this.#take(progress),
    );
  }

  protected over(answered: TrainingRecord | undefined): void {
    if (answered) this.#baselines = answered.baselines;
    this.#step = undefined;
    this.#preparing = undefined;
    this.#pictures++;
  }

  #take(progress: TrainProgress): void {
    switch (progress.kind) {
      case 'queued':
        this.#ahead = progress.ahead;
        this.phase = 'queued';
        break;
      case 'preparing':
        this.#preparing = progress;
        if (this.phase === 'queued') this.phase = 'running';
        break;
      case 'started':
        this.record = progress.record;
        this.#epochs = [...progress.epochs];
        this.#baselines = progress.record.baselines;
        this.#preparing = undefined;
        if (this.phase === 'queued') this.phase = 'running';
        if (this.#pictures === 0 && progress.epochs.length > 0) this.#pictures = 1;
        break;
      case 'baseline': {
        const others = this.#baselines.filter(({ kind }) => kind !== progress.baseline.kind);
        this.#baselines = [...others, progress.baseline];
        if (this.#preparing?.what === 'baselines') {
          this.#preparing = { ...this.#preparing, done: this.#baselines.length };
        }
        break;
      }
      case 'step':
        this.#step = progress;
        this.#preparing = undefined;
        if (this.phase === 'queued') this.phase = 'running';
        break;
      case 'epoch': {
        const { metrics, changes, confusion, best, prompt, furtherPrompts, sample, mask } = progress;
        // An epoch that is trained again takes the place of what came after the checkpoint.
        this.#epochs = [...this.#epochs.filter(({ epoch }) => epoch < metrics.epoch), metrics];
        if (this.record) {
          const { seconds, epoch } = metrics;
          this.record = { ...this.record, best, confusion, changes, epoch, seconds };
        }
        this.#step = undefined;
        if (prompt) this.#prompt = prompt.png;
        if (furtherPrompts) this.#furtherPrompts = furtherPrompts.map(({ png }) => png);
        if (sample) this.#sample = sample;
        if (mask) this.#mask = mask.png;
        if (prompt || sample) this.#pictures++;
        break;
      }
      case 'paused':
        this.phase = 'paused';
        break;
      case 'resumed':
        this.phase = 'running';
    }
  }
}
