import { errorOf, type SemapError, toSemapError } from '../../core/errors.ts';
import type { FindParams, FindRecord } from '../../core/find/findRecord.ts';
import { Listeners } from '../../core/listeners.ts';
import { type RunPhase, storedPhase } from '../../core/runs/run.ts';
import type { FindActivity, FindMethods, FindProgress } from '../../protocol/find.ts';
import type { Rpc } from '../../protocol/rpc.ts';

/** The engine, as far as searches need it. */
export type FindEngine = Pick<Rpc<FindMethods, Record<never, never>>, 'call'>;

/** What a search is known by before its record is written. */
interface SearchStart {
  readonly folder: string;
  readonly params: FindParams;
}

/** What a search's folder says. */
interface StoredSearch {
  readonly folder: string;
  readonly record: FindRecord;
  /** Whether the process that the record names runs it still. */
  readonly elsewhere: boolean;
}

/** One search: what was asked, how far it is, and what it found so far; live or read from its folder. */
export class WatchedSearch {
  readonly folder: string;
  readonly params: FindParams;
  /** Another process runs it: it cannot be steered from here. */
  readonly elsewhere: boolean;
  readonly #changed = new Listeners();
  #phase: RunPhase;
  #record: FindRecord | undefined;
  #activity: FindActivity | undefined;
  #secondsLeft: number | undefined;
  #error: SemapError | undefined;
  #live = false;
  #abort = new AbortController();
  #withdrawn = false;

  readonly onDidChange = this.#changed.on;

  constructor(run: SearchStart | StoredSearch) {
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

  get phase(): RunPhase {
    return this.#phase;
  }

  /** Whether this engine holds it: it runs, waits or is paused. */
  get live(): boolean {
    return this.#live;
  }

  get record(): FindRecord | undefined {
    return this.#record;
  }

  /** What is done now; undefined when nothing is. */
  get activity(): FindActivity | undefined {
    return this.#activity;
  }

  /** Of the budget, while it searches. */
  get secondsLeft(): number | undefined {
    return this.#secondsLeft;
  }

  get error(): SemapError | undefined {
    return this.#error;
  }

  /** Ways that were tried. */
  get done(): number {
    return this.#record?.tried ?? 0;
  }

  /** Whether it was taken out of the queue before its turn: there is nothing to tell of it. */
  get withdrawn(): boolean {
    return this.#withdrawn;
  }

  /**
   * Searches, or goes on with what the folder holds; resolves when that is over, however it ended.
   * @param waits for another search, until something is heard of it
   */
  async start(engine: FindEngine, how: 'findReuse' | 'resumeFind', waits = false): Promise<void> {
    this.#live = true;
    this.#phase = waits ? 'queued' : 'running';
    this.#error = undefined;
    this.#abort = new AbortController();
    this.#changed.tell();
    const options = {
      onProgress: (progress: FindProgress) => this.#take(progress),
      signal: this.#abort.signal,
    };
    try {
      const record =
        how === 'findReuse'
          ? await engine.call('findReuse', this.params, options)
          : await engine.call('resumeFind', { runFolder: this.folder }, options);
      this.#record = record;
      this.#phase = storedPhase(record, false);
      this.#error = record.problem && errorOf(record.problem);
    } catch (thrown) {
      this.#fail(toSemapError(thrown));
    }
    this.#live = false;
    this.#activity = undefined;
    this.#secondsLeft = undefined;
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

  #take({ record, activity, secondsLeft, paused }: FindProgress): void {
    this.#record = record;
    this.#activity = activity;
    this.#secondsLeft = secondsLeft;
    this.#phase = paused ? 'paused' : 'running';
    this.#changed.tell();
  }
}
