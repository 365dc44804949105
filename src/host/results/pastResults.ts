import { basename } from 'node:path';
import * as vscode from 'vscode';
import { toSemapError } from '../../core/errors.ts';
import { imageFolders } from '../../core/folders/layout.ts';
import { phrase } from '../../core/text/text.ts';
import { isTaken } from '../../files/belowRoot.ts';
import { readClassificationOf } from '../../files/keptClassification.ts';
import type { ResultsSource } from '../../protocol/resultsView.ts';
import type { PastRun } from '../alignments/cachedRuns.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { describeError, showError } from '../errors.ts';
import type { Log } from '../log.ts';
import { offer, withProgress } from '../messages.ts';
import { pickOne } from '../questions.ts';
import type { RunStore } from '../runs/runStore.ts';
import { classifiedWords, classifyingName } from '../runs/runWords.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { mustBeTrusted } from '../trust.ts';
import type { ClassifyRun } from './classifyRun.ts';
import { openResult, restoreRun } from './restoreRun.ts';
import type { RunDisplay } from './runDisplay.ts';
import type { Settlings } from './settlings.ts';

/** After a reload within this time a classification goes on by itself, otherwise it is offered. */
const RELOAD_MS = 180_000;

interface PastResultsParts {
  readonly engine: Engine;
  readonly library: BackboneLibrary;
  readonly results: RunDisplay;
  readonly runs: RunStore;
  readonly settlings: Settlings;
  readonly log: Log;
}

/** What this window is doing. */
interface ThisWindow {
  readonly inProgress: () => readonly ClassifyRun[];
  readonly resume: (run: ClassifyRun) => Promise<unknown>;
  /** A run is back that is kept nowhere. */
  readonly restored: (run: ClassifyRun) => void;
}

/** Results that are there: of this window, of the one before it, and kept in folders. They are found, opened and shown. */
export class PastResults implements vscode.Disposable {
  /** The run that was started or opened last; it may be running still. */
  last: ClassifyRun | undefined;
  readonly #parts: PastResultsParts;
  readonly #window: ThisWindow;
  readonly #stock = new vscode.EventEmitter<readonly PastRun[]>();
  #isAnyKept = false;

  /** What is kept of runs, the latest first; of a workspace that is not trusted, nothing. */
  readonly onDidTakeStock = this.#stock.event;

  constructor(parts: PastResultsParts, window: ThisWindow) {
    this.#parts = parts;
    this.#window = window;
  }

  dispose(): void {
    this.#stock.dispose();
  }

