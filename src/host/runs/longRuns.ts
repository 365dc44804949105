import { join } from 'node:path';
import { SemapError } from '../../core/errors.ts';
import { Listeners, type Listening } from '../../core/listeners.ts';
import { RUN_FILES, type RunPhase } from '../../core/runs/run.ts';
import type { Text } from '../../core/text/text.ts';
import { phrase } from '../../core/text/text.ts';
import { isTaken } from '../../files/belowRoot.ts';
import { rootOfRun } from '../../files/runFolders.ts';
import type { UnfinishedRuns } from './unfinishedRuns.ts';

/** A run that the engine holds and that outlives its page and its window: a training, a search. */
export interface LongRun {
  readonly folder: string;
  /** Undefined before it is first written. */
  readonly record: unknown;
  readonly phase: RunPhase;
  /** Whether this engine holds it: it runs, waits or is paused. */
  readonly live: boolean;
  /** Another process runs it. */
  readonly elsewhere: boolean;
  readonly error: SemapError | undefined;
  /** Taken out of the queue before its turn. */
  readonly withdrawn: boolean;
  /** How many of its steps are done that are not done again: epochs, ways that were tried. */
  readonly done: number;
  onDidChange(listener: () => void): Listening;
  /** Nothing happens once its turn has come. */
  withdraw(): void;
}

export interface LongRunParts<Run extends LongRun> {
  readonly unfinished: UnfinishedRuns;
  /** Shows a run's progress for as long as `running` takes. */
  readonly watch: (run: Run, running: Promise<void>) => unknown;
}

/** What is particular to a kind of run. */
export interface LongRunKind<Run extends LongRun> {
  /** What a run's folder says. */
  readonly read: (folder: string) => Promise<Run>;
  /**
   * Runs it, or goes on with what its folder holds; resolves when that is over, however it ended.
   * @param ahead runs of this window that it may have to wait for
   */
  readonly run: (run: Run, how: 'begin' | 'resume', ahead: number) => Promise<void>;
  readonly pause: (folder: string) => Promise<unknown>;
  readonly unpause: (folder: string) => Promise<unknown>;
  readonly stop: (folder: string) => Promise<unknown>;
  /** That another window has it. */
  readonly busy: Text;
}

/** How often a run is resumed after the engine ended without a step that was done. */
const RETRIES = 1;

/** The long runs of one kind in this window: those in progress by their folder, and others as their folders tell them. */
export class LongRuns<Run extends LongRun> {
  readonly #parts: LongRunParts<Run>;
  readonly #kind: LongRunKind<Run>;
  readonly #live = new Map<string, Run>();
  readonly #changed = new Listeners<Run>();

  /** Calls `listener` when a run begins, changes or ends. */
  readonly onDidChange = this.#changed.on;

  constructor(parts: LongRunParts<Run>, kind: LongRunKind<Run>) {
    this.#parts = parts;
    this.#kind = kind;
  }

  /** Runs that are not over, the first started first. */
  get live(): readonly Run[] {
    return [...this.#live.values()];
  }

  /** Starts a run; the engine may let it wait for others. */
  begin(run: Run): Run {
    return this.#follow(run, 'begin');
  }

  /** Goes on with a run that was paused, interrupted or failed. */
  async resume(folder: string): Promise<Run> {
    const live = this.#live.get(folder);
    if (live) {
      if (live.phase === 'paused') await this.#kind.unpause(folder);
      return live;
    }
    const run = await this.open(folder);
    // One that waited when its window went has nothing to go on from.
    const how = (await canResume(run)) ? 'resume' : 'begin';
    // The second click of a double click finds it resumed when its folder was read.
    return this.#live.get(folder) ?? this.#follow(run, how);
  }

  async pause(folder: string): Promise<void> {
    if (this.#live.has(folder)) await this.#kind.pause(folder);
  }

  /** Ends a run; what it has is kept. One that waits leaves the queue. */
  async stop(folder: string): Promise<void> {
    const run = this.#live.get(folder);
    if (run?.phase === 'queued') run.withdraw();
    else if (run) await this.#kind.stop(folder);
  }

  /**
   * The run in progress, or what its folder says.
   * @throws {SemapError} `invalid-document` when the folder holds no such run that can be read
   */
  async open(folder: string): Promise<Run> {
    return this.#live.get(folder) ?? this.#kind.read(folder);
  }

  #follow(run: Run, how: 'begin' | 'resume'): Run {
    const { unfinished, watch } = this.#parts;
    if (run.elsewhere)
      throw new SemapError('busy', this.#kind.busy, { hint: phrase('You can follow or stop it there.') });
    const { folder } = run;
    const root = rootOfRun(folder);
    this.#live.set(folder, run);
    let { done } = run;
    let paused = false;
    const listening = run.onDidChange(() => {
      if (run.done !== done) void unfinished.touch(root);
      done = run.done;
      // What a person paused stays so in the next window.
      const nowPaused = run.live && run.phase === 'paused';
      if (run.live && paused !== nowPaused) {
        paused = nowPaused;
        void (paused ? unfinished.remove(root, folder) : unfinished.add(root, folder));
      }
      this.#changed.tell(run);
    });
    void unfinished.add(root, folder);
    const running = this.#run(run, how).then(async () => {
      listening.dispose();
      this.#live.delete(folder);
      this.#changed.tell(run);
      // An engine that went with its window leaves the run to the next one, however far it was.
      const left = run.phase === 'paused' || run.error?.reason === 'engine-stopped';
      if (left && !paused && !run.withdrawn) await unfinished.touch(root);
      else await unfinished.remove(root, folder);
    });
    watch(run, running);
    return run;
  }

  /** Goes on by itself when the engine ends under it, unless it ends again within the same step. */
  async #run(run: Run, how: 'begin' | 'resume'): Promise<void> {
    let next = how;
    for (let idle = 0; idle <= RETRIES; ) {
      const before = run.done;
      await this.#kind.run(run, next, this.live.filter((other) => other !== run).length);
      if (run.error?.reason !== 'engine-stopped') return;
      idle = run.done > before ? 0 : idle + 1;
      // One that waited has nothing to go on from.
      next = (await canResume(run)) ? 'resume' : how;
    }
  }
}

async function canResume({ record, folder }: LongRun): Promise<boolean> {
  return record !== undefined || (await hasRecord(folder));
}

/** Whether a run's folder has what it could go on from. */
export function hasRecord(folder: string): Promise<boolean> {
  return isTaken(join(folder, RUN_FILES.record));
}
