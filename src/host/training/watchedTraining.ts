import { SemapError, toSemapError } from '../../core/errors.ts';
import { Listeners } from '../../core/listeners.ts';
import { type RunPhase, storedPhase } from '../../core/runs/run.ts';
import type { Baseline, EpochMetrics, TrainingRecord } from '../../core/runs/trainingRecord.ts';
import type { TrainParams } from '../../core/runs/trainingSettings.ts';
import type { TrainProgress } from '../../core/training/trainJob.ts';
import type { Engine } from '../supervisor/engineClient.ts';

type Step = Extract<TrainProgress, { readonly kind: 'step' }>;
type Preparing = Extract<TrainProgress, { readonly kind: 'preparing' }>;
type Sample = NonNullable<Extract<TrainProgress, { readonly kind: 'epoch' }>['sample']>;

/** What a run is known by before its record is written. */
interface RunStart {
  readonly folder: string;
  readonly params: TrainParams;
}

/** What a run's folder says. */
interface StoredRun {
  readonly folder: string;
  readonly record: TrainingRecord;
  readonly epochs: readonly EpochMetrics[];
  /** Whether the process that the record names runs it still. */
  readonly elsewhere: boolean;
}

/** One training: what was asked, how far it is, and every point of its curves; live or read from its folder. */
export class WatchedTraining {
  readonly folder: string;
  readonly params: TrainParams;
  /** Another process runs it: it cannot be steered from here. */
  readonly elsewhere: boolean;
  readonly #changed = new Listeners();
  #phase: RunPhase;
  #record: TrainingRecord | undefined;
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
  #error: SemapError | undefined;
  #live = false;
  #abort = new AbortController();
  #withdrawn = false;

  readonly onDidChange = this.#changed.on;

  constructor(run: RunStart | StoredRun) {
    this.folder = run.folder;
    if ('record' in run) {
      this.params = run.record.params;
      this.elsewhere = run.elsewhere;
      this.#record = run.record;
      this.#epochs = [...run.epochs];
      this.#baselines = run.record.baselines;
      this.#phase = storedPhase(run.record, run.elsewhere);
      this.#error = storedProblem(run.record);
      this.#pictures = 1;
    } else {
      this.params = run.params;
      this.elsewhere = false;
      this.#epochs = [];
      this.#baselines = [];
      this.#phase = 'interrupted';
      this.#pictures = 0;
    }
  }

  get phase(): RunPhase {
    return this.#phase;
  }

  /** Whether this engine holds it: it runs, waits or is paused. */
  get live(): boolean {
    return this.#live;
  }

  get record(): TrainingRecord | undefined {
    return this.#record;
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

  get error(): SemapError | undefined {
    return this.#error;
  }

  /** Whether it was taken out of the queue before its turn: there is nothing to tell of it. */
  get withdrawn(): boolean {
    return this.#withdrawn;
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
  async start(engine: Engine, how: 'train' | 'resumeRun'): Promise<void> {
    this.#live = true;
    // The engine says so at once where it has to wait.
    this.#phase = 'running';
    this.#error = undefined;
    this.#abort = new AbortController();
    this.#changed.tell();
    const options = {
      onProgress: (progress: TrainProgress) => this.#take(progress),
      signal: this.#abort.signal,
    };
    try {
      const record =
        how === 'train'
          ? await engine.call('train', this.params, options)
          : await engine.call('resumeRun', { runFolder: this.folder }, options);
      this.#record = record;
      this.#baselines = record.baselines;
      this.#phase = storedPhase(record, false);
      this.#error = storedProblem(record);
    } catch (thrown) {
      this.#fail(toSemapError(thrown));
    }
    this.#live = false;
    this.#step = undefined;
    this.#preparing = undefined;
    this.#pictures++;
    this.#changed.tell();
  }

  /** Takes it out of the queue; nothing happens once its turn has come. */
  withdraw(): void {
    if (this.#phase === 'queued') this.#abort.abort();
  }

  #fail(error: SemapError): void {
    this.#withdrawn = error.reason === 'cancelled' && this.#abort.signal.aborted;
    if (this.#withdrawn) this.#phase = this.#record ? storedPhase(this.#record, false) : 'stopped';
    // What a person paused has its checkpoint, and loses nothing with its engine.
    else if (this.#phase !== 'paused' || error.reason !== 'engine-stopped') {
      this.#error = error;
      const gone = error.reason === 'engine-stopped' || error.reason === 'cancelled';
      this.#phase = gone ? 'interrupted' : 'failed';
    }
  }

  #take(progress: TrainProgress): void {
    switch (progress.kind) {
      case 'queued':
        this.#ahead = progress.ahead;
        this.#phase = 'queued';
        break;
      case 'preparing':
        this.#preparing = progress;
        if (this.#phase === 'queued') this.#phase = 'running';
        break;
      case 'started':
        this.#record = progress.record;
        this.#epochs = [...progress.epochs];
        this.#baselines = progress.record.baselines;
        this.#preparing = undefined;
        if (this.#phase === 'queued') this.#phase = 'running';
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
        if (this.#phase === 'queued') this.#phase = 'running';
        break;
      case 'epoch': {
        const { metrics, changes, confusion, best, prompt, furtherPrompts, sample, mask } = progress;
        // An epoch that is trained again takes the place of what came after the checkpoint.
        this.#epochs = [...this.#epochs.filter(({ epoch }) => epoch < metrics.epoch), metrics];
        if (this.#record) {
          const { seconds, epoch } = metrics;
          this.#record = { ...this.#record, best, confusion, changes, epoch, seconds };
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
        this.#phase = 'paused';
        break;
      case 'resumed':
        this.#phase = 'running';
    }
    this.#changed.tell();
  }
}

function storedProblem({ problem }: TrainingRecord): SemapError | undefined {
  return problem && new SemapError('invalid-argument', problem.message, { hint: problem.hint });
}
