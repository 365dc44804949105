import { SemapError } from '../../core/errors.ts';
import type { FindParams, FindRecord } from '../../core/find/findRecord.ts';
import { phrase } from '../../core/text/text.ts';
import type { FindActivity, FindProgress } from '../../protocol/find.ts';
import type { FindEntry, RunEntry } from '../runs/runEntry.ts';
import { type CallFollowed, WatchedRun } from '../runs/watchedRun.ts';

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
   * @param search that call of the engine; given, since a page in a browser, which shows this too, has no engine
   * @param waits for another search, until something is heard of it
   */
  start(search: (followed: CallFollowed<FindProgress>) => Promise<FindRecord>, waits = false): Promise<void> {
    return this.follow<FindProgress>(
      waits ? 'queued' : 'running',
      search,
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
