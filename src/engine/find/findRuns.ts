import path from 'node:path';
import { invalidArgument, SemapError, untilAborted } from '../../core/errors.ts';
import { type FindParams, type FindRecord, LONGEST_BUDGET } from '../../core/find/findRecord.ts';
import { phrase } from '../../core/text/text.ts';
import { lockRun } from '../../files/runFolders.ts';
import type { FindMethods, FindProgress, KeptReuse } from '../../protocol/find.ts';
import type { CallContext, Handlers } from '../../protocol/rpc.ts';
import type { FindServices } from './findBackbones.ts';
import { readFindRecord } from './findFiles.ts';
import { FindRun } from './findRun.ts';
import { keepReuse } from './keepReuse.ts';

type Context = CallContext<FindProgress>;

/** The engine's searches: one at a time, the others wait in order. */
export class FindRuns {
  readonly #services: FindServices;
  readonly #runs: FindRun[] = [];
  readonly #aborts = new Set<AbortController>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(services: FindServices) {
    this.#services = services;
  }

  /** @throws {SemapError} `busy` when this run is on already; `invalid-argument` for a folder that is not empty; whatever ends it */
  async find(params: FindParams, context: Context): Promise<FindRecord> {
    this.#mustBeFree(params.runFolder);
    mustBeUsable(params);
    return this.#queue(params, context, false);
  }

  /** @throws {SemapError} `busy` when another process has the run; `invalid-argument` when it is over */
  async resume(runFolder: string, context: Context): Promise<FindRecord> {
    this.#mustBeFree(runFolder);
    // Before the folder is written to: it may be none of a search.
    await readFindRecord(runFolder);
    const lock = await lockRun(runFolder);
    try {
      const record = await readFindRecord(runFolder);
      if (record.status === 'done' || record.status === 'stopped') {
        throw new SemapError('invalid-argument', phrase('This search has ended.'), {
          hint: phrase('Search again with the same settings.'),
        });
      }
      // The folder may have been moved since.
      return await this.#queue({ ...record.params, runFolder }, context, true);
    } finally {
      await lock.release();
    }
  }

  control(runFolder: string, wish: 'go' | 'pause' | 'stop'): undefined {
    const run = this.#find(runFolder);
    if (!run) throw new SemapError('not-found', phrase('This run is not in progress.'));
    run.control(wish);
    return undefined;
  }

  keep(runFolder: string, id: string, signal: AbortSignal): Promise<KeptReuse> {
    return keepReuse(runFolder, id, this.#services, signal);
  }

  /** Ends the search in progress so that it can be resumed, and waits for that. */
  async close(): Promise<void> {
    for (const abort of this.#aborts) abort.abort();
    await this.#last;
  }

  async #queue(params: FindParams, outer: Context, resume: boolean): Promise<FindRecord> {
    const abort = new AbortController();
    this.#aborts.add(abort);
    const forward = () => abort.abort();
    outer.signal.addEventListener('abort', forward, { once: true });
    if (outer.signal.aborted) forward();
    const run = new FindRun(this.#services, params, { signal: abort.signal, report: outer.report }, resume);
    this.#runs.push(run);
    const turn = this.#last;
    let end: () => void = () => {};
    this.#last = new Promise<void>((resolve) => {
      end = resolve;
    });
    try {
      await untilAborted(turn, abort.signal);
      return await run.run();
    } finally {
      // Whoever is next waits for those before it too, where this one did not wait for its turn.
      void turn.then(end);
      outer.signal.removeEventListener('abort', forward);
      this.#aborts.delete(abort);
      this.#runs.splice(this.#runs.indexOf(run), 1);
    }
  }

  #mustBeFree(runFolder: string): void {
    if (!path.isAbsolute(runFolder)) {
      const what = phrase('The run folder must be an absolute path, not {0}.', runFolder);
      throw new SemapError('internal', what);
    }
    if (this.#find(runFolder))
      throw new SemapError('busy', phrase('This run is already in progress or waiting.'));
  }

  #find(runFolder: string): FindRun | undefined {
    return this.#runs.find((run) => path.relative(run.runFolder, runFolder) === '');
  }
}

/** Tools and agents ask without a form: a record of other numbers could not be read again. */
function mustBeUsable({ budgetMinutes = 1, seed = 0 }: FindParams): void {
  if (!(budgetMinutes > 0 && budgetMinutes <= LONGEST_BUDGET))
    throw invalidArgument(phrase('The time budget must be above 0 and at most {0} minutes.', LONGEST_BUDGET));
  if (!Number.isSafeInteger(seed)) throw invalidArgument(phrase('The seed must be a whole number.'));
}

/** The engine's handlers for finding the best reuse. */
export function findHandlers(runs: () => FindRuns): Handlers<FindMethods> {
  return {
    findReuse: (params, context) => runs().find(params, context),
    resumeFind: ({ runFolder }, context) => runs().resume(runFolder, context),
    pauseFind: ({ runFolder }) => runs().control(runFolder, 'pause'),
    unpauseFind: ({ runFolder }) => runs().control(runFolder, 'go'),
    stopFind: ({ runFolder }) => runs().control(runFolder, 'stop'),
    keepReuse: ({ runFolder, id }, { signal }) => runs().keep(runFolder, id, signal),
  };
}
