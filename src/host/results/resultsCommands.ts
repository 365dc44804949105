import * as vscode from 'vscode';
import { passedOverWord } from '../../core/images/imageFiles.ts';
import type { ResultsSource } from '../../protocol/resultsView.ts';
import { readEntry } from '../alignments/activeAlignment.ts';
import { withDescription } from '../backbones/describeBackbone.ts';
import { type CommandTable, urisOf } from '../commands.ts';
import { askForFolders } from '../datasets/askForFolders.ts';
import type { DatasetsTree } from '../datasets/datasetsTree.ts';
import { showError } from '../errors.ts';
import { titleOf } from '../files.ts';
import { say } from '../language.ts';
import { showInformation, showWarning, withCancel } from '../messages.ts';
import { type AlignmentParts, ChooseAlignment } from './chooseAlignment.ts';
import { ClassifyRun, type RunSettings } from './classifyRun.ts';
import { matchPrior } from './matchPrior.ts';
import { restoreRun } from './restoreRun.ts';
import { progressWords, summaryWords } from './resultsWords.ts';

/** Where a run is shown. */
export interface RunDisplay {
  show(run: ClassifyRun): void;
}

interface ResultsParts extends AlignmentParts {
  readonly datasets: DatasetsTree;
  readonly results: RunDisplay;
}

/** `Zero-Shot Classify` and what belongs to it: runs an alignment on folders, and shows what comes out. */
export class ResultsCommands implements vscode.Disposable {
  readonly #parts: ResultsParts;
  readonly #running = new Set<ClassifyRun>();
  readonly #choose: ChooseAlignment;
  readonly #finished = new vscode.EventEmitter<ClassifyRun>();
  #last: ClassifyRun | undefined;

  /** A run is over, however it ended. */
  readonly onDidFinish = this.#finished.event;

