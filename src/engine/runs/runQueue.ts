import path from 'node:path';
import { SemapError, untilAborted } from '../../core/errors.ts';
import type { RunStatus } from '../../core/runs/run.ts';
import { phrase } from '../../core/text/text.ts';
import { lockRun } from '../../files/runFolders.ts';
import type { CallContext } from '../../protocol/rpc.ts';

/** A run that takes long: a training, a search. */
interface LongRun<Wish, Result> {
  readonly runFolder: string;
  /** What a person wants, heard between two pieces of work. */
  control(wish: Wish): void;
  run(): Promise<Result>;
}

interface Entry<Run, Progress> {
  readonly run: Run;
  readonly context: CallContext<Progress>;
  readonly abort: AbortController;
  /** Resolves when it is over or has left. */
  readonly over: Promise<void>;
}

/** The runs of a kind in this engine: one at a time, the others wait in order. */
export class RunQueue<Run extends LongRun<Wish, Result>, Wish, Result, Progress> {
  readonly #entries: Entry<Run, Progress>[] = [];
  readonly #moved: (waiting: CallContext<Progress>, ahead: number) => void;

  /** @param moved is told of every run that waits, whenever the queue has changed; `ahead` of it others wait, too */
  constructor(moved: (waiting: CallContext<Progress>, ahead: number) => void = () => {}) {
    this.#moved = moved;
  }

  /** The first is in progress. */
  get runs(): readonly Run[] {
    return this.#entries.map(({ run }) => run);
  }

  /** @throws {SemapError} `busy` when the run in this folder is on already; `internal` for a path that is not absolute */
  mustBeFree(runFolder: string): void {
    if (!path.isAbsolute(runFolder)) {
      const what = phrase('The run folder must be an absolute path, not {0}.', runFolder);
      throw new SemapError('internal', what);
    }
    if (this.#find(runFolder))
      throw new SemapError('busy', phrase('This run is already in progress or waiting.'));
  }

  /** @throws {SemapError} `not-found` when the run in this folder is not on */
  control(runFolder: string, wish: Wish): undefined {
    const run = this.#find(runFolder);
    if (!run) throw new SemapError('not-found', phrase('This run is not in progress.'));
    run.control(wish);
    return undefined;
  }

  /**
   * Waits for its turn, then runs.
   * @param make the run; its call is cancelled when the caller's is, and when the engine ends
   */
  async add(outer: CallContext<Progress>, make: (context: CallContext<Progress>) => Run): Promise<Result> {
    const abort = new AbortController();
    const forward = () => abort.abort();
    outer.signal.addEventListener('abort', forward, { once: true });
    if (outer.signal.aborted) forward();
    const context: CallContext<Progress> = { signal: abort.signal, report: outer.report };
    const run = make(context);
    let end: () => void = () => {};
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    const before = [...this.#entries];
    const entry = { run, context, abort, over };
    this.#entries.push(entry);
    try {
      this.#tell();
      for (const one of before) await untilAborted(one.over, context.signal);
      return await run.run();
    } finally {
      outer.signal.removeEventListener('abort', forward);
      this.#entries.splice(this.#entries.indexOf(entry), 1);
      end();
      this.#tell();
    }
  }

  /**
   * Goes on with a run that is not over, and that nobody else has.
   * @param read its record
   * @param over what is wrong with one that is over
   * @throws {SemapError} `busy` when another process has it; `invalid-argument` when it is over
   */
  async resume<Record extends { readonly status: RunStatus }>(
    runFolder: string,
    read: (runFolder: string) => Promise<Record>,
    over: SemapError,
    go: (record: Record) => Promise<Result>,
  ): Promise<Result> {
    this.mustBeFree(runFolder);
    // Before the folder is written to: it may be none of such a run.
    await read(runFolder);
    const lock = await lockRun(runFolder);
    try {
      const record = await read(runFolder);
      if (record.status === 'done' || record.status === 'stopped') throw over;
      return await go(record);
    } finally {
      await lock.release();
    }
  }

  /** Ends all so that they can be resumed, and waits for that. */
  async close(): Promise<void> {
    for (const { abort } of this.#entries) abort.abort();
    await Promise.all(this.#entries.map(({ over }) => over));
  }

  #tell(): void {
    for (const [i, { context }] of this.#entries.entries()) {
      if (i > 0) this.#moved(context, i - 1);
    }
  }

  #find(runFolder: string): Run | undefined {
    return this.#entries.find(({ run }) => path.relative(run.runFolder, runFolder) === '')?.run;
  }
}