  /** Looks at the results that are kept. */
  async takeStock(): Promise<void> {
    const { runs } = this.#parts;
    const entries = (await runs.list()).filter((entry) => entry.kind === 'classification');
    this.#isAnyKept = entries.length > 0;
    const vouched = entries.filter(
      ({ folder, record }) =>
        record.predictions > 0 && (vscode.workspace.isTrusted || !runs.isOfWorkspace(folder)),
    );
    this.#stock.fire(
      vouched.map(({ record }) => ({
        params: {
          ...imageFolders(record),
          backbone: record.backbone.path,
          alignment: {
            backbone: record.backbone,
            members: record.backbone.members?.map((backbone) => ({ backbone })),
            targets: record.labels.map((label) => ({ label })),
          },
        },
        alignmentPath: record.alignment,
      })),
    );
  }

  /** Whether there is anything to show. */
  get areAny(): boolean {
    return this.#isAnyKept || this.last !== undefined;
  }

  /** The run that a folder holds, without showing it. */
  async runIn(folder: string): Promise<ClassifyRun> {
    return this.known(folder) ?? this.#parts.results.shownIn(folder) ?? this.#open(folder);
  }

  /** A run of this window by its id or folder. */
  known(name: unknown): ClassifyRun | undefined {
    const runs = [...this.#window.inProgress(), ...(this.last ? [this.last] : [])];
    return runs.find(({ id, keptIn }) => id === name || keptIn === name);
  }

  /** A run of the window before, which goes on where a reload interrupted it. */
  async restore(source: ResultsSource): Promise<ClassifyRun> {
    const { record } = source;
    const known = this.known(source.id);
    if (known) return known;
    // What was cleared away with its files can still be made of the cache.
    if (record === undefined || !(await isTaken(record)))
      return this.#restored(await restoreRun({ ...source, record: undefined }, this.#parts));
    const left = await leftAt(record);
    const run = this.#restored(await this.#open(record));
    if (source.phase === 'running' && left !== undefined && Date.now() - left < RELOAD_MS) {
      this.#parts.log.info(`Classifying ${run.folders.join(', ')} goes on.`);
      // When its page has been given it.
      setImmediate(() => this.#window.resume(run).catch(showError));
    } else void run.lookAtFolders(this.#parts.engine);
    return run;
  }

  /** It is the last one, unless this window has one of its own. */
  #restored(run: ClassifyRun): ClassifyRun {
    this.last ??= run;
    // Of those that are kept, stock is taken.
    if (run.keptIn === undefined && run.predictions.length > 0) this.#window.restored(run);
    return run;
  }

  /** Shows the run that a folder holds, as it was. */
  async open(folder: string): Promise<void> {
    try {
      const run = await withProgress(vscode.l10n.t('Opening results'), () => this.runIn(folder));
      this.last = run;
      this.#bring(run);
    } catch (error) {
      await this.#cannotOpen(folder, error);
    }
  }

  /** The run of a record; anyone may have written one that lies in the workspace. */
  async #open(folder: string): Promise<ClassifyRun> {
    if (this.#parts.runs.isOfWorkspace(folder))
      mustBeTrusted(phrase('Trust the workspace to open the results that are kept in it.'));
    return openResult(folder, this.#parts);
  }

  /** Brings a run into view, and says what changed in its folders since it was over. */
  #bring(run: ClassifyRun): void {
    this.#parts.results.show(run);
    void run.lookAtFolders(this.#parts.engine);
  }

  async #cannotOpen(folder: string, error: unknown): Promise<void> {
    const { t } = vscode.l10n;
    const { reason } = toSemapError(error);
    if (reason !== 'invalid-document' && reason !== 'not-found') throw error;
    const step = (title: string, command: string) => ({ title, command, arguments: [folder] });
    const reveal = step(t('Reveal'), 'semap.revealRun');
    const remove = step(t('Delete...'), 'semap.deleteRun');
    const message = t('Cannot open {0}: {1}', basename(folder), describeError(error).message);
    await offer('failure', message, [reveal, remove]);
  }

  /**
   * Brings results back into view.
   * @param id of a run, or its folder; absent: asks which
   */
  async choose(id?: unknown): Promise<void> {
    const { t } = vscode.l10n;
    const { runs } = this.#parts;
    const known = typeof id === 'string' ? this.known(id) : undefined;
    if (known) return this.#bring(known);
    if (typeof id === 'string') return this.open(id);
    const last = this.last;
    const kept = (await runs.list()).filter((entry) => entry.kind === 'classification');
    if (last && last.keptIn === undefined && kept.length === 0) return this.#bring(last);
    if (kept.length === 0) {
      const classify = { title: t('Zero-Shot Classify...'), command: 'semap.classify' };
      return offer('information', t('No results yet. Classify a folder first.'), [classify]);
    }
    if (kept.length === 1) return this.open(kept[0].folder);
    const picked = await pickOne(
      kept.map((entry) => ({
        label: entry.name,
        description: [
          runs.phaseOf(entry) === 'done' ? undefined : classifyingName(runs.phaseOf(entry)),
          classifiedWords(entry.record),
          entry.record.backbone.name,
          entry.record.alignment && basename(entry.record.alignment),
        ]
          .filter((word) => word !== undefined)
          .join(' · '),
        folder: entry.folder,
      })),
      {
        title: t('SeMap: Show Results'),
        placeholder: t('Which results do you want to see?'),
        matchOnDescription: true,
      },
    );
    if (picked) await this.open(picked.folder);
  }
}

/** When the window of a run that was in progress went. */
async function leftAt(folder: string): Promise<number | undefined> {
  const { status, left } = await readClassificationOf(folder);
  const at = Date.parse(left ?? '');
  return status === 'running' && !Number.isNaN(at) ? at : undefined;
}
