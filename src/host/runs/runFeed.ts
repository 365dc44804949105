import { basename, join } from 'node:path';
import { SemapError } from '../../core/errors.ts';
import { DisposableValue, type Listening } from '../../core/listeners.ts';
import { RUN_FILES } from '../../core/runs/run.ts';
import { oneLine } from '../../core/text/plainText.ts';
import { phrase } from '../../core/text/text.ts';
import type { PageProblem } from '../../protocol/pageProblem.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import type { RunState, RunSummary, RunViewApi } from '../../protocol/runView.ts';
import type { ErrorDescription } from '../errors.ts';
import { PageFeed, type PageHost } from '../pages/pageFeed.ts';

/** What the host's side of the page of a long run needs of VS Code. */
export interface RunPageHost<Run> extends PageHost {
  /** An error of a run; without one, of a folder that holds no run that can be read. */
  describeError(error: unknown, folder: string, run?: Run): ErrorDescription;
  open(folder: string): Promise<Run>;
  pause(folder: string): Promise<void>;
  stop(folder: string): Promise<void>;
  openFile(path: string): unknown;
  /** A path as people find it again. */
  shortPath(path: string): string;
}

/** A run that a page can be about. */
interface ShownRun {
  readonly folder: string;
  readonly error: SemapError | undefined;
  onDidChange(listener: () => void): Listening;
}

/** What is particular to the page of a kind of run. */
interface RunFeedKind<Run, Summary> {
  readonly commands: { readonly resume: string; readonly again: string };
  /** @param problem what became of the run, for its page */
  readonly summary: (run: Run, problem: PageProblem | undefined) => Summary;
  /** It turns from one run, or none, to another. */
  readonly turned?: (from: Run | undefined, to: Run | undefined) => void;
  /** Whether the page was told of this run beside the one it shows. */
  readonly knows?: (folder: string) => boolean;
  /** Milliseconds between two reports of one run, at least. */
  readonly floor?: number;
}

/** What the host's side of the page of a long run does, whatever it is of: which run it is about, and its verbs. */
export class RunFeed<Run extends ShownRun, Summary extends RunSummary> {
  readonly #host: () => RunPageHost<Run>;
  readonly #kind: RunFeedKind<Run, Summary>;
  readonly #feed = new PageFeed<RunState<Summary>>(
    () => this.#state(),
    () => this.#host(),
  );
  readonly #listening = new DisposableValue();
  #run: Run | undefined;
  #damaged: { readonly folder: string; readonly error: unknown } | undefined;
  #loading = false;
  /** How often it turned: what was read for another turn came too late. */
  #turns = 0;
  #timer: NodeJS.Timeout | undefined;
  #told = 0;

  constructor(host: () => RunPageHost<Run>, kind: RunFeedKind<Run, Summary>) {
    this.#host = host;
    this.#kind = kind;
  }

  /** The run that is shown. */
  get run(): Run | undefined {
    return this.#run;
  }

  /** Turns to another run or to none; the page is told by {@link tell}. */
  turn(run: Run | undefined): void {
    this.#turns++;
    this.#kind.turned?.(this.#run, run);
    this.#listening.value = run?.onDidChange(() => this.#tellSoon());
    this.#run = run;
    this.#damaged = undefined;
    this.#loading = false;
  }

  /**
   * Reads the run in a folder. A damaged one is shown as such.
   * @param show turns to the run
   */
  async open(folder: string, show: (run: Run) => void): Promise<void> {
    this.turn(undefined);
    this.#loading = true;
    const turn = this.#turns;
    this.tell();
    try {
      const run = await this.#host().open(folder);
      if (turn === this.#turns) show(run);
    } catch (error) {
      if (turn !== this.#turns) return;
      this.#damaged = { folder, error };
      this.#loading = false;
      this.tell();
    }
  }

  /** The state is another. */
  tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#told = performance.now();
    this.#feed.tell();
  }

  dispose(): void {
    this.#listening.dispose();
    clearTimeout(this.#timer);
  }

  readonly handlers: Handlers<RunViewApi<RunState<Summary>>> = {
    ...this.#feed.handlers,
    pause: async ({ id }) => {
      await this.#host().pause((await this.of(id)).folder);
    },
    resume: ({ id }) => this.execute(this.#kind.commands.resume, id),
    stop: async ({ id }) => {
      await this.#host().stop((await this.of(id)).folder);
    },
    again: ({ id }) => this.execute(this.#kind.commands.again, id),
    openRecord: async ({ id }) => {
      await this.#host().openFile(join((await this.of(id)).folder, RUN_FILES.record));
    },
  };

  /**
   * The shown run, or one that the page was told of: a page names no folder of its own.
   * @throws {SemapError} `cancelled` for any other
   */
  async of(id: string): Promise<Run> {
    if (this.#run?.folder === id) return this.#run;
    if (this.#kind.knows?.(id)) return this.#host().open(id);
    throw new SemapError('cancelled', phrase('Another run is shown.'));
  }

  /** Runs a command on the folder of a run. */
  async execute(command: string, id: string, ...more: readonly unknown[]): Promise<undefined> {
    await this.#host().execute(command, (await this.of(id)).folder, ...more);
  }

  #tellSoon(): void {
    const wait = this.#told + (this.#kind.floor ?? 0) - performance.now();
    if (wait <= 0) this.tell();
    else this.#timer ??= setTimeout(() => this.tell(), wait);
  }

  #state(): RunState<Summary> {
    if (this.#loading) return { kind: 'loading' };
    if (this.#damaged) return this.#damagedState(this.#damaged.error, this.#damaged.folder);
    const run = this.#run;
    if (!run) return { kind: 'nothing' };
    try {
      const { error, folder } = run;
      const problem = error && this.#feed.problem(this.#host().describeError(error, folder, run));
      return this.#kind.summary(run, problem);
    } catch (error) {
      // A record is a file that anyone may have written.
      return this.#damagedState(error, run.folder);
    }
  }

  #damagedState(error: unknown, folder: string): RunState<Summary> {
    const problem = this.#feed.problem(this.#host().describeError(error, folder));
    return { kind: 'damaged', name: oneLine(basename(folder)), problem };
  }
}
