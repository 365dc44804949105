import { SemapError } from '../../core/errors.ts';
import type { FindParams, FindRecord } from '../../core/find/findRecord.ts';
import { phrase } from '../../core/text/text.ts';
import type { FindActivity, FindMethods, FindProgress } from '../../protocol/find.ts';
import type { Rpc } from '../../protocol/rpc.ts';
import type { FindEntry, RunEntry } from '../runs/runEntry.ts';
import { WatchedRun } from '../runs/watchedRun.ts';

/** The engine, as far as searches need it. */
export type FindEngine = Pick<Rpc<FindMethods, Record<never, never>>, 'call'>;

/** @throws {SemapError} `invalid-document` for what is no search, or is damaged */
export function mustBeSearch(entry: RunEntry): FindEntry {
  if (entry.kind === 'find') return entry;
  throw new SemapError(
    'invalid-document',
    entry.kind === 'damaged' ? entry.problem : phrase('{0} is not a search for the best reuse.', entry.name),
  );
}

/** One search: what was asked, how far it is, and what it found so far. */
export class WatchedSearch extends WatchedRun<FindParams, FindRecord> {
  #activity: FindActivity | undefined;
  #secondsLeft: number | undefined;

  /** What is done now; undefined when nothing is. */
  get activity(): FindActivity | undefined {
    return this.#activity;
  }

  /** Of the budget, while it searches. */
  get secondsLeft(): number | undefined {
    return this.#secondsLeft;
  }

  /** Ways that were tried. */
  get done(): number {
    return this.record?.tried ?? 0;
  }

  /**
   * Searches, or goes on with what the folder holds; resolves when that is over, however it ended.
   * @param waits for another search, until something is heard of it
   */
  start(engine: FindEngine, how: 'findReuse' | 'resumeFind', waits = false): Promise<void> {
    return this.follow<FindProgress>(
      waits ? 'queued' : 'running',
      (followed) =>
        how === 'findReuse'
          ? engine.call('findReuse', this.params, followed)
          : engine.call('resumeFind', { runFolder: this.folder }, followed),
      ({ record, activity, secondsLeft, paused }) => {
        this.record = record;
        this.#activity = activity;
        this.#secondsLeft = secondsLeft;
        this.phase = paused ? 'paused' : 'running';
      },
    );
  }

  protected over(): void {
    this.#activity = undefined;
    this.#secondsLeft = undefined;
  }
}
