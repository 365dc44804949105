import { errorOf, type Problem, type SemapError, toSemapError } from '../../core/errors.ts';
import { Listeners } from '../../core/listeners.ts';
import { type RunPhase, type RunStatus, storedPhase } from '../../core/runs/run.ts';

/** What the record of every long run has. */
interface LongRecord<Params> {
  readonly status: RunStatus;
  readonly params: Params;
  readonly problem?: Problem | undefined;
}

/** What a run is known by before its record is written. */
export interface RunStart<Params> {
  readonly folder: string;
  readonly params: Params;
}

/** What a run's folder says. */
export interface StoredRun<Stored> {
  readonly folder: string;
  readonly record: Stored;
  /** Whether the process that the record names runs it still. */
  readonly elsewhere: boolean;
}

/** What a call of the engine is followed by. */
export interface CallFollowed<Progress> {
  readonly onProgress: (progress: Progress) => void;
  readonly signal: AbortSignal;
}

/** One long run: what was asked and how far it is; live, or read from its folder. A kind adds what its page shows. */
export abstract class WatchedRun<Params, Stored extends LongRecord<Params>> {
  readonly folder: string;
  readonly params: Params;
  /** Another process runs it: it cannot be steered from here. */
  readonly elsewhere: boolean;
  readonly #changed = new Listeners();
  #phase: RunPhase;
  #record: Stored | undefined;
  #error: SemapError | undefined;
  #live = false;
  #abort = new AbortController();
  #withdrawn = false;

  readonly onDidChange = this.#changed.on;

  constructor(run: RunStart<Params> | StoredRun<Stored>) {
    this.folder = run.folder;
    if ('record' in run) {
      const { record, elsewhere } = run;
      this.params = record.params;
      this.elsewhere = elsewhere;
      this.#record = record;
      this.#phase = storedPhase(record, elsewhere);
      this.#error = record.problem && errorOf(record.problem);
    } else {
      this.params = run.params;
      this.elsewhere = false;
      this.#phase = 'interrupted';
    }
  }

  /** How many of its steps are done that are not done again. */
  abstract get done(): number;

  /**
   * It is over: what only a run in progress has is no more.
   * @param answered the record at its end; undefined where the engine did not answer
   */
  protected abstract over(answered: Stored | undefined): void;

  get phase(): RunPhase {
    return this.#phase;
  }

  protected set phase(phase: RunPhase) {
    this.#phase = phase;
  }

  get record(): Stored | undefined {
    return this.#record;
  }

  protected set record(record: Stored) {
    this.#record = record;
  }

  /** Whether this engine holds it: it runs, waits or is paused. */
  get live(): boolean {
    return this.#live;
  }

  get error(): SemapError | undefined {
    return this.#error;
  }

  /** Whether it was taken out of the queue before its turn: there is nothing to tell of it. */
  get withdrawn(): boolean {
    return this.#withdrawn;
  }

  /**
   * Follows a call of the engine; resolves when that is over, however it ended.
   * @param take hears of every progress, before the listeners do
   */
  protected async follow<Progress>(
    phase: RunPhase,
    call: (followed: CallFollowed<Progress>) => Promise<Stored>,
    take: (progress: Progress) => void,
  ): Promise<void> {
    this.#live = true;
    this.#phase = phase;
    this.#error = undefined;
    this.#abort = new AbortController();
    this.#changed.tell();
    const onProgress = (progress: Progress) => {
      take(progress);
      this.#changed.tell();
    };
    let answered: Stored | undefined;
    try {
      answered = await call({ onProgress, signal: this.#abort.signal });
      this.#record = answered;
      this.#phase = storedPhase(answered, false);
      this.#error = answered.problem && errorOf(answered.problem);
    } catch (thrown) {
      this.#fail(toSemapError(thrown));
    }
    this.#live = false;
    this.over(answered);
    this.#changed.tell();
  }

  /** Takes it out of the queue; nothing happens once its turn has come. */
  withdraw(): void {
    if (this.#phase === 'queued') this.#abort.abort();
  }

  #fail(error: SemapError): void {
    this.#withdrawn = error.reason === 'cancelled' && this.#abort.signal.aborted;
    if (this.#withdrawn) this.#phase = this.#record ? storedPhase(this.#record, false) : 'stopped';
    // What a person paused is in its folder, and loses nothing with its engine.
    else if (this.#phase !== 'paused' || error.reason !== 'engine-stopped') {
      this.#error = error;
      const gone = error.reason === 'engine-stopped' || error.reason === 'cancelled';
      this.#phase = gone ? 'interrupted' : 'failed';
    }
  }
}
