import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import { isTaken } from '../../files/belowRoot.ts';
import { describeError } from '../errors.ts';
import { titleOf } from '../files.ts';
import type { Log } from '../log.ts';
import { showFailure } from '../messages.ts';
import type { ClassificationEntry } from '../runs/runEntry.ts';
import type { RunStore } from '../runs/runStore.ts';
import type { Settings } from '../settings.ts';
import type { ClassifyRun } from './classifyRun.ts';
import { KeptResult } from './keptResult.ts';
import type { Settlings } from './settlings.ts';

/** Settled answers are saved when nothing was settled for so long. */
const SETTLED_MS = 2000;

interface KeeperParts {
  readonly runs: RunStore;
  readonly log: Log;
  readonly settlings: Settlings;
  readonly settings: Pick<Settings, 'keptResults'>;
  readonly results: {
    /** Folders of runs that are shown. */
    readonly shown: readonly string[];
  };
}

/** Writes down what comes of classifications, settled ones as they are settled, and makes room for them. */
export class ResultsKeeper {
  readonly #parts: KeeperParts;
  readonly #isKnown: (folder: string) => boolean;
  readonly #saving = new Set<Promise<void>>();
  /** Runs that are saved when they are settled. */
  readonly #settlingFirst = new Set<ClassifyRun>();
  /** Folders of runs that the person deleted. */
  readonly #deleted = new Set<string>();
  /** Runs whose answers were settled since they were saved. */
  readonly #toKeep = new Map<ClassifyRun, ReturnType<typeof setTimeout>>();

  /** @param isKnown whether a folder is that of a run of this window */
  constructor(parts: KeeperParts, isKnown: (folder: string) => boolean) {
    this.#parts = parts;
    this.#isKnown = isKnown;
  }

  /** What is over by now has been written down. */
  async settled(): Promise<void> {
    await Promise.all(this.#saving);
  }

  /** Writes down what waits: the window goes. */
  async leave(): Promise<void> {
    for (const run of [...this.#toKeep.keys()]) this.#keepNow(run);
    await this.settled();
  }

  /**
   * Saves a run that is over, settled where that takes a moment.
   * @param kept where it is kept, if that could be begun
   * @param settled called before it is saved
   */
  end(run: ClassifyRun, kept: KeptResult | undefined, settled: () => void): void {
    const saving = this.#settle(run)
      .then(() => {
        settled();
        return this.#save(run, kept);
      })
      .finally(() => this.#saving.delete(saving));
    this.#saving.add(saving);
  }

  /**
   * Begins to keep a run.
   * @param before the folder of a run that goes on
   */
  async begin(run: ClassifyRun, before: string | undefined): Promise<KeptResult> {
    const { runs } = this.#parts;
    // It may have been deleted meanwhile.
    const goesOn = before !== undefined && (await isTaken(before));
    const kept = goesOn
      ? await KeptResult.resume(run, before)
      : await KeptResult.begin(run, await runs.rootFor(run.folders[0]));
    run.keptIn = kept.folder;
    this.#deleted.delete(kept.folder);
    runs.refresh();
    return kept;
  }

  /** Runs of these folders were deleted by the person: what is settled of them from now on is not kept. */
  forget(folders: readonly string[]): void {
    for (const folder of folders) this.#deleted.add(folder);
    for (const [run, timer] of this.#toKeep) {
      if (run.keptIn === undefined || !this.#deleted.has(run.keptIn)) continue;
      clearTimeout(timer);
      this.#toKeep.delete(run);
    }
  }

  /** Writes the answers of a run down that were settled since, or what is asked of them: in a moment, for labels come by keys. */
  keepSettled(run: ClassifyRun): void {
    if (run.state === 'running' || run.keptIn === undefined || this.#settlingFirst.has(run)) return;
    if (this.#deleted.has(run.keptIn)) return;
    clearTimeout(this.#toKeep.get(run));
    this.#toKeep.set(
      run,
      setTimeout(() => this.#keepNow(run), SETTLED_MS),
    );
  }

  /** Writes down what came of a run, and makes room. Never rejects. */
  async #save(run: ClassifyRun, kept: KeptResult | undefined): Promise<void> {
    const { t } = vscode.l10n;
    const { runs, log } = this.#parts;
    try {
      await this.#finish(run, kept);
    } catch (error) {
      log.error(`The results of ${titleOf(run.folders)} were not saved: ${String(error)}`);
      const again = t('Try Again');
      void showFailure(
        t('Cannot save the results of {0}. {1}', titleOf(run.folders), describeError(error).message),
        again,
      ).then((chosen) => (chosen === again ? this.#save(run, undefined) : undefined));
    }
    await this.#forgetOld().catch((error) => log.warn(`Old results were not deleted: ${String(error)}`));
    runs.refresh();
  }

  async #finish(run: ClassifyRun, kept: KeptResult | undefined): Promise<void> {
    const folder = kept ?? (await this.begin(run, run.keptIn));
    await folder.finish(run, this.#parts.settlings.of(run).kept);
  }

  /** Settles a run that is done; what takes longer than a moment is told and saved when it is there. */
  async #settle(run: ClassifyRun): Promise<void> {
    if (run.state !== 'done') return;
    this.#settlingFirst.add(run);
    const moment = new AbortController();
    const settled = this.#parts.settlings.of(run).begin();
    await Promise.race([settled, sleep(SETTLED_MS, undefined, { signal: moment.signal })]).catch(() => {});
    moment.abort();
    this.#settlingFirst.delete(run);
  }

  #keepNow(run: ClassifyRun): void {
    clearTimeout(this.#toKeep.get(run));
    this.#toKeep.delete(run);
    const { runs, log } = this.#parts;
    const saving = this.settled()
      .then(() => this.#finish(run, undefined))
      .then(() => runs.refresh())
      .catch((error) =>
        log.warn(`The settled answers of ${run.folders.join(', ')} were not saved: ${String(error)}`),
      )
      .finally(() => this.#saving.delete(saving));
    this.#saving.add(saving);
  }

  /** Deletes the oldest results that nobody named, beyond those that the person wants to keep. */
  async #forgetOld(): Promise<void> {
    const { runs, settings, results, log } = this.#parts;
    const most = settings.keptResults;
    if (most === 0) return;
    const unnamed = (await runs.readAgain())
      .filter((entry) => entry.kind === 'classification')
      .filter(({ record }) => record.name === undefined)
      // Each folder of the workspace has a list of its own.
      .toSorted((a, b) => begunAt(b) - begunAt(a));
    for (const { folder } of unnamed.slice(most)) {
      if (results.shown.includes(folder) || this.#isKnown(folder)) continue;
      log.info(`Deleting ${folder}: semap.keptResults is ${most}.`);
      // One that another window is at, or that cannot be deleted, keeps no other.
      await runs.delete(folder).catch((error) => log.warn(`${folder} was not deleted: ${String(error)}`));
    }
  }
}

function begunAt({ time }: Pick<ClassificationEntry, 'time'>): number {
  return time === undefined ? 0 : Date.parse(time);
}
