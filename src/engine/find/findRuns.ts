import { invalidArgument, SemapError } from '../../core/errors.ts';
import { type FindParams, type FindRecord, LONGEST_BUDGET } from '../../core/find/findRecord.ts';
import { phrase } from '../../core/text/text.ts';
import type { FindActivity, FindMethods, FindProgress, KeptReuse } from '../../protocol/find.ts';
import type { CallContext, Handlers } from '../../protocol/rpc.ts';
import { RunQueue } from '../runs/runQueue.ts';
import type { FindServices } from './findBackbones.ts';
import { readFindRecord } from './findFiles.ts';
import { FindRun } from './findRun.ts';
import { keepReuse } from './keepReuse.ts';

type Context = CallContext<FindProgress>;

/** The engine's searches: one at a time, the others wait in order. */
export class FindRuns {
  readonly #services: FindServices;
  readonly #queue = new RunQueue<FindRun, 'go' | 'pause' | 'stop', FindRecord, FindProgress>();

  constructor(services: FindServices) {
    this.#services = services;
  }

  /** @throws {SemapError} `busy` when this run is on already; `invalid-argument` for a folder that is not empty; whatever ends it */
  async find(params: FindParams, context: Context): Promise<FindRecord> {
    this.#queue.mustBeFree(params.runFolder);
    mustBeUsable(params);
    return this.#add(params, context, false);
  }

  /** @throws {SemapError} `busy` when another process has the run; `invalid-argument` when it is over */
  resume(runFolder: string, context: Context): Promise<FindRecord> {
    const over = new SemapError('invalid-argument', phrase('This search has ended.'), {
      hint: phrase('Search again with the same settings.'),
    });
    return this.#queue.resume(runFolder, readFindRecord, over, ({ params }) =>
      // The folder may have been moved since.
      this.#add({ ...params, runFolder }, context, true),
    );
  }

  control(runFolder: string, wish: 'go' | 'pause' | 'stop'): undefined {
    return this.#queue.control(runFolder, wish);
  }

  keep(runFolder: string, id: string, context: CallContext<FindActivity>): Promise<KeptReuse> {
    return keepReuse(runFolder, id, this.#services, context);
  }

  /** Ends the search in progress so that it can be resumed, and waits for that. */
  close(): Promise<void> {
    return this.#queue.close();
  }

  #add(params: FindParams, outer: Context, resume: boolean): Promise<FindRecord> {
    return this.#queue.add(outer, (context) => new FindRun(this.#services, params, context, resume));
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
    keepReuse: ({ runFolder, id }, context) => runs().keep(runFolder, id, context),
  };
}
