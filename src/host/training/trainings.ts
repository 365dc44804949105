import { join } from 'node:path';
import { SemapError } from '../../core/errors.ts';
import { Listeners } from '../../core/listeners.ts';
import { RUN_FILES } from '../../core/runs/run.ts';
import type { TrainParams } from '../../core/runs/trainingSettings.ts';
import { phrase } from '../../core/text/text.ts';
import { isTaken } from '../../files/belowRoot.ts';
import { ownerOf } from '../../files/folderLock.ts';
import { rootOfRun } from '../../files/runFolders.ts';
import { isElsewhere, readMetrics, readRun } from '../runs/runEntries.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import type { UnfinishedRuns } from './unfinishedRuns.ts';
import { WatchedTraining } from './watchedTraining.ts';

interface TrainingsParts {
  readonly engine: Engine;
  readonly unfinished: UnfinishedRuns;
  /** Shows a run's progress for as long as `running` takes. */
  readonly watch: (run: WatchedTraining, running: Promise<void>) => unknown;
}

/** How often a run is resumed after the engine ended without a finished epoch. */
const RETRIES = 1;

/** The trainings of this window: those in progress by their folder, and others as their folders tell them. */
export class Trainings {
  readonly #parts: TrainingsParts;
  readonly #live = new Map<string, WatchedTraining>();
  readonly #changed = new Listeners<WatchedTraining>();

  /** Calls `listener` when a run begins, changes or ends. */
  readonly onDidChange = this.#changed.on;

  constructor(parts: TrainingsParts) {
    this.#parts = parts;
  }

  /** Runs that are not over, the first started first. */
  get live(): readonly WatchedTraining[] {
    return [...this.#live.values()];
  }

  /** Starts a run that waits for the ones before it. */
  start(params: TrainParams): WatchedTraining {
    return this.#follow(new WatchedTraining({ folder: params.runFolder, params }), 'train');
  }

  /** Goes on with a run that was paused, interrupted or failed. */
  async resume(folder: string): Promise<WatchedTraining> {
    const live = this.#live.get(folder);
    if (!live) return this.#follow(await this.open(folder), 'resumeRun');
    if (live.phase === 'paused') await this.#parts.engine.call('resumeTraining', { runFolder: folder });
    return live;
  }

  async pause(folder: string): Promise<void> {
    if (this.#live.has(folder)) await this.#parts.engine.call('pauseTraining', { runFolder: folder });
  }

  /** Ends a run; its best epoch is kept. One that waits leaves the queue. */
  async stop(folder: string): Promise<void> {
    const run = this.#live.get(folder);
    if (run?.phase === 'queued') run.withdraw();
    else if (run) await this.#parts.engine.call('stopTraining', { runFolder: folder });
  }

  /**
   * The run in progress, or what its folder says.
   * @throws {SemapError} `invalid-document` when the folder holds no training that can be read
   */
  async open(folder: string): Promise<WatchedTraining> {
    const live = this.#live.get(folder);
    if (live) return live;
    const [entry, epochs] = await Promise.all([readRun(folder), readMetrics(folder)]);
    if (entry.kind === 'damaged') throw new SemapError('invalid-document', entry.problem);
    if (entry.kind !== 'training')
      throw new SemapError('invalid-document', phrase('{0} is not a training run.', entry.name));
    const { record } = entry;
    const elsewhere = isElsewhere(record) && (await ownerOf(folder)) !== undefined;
    return new WatchedTraining({ folder, record, epochs, elsewhere });
  }

  #follow(run: WatchedTraining, how: 'train' | 'resumeRun'): WatchedTraining {
    const { unfinished, watch } = this.#parts;
    if (run.elsewhere) {
      throw new SemapError('busy', phrase('Another window is training this run.'), {
        hint: phrase('You can follow or stop it there.'),
      });
    }
    const { folder } = run;
    const root = rootOfRun(folder);
    this.#live.set(folder, run);
    let epochs = run.epochs.length;
    let paused = false;
    const listening = run.onDidChange(() => {
      if (run.epochs.length !== epochs) void unfinished.touch(root);
      epochs = run.epochs.length;
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
      // An engine that went with its window, with or without a checkpoint, leaves the run to the next one.
      const left = run.phase === 'paused' || run.error?.reason === 'engine-stopped';
      if (left && !paused && !run.withdrawn) await unfinished.touch(root);
      else await unfinished.remove(root, folder);
    });
    watch(run, running);
    return run;
  }

  /** Goes on by itself when the engine ends under it, unless it ends again within the same epoch. */
  async #run(run: WatchedTraining, how: 'train' | 'resumeRun'): Promise<void> {
    let next = how;
    for (let idle = 0; idle <= RETRIES; ) {
      const before = run.epochs.length;
      await run.start(this.#parts.engine, next);
      if (run.error?.reason !== 'engine-stopped') return;
      idle = run.epochs.length > before ? 0 : idle + 1;
      // One that waited has nothing to go on from.
      next = run.record || (await isTaken(join(run.folder, RUN_FILES.record))) ? 'resumeRun' : how;
    }
  }
}