  readonly commands: CommandTable<'results'> = {
    'semap.classify': (item?: unknown, selection?: unknown) => this.classify(urisOf(item, selection)),
    'semap.resumeRun': () => this.resume(),
    'semap.matchPrior': () => matchPrior({ ...this.#parts, classify: this }),
    'semap.showResults': () => this.showLast(),
  };

  constructor(parts: ResultsParts) {
    this.#parts = parts;
    this.#choose = new ChooseAlignment(parts);
  }

  dispose(): void {
    for (const run of this.#running) run.cancel();
    this.#finished.dispose();
  }

  /** The run that was started last; it may be running still. */
  get last(): ClassifyRun | undefined {
    return this.#last;
  }

  /** @param folders asked for when empty */
  async classify(folders: readonly vscode.Uri[]): Promise<ClassifyRun | undefined> {
    const chosenFolders = folders.length > 0 ? folders : await this.#askFolders();
    if (!chosenFolders) return undefined;
    const paths = [...new Set(chosenFolders.map(({ fsPath }) => fsPath))];
    const chosen = await this.#choose.for(paths);
    if (!chosen) return undefined;
    const { document, uri, backbone } = chosen;
    return this.#run({
      params: { folders: paths, backbone, alignment: document },
      backbone: document.backbone.name,
      alignmentPath: uri.scheme === 'file' ? uri.fsPath : undefined,
    });
  }

  #askFolders(): Promise<readonly vscode.Uri[] | undefined> {
    const { t } = vscode.l10n;
    return askForFolders(this.#parts.datasets, {
      title: t('SeMap: Zero-Shot Classify'),
      placeholder: t('Select a folder of images to classify'),
      dialogTitle: t('Select Folders of Images to Classify'),
      openLabel: t('Classify'),
      many: true,
    });
  }

  /** Takes up the last run where it was interrupted: finished images come from the cache of outputs. */
  async resume(): Promise<ClassifyRun | undefined> {
    if (!this.#last) return this.classify([]);
    if (this.#last.state !== 'running') return this.#run(this.#last.settings, this.#last.id);
    this.#parts.results.show(this.#last);
    return this.#last;
  }

  /** Classifies a run's folders with its alignment as it is now: images that did not change come from the cache. */
  async again({ settings, folders }: ClassifyRun): Promise<ClassifyRun | undefined> {
    const { alignmentPath } = settings;
    const uri = alignmentPath === undefined ? undefined : vscode.Uri.file(alignmentPath);
    const document = uri && (await readEntry(uri))?.forEngine;
    const backbone = document && (await this.#parts.library.resolve(document, uri));
    if (!document || backbone === undefined) {
      return this.classify(folders.map((folder) => vscode.Uri.file(folder)));
    }
    return this.#run({
      ...settings,
      params: { folders, backbone, alignment: document },
      backbone: document.backbone.name,
    });
  }

  /** A run of the window before: it is the last one, unless this window has one of its own. */
  async restore(source: ResultsSource): Promise<ClassifyRun> {
    const run = await restoreRun(source, this.#parts);
    if (this.#last) return this.#last;
    this.#last = run;
    this.#finished.fire(run);
    return run;
  }

  /** Brings the last run's results back into view. */
  showLast(): void {
    if (this.#last) this.#parts.results.show(this.#last);
    else void showInformation(vscode.l10n.t('No results yet. Classify a folder first.'));
  }

  /** @param id of a run that goes on */
  async #run(settings: RunSettings, id?: string): Promise<ClassifyRun> {
    const { engine, results, log } = this.#parts;
    const same = [...this.#running].find((run) => sameRun(run.settings, settings));
    if (same) {
      results.show(same);
      return same;
    }
    const { backbone } = settings.params;
    const run = new ClassifyRun(settings, id);
    // Before it is on screen: a run that cannot begin has nothing to show.
    const begun = await withDescription(engine, backbone, () => run.begin(engine));
    if (!begun) return run;
    this.#last = run;
    this.#running.add(run);
    results.show(run);
    log.info(`Classifying ${settings.params.folders.join(', ')} with ${settings.backbone}.`);
    try {
      await this.#withProgress(run);
    } finally {
      this.#running.delete(run);
    }
    this.#finished.fire(run);
    void this.#report(run);
    return run;
  }

  #withProgress(run: ClassifyRun): Thenable<void> {
    const title = vscode.l10n.t('Classifying {0} with {1}', titleOf(run.folders), run.backbone);
    return withCancel(title, async (signal, report) => {
      const listening = run.onDidChange(() => {
        const { done, total, listed } = run.progress;
        report({ message: progressWords(run), percent: listed && total > 0 ? (100 * done) / total : 0 });
      });
      signal.addEventListener('abort', () => run.cancel());
      await run.over;
      listening.dispose();
    });
  }

  /** The summary, or what went wrong and the button that helps. */
  async #report(run: ClassifyRun): Promise<void> {
    const { t } = vscode.l10n;
    const { log } = this.#parts;
    const { skipped, error, passedOver, state } = run;
    for (const { path, reason } of skipped) log.warn(`Skipped ${path}: ${say(reason)}`);
    if (error) {
      log.error(error.message);
      const { backbone } = run.settings.params;
      await showError(error, { backbone, resumable: true, kept: run.predictions.length });
      return;
    }
    for (const { path, kind } of passedOver?.files ?? [])
      log.info(`Passed over ${path}: ${say(passedOverWord(kind))}`);
    const buttons = [
      ...(state === 'cancelled' ? [{ title: t('Resume'), command: 'semap.resumeRun' }] : []),
      { title: t('Show Results'), command: 'semap.showResults' },
      ...(skipped.length > 0 ? [{ title: t('Show Log'), command: 'semap.showLog' }] : []),
    ];
    const show = skipped.length > 0 ? showWarning : showInformation;
    const chosen = await show(summaryWords(run), ...buttons);
    if (chosen) await vscode.commands.executeCommand(chosen.command);
  }
}

function sameRun(a: RunSettings, b: RunSettings): boolean {
  return JSON.stringify(a.params) === JSON.stringify(b.params);
}
