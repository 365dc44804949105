import { rankBackbones } from '../../capabilities/rankBackbones.ts';
import { type SemapError, toSemapError } from '../../core/errors.ts';
import { Listeners } from '../../core/listeners.ts';
import type { RankingRow } from '../../core/ranking/ranking.ts';
import type { Verdict } from '../../core/ranking/verdict.ts';
import type { RankParams, RankResult } from '../../core/runs/rankingRecord.ts';
import type { RankActivity } from '../../protocol/ranking.ts';
import type { RunPhase } from '../../protocol/resultsView.ts';
import { quietSession } from '../quietSession.ts';
import type { Engine } from '../supervisor/engineClient.ts';

/** One ranking: what was asked, how far it is, and the table so far. */
export class RankingRun {
  readonly params: RankParams;
  /** When it was begun, or saved. */
  readonly time: Date;
  readonly #changed = new Listeners();
  readonly #abort = new AbortController();
  #phase: RunPhase = 'running';
  #rows: readonly RankingRow[] = [];
  #verdict: Verdict | undefined;
  #activity: RankActivity | undefined;
  #result: RankResult | undefined;
  #error: SemapError | undefined;
  #record: string | undefined;

  readonly onDidChange = this.#changed.on;

  constructor(params: RankParams, time = new Date()) {
    this.params = params;
    this.time = time;
  }

  /** A ranking as its record tells it, or the page of a window before. */
  static stored(params: RankParams, result: RankResult, time: Date, record?: string): RankingRun {
    const run = new RankingRun(params, time);
    run.#end(result);
    run.#record = record;
    return run;
  }

  get phase(): RunPhase {
    return this.#phase;
  }

  get rows(): readonly RankingRow[] {
    return this.#rows;
  }

  get verdict(): Verdict | undefined {
    return this.#verdict;
  }

  /** What is looked at; undefined when nothing is. */
  get activity(): RankActivity | undefined {
    return this.#activity;
  }

  /** When it is over and was not interrupted by a failure. */
  get result(): RankResult | undefined {
    return this.#result;
  }

  get error(): SemapError | undefined {
    return this.#error;
  }

  /** File that the result was saved in. */
  get record(): string | undefined {
    return this.#record;
  }

  saved(record: string): void {
    this.#record = record;
    this.#changed.tell();
  }

  /** Asks the engine to stop; what is done is kept. */
  cancel(): void {
    this.#abort.abort();
  }

  /** Ranks; resolves when it is over, however it ended. */
  async start(engine: Engine): Promise<void> {
    try {
      // Its progress is the whole table: what another engine reports takes the place of what there was.
      const session = quietSession(engine, this.#abort.signal);
      const result = await rankBackbones(this.params, session, ({ rows, verdict, activity }) => {
        this.#rows = rows;
        this.#verdict = verdict;
        this.#activity = activity;
        this.#changed.tell();
      });
      this.#end(result);
    } catch (thrown) {
      const error = toSemapError(thrown);
      this.#phase = error.reason === 'cancelled' ? 'cancelled' : 'failed';
      if (this.#phase === 'failed') this.#error = error;
    }
    this.#activity = undefined;
    this.#changed.tell();
  }

  #end(result: RankResult): void {
    this.#result = result;
    this.#rows = result.rows;
    this.#verdict = result.verdict;
    this.#phase = result.cancelled ? 'cancelled' : 'done';
  }
}
