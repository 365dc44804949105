import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { fittingLabels } from '../../core/alignments/fittingLabels.ts';
import { SemapError } from '../../core/errors.ts';
import { passedOverCount, passedOverWord } from '../../core/images/imageFiles.ts';
import { inAnyOf } from '../../core/labels/inAnyOf.ts';
import type { TargetLabel } from '../../core/labels/targetLabels.ts';
import { verbatim } from '../../core/text/text.ts';
import type { ResultsSource } from '../../protocol/resultsView.ts';
import type { ActiveAlignment, AlignmentEntry } from '../alignments/activeAlignment.ts';
import { readEntry } from '../alignments/activeAlignment.ts';
import type { AlignLabels } from '../alignments/alignLabels.ts';
import { mayClassify } from '../alignments/alignmentReport.ts';
import {
  askLabelText,
  type GivenLabels,
  type LabelSources,
  targetOfClass,
} from '../alignments/labelSources.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { withDescription } from '../backbones/describeBackbone.ts';
import { askForFolders } from '../datasets/askForFolders.ts';
import { mayHoldImages } from '../datasets/datasetScan.ts';
import type { DatasetsTree } from '../datasets/datasetsTree.ts';
import { showError } from '../errors.ts';
import { titleOf } from '../files.ts';
import { say } from '../language.ts';
import type { Log } from '../log.ts';
import { showInformation, showWarning, withProgress } from '../messages.ts';
import { BACK, CANCEL, StepUi } from '../multiStep.ts';
import type { RunStore } from '../runs/runStore.ts';
import type { Settings } from '../settings.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { ClassifyRun, type RunSettings } from './classifyRun.ts';
import { restoreRun } from './restoreRun.ts';
import { askForPrompt, trainedPromptsFor } from './trainedPrompts.ts';

/** Where a run is shown. */
export interface RunDisplay {
  show(run: ClassifyRun): void;
}

interface ClassifyFoldersParts {
  readonly engine: Engine;
  readonly settings: Settings;
  readonly library: BackboneLibrary;
  readonly active: ActiveAlignment;
  readonly alignLabels: AlignLabels;
  readonly labels: LabelSources;
  readonly datasets: DatasetsTree;
  readonly results: RunDisplay;
  readonly runs: RunStore;
  readonly log: Log;
}

/** An alignment that can be used, and the backbone it names. */
interface Chosen {
  readonly document: AlignmentDocument;
  readonly uri: vscode.Uri;
  readonly backbone: string;
}

/** `Zero-Shot Classify`: finds or makes the alignment for some folders, runs it, and shows what comes out. */
export class ClassifyFolders implements vscode.Disposable {
  readonly #parts: ClassifyFoldersParts;
  readonly #running = new Set<ClassifyRun>();
  /** Alignments that were looked at before their first run. */
  readonly #looked = new Set<string>();
  readonly #finished = new vscode.EventEmitter<ClassifyRun>();
  #last: ClassifyRun | undefined;

  /** A run is over, however it ended. */
  readonly onDidFinish = this.#finished.event;

  constructor(parts: ClassifyFoldersParts) {
    this.#parts = parts;
  }

  dispose(): void {
    for (const run of this.#running) run.cancel();
    this.#finished.dispose();
  }

  /** The run that was started last; it may be running still. */
  get last(): ClassifyRun | undefined {
    return this.#last;
  }

  get runs(): ReadonlySet<ClassifyRun> {
    return this.#running;
  }

  /** @param folders asked for when empty */
  async classify(folders: readonly vscode.Uri[]): Promise<ClassifyRun | undefined> {
    const chosenFolders = folders.length > 0 ? folders : await this.#askForFolders();
    if (!chosenFolders) return undefined;
    const paths = [...new Set(chosenFolders.map(({ fsPath }) => fsPath))];
    const { classes, found } = await withProgress(
      {
        location: vscode.ProgressLocation.Window,
        title: vscode.l10n.t('Looking at {0}', titleOf(paths)),
      },
      async () => {
        const labels = await this.#classLabels(paths);
        return { classes: labels, found: await this.#findAlignment(paths, labels) };
      },
    );
    const chosen = await this.#choose(paths, classes, found);
    if (!chosen) return undefined;
    const { document, uri, backbone } = chosen;
    if (!(await this.#accepted(document))) return undefined;
    return this.#run({
      params: { folders: paths, backbone, alignment: document },
      backbone: document.backbone.name,
      ...(uri.scheme === 'file' ? { alignmentPath: uri.fsPath } : {}),
    });
  }

  #askForFolders(): Promise<readonly vscode.Uri[] | undefined> {
    const { t } = vscode.l10n;
    return askForFolders(this.#parts.datasets, {
      title: t('SeMap: Zero-Shot Classify'),
      placeholder: t('Which images are to be classified?'),
      dialogTitle: t('Folders of images to classify'),
      openLabel: t('Classify'),
      many: true,
    });
  }

  /** A trained prompt where the person wants one; otherwise what was found, or an alignment that is made now. */
  async #choose(
    folders: readonly string[],
    classes: readonly TargetLabel[],
    found: Chosen | undefined,
  ): Promise<Chosen | undefined> {
    const { runs, library, active } = this.#parts;
    const inUse = found?.document.prompt !== undefined;
    const names = classes.map(({ name }) => name);
    const trained = inUse ? [] : await trainedPromptsFor(folders, names, runs, library);
    if (trained.length > 0) {
      const { t } = vscode.l10n;
      const zeroShot = found ? t('with {0}', basename(found.uri.path)) : t('align the labels by meaning');
      const wish = await askForPrompt(trained, folders, zeroShot);
      if (wish === undefined) return undefined;
      if (wish !== 'zero-shot') {
        await active.show(wish.uri);
        return wish;
      }
    }
    return found ?? this.#makeAlignment(folders, classes);
  }

  /** Asks once per alignment whether one that fits nothing is to be used. */
  async #accepted(document: AlignmentDocument): Promise<boolean> {
    const key = JSON.stringify([document.backbone.sha256, document.targets]);
    if (this.#looked.has(key)) return true;
    const may = await mayClassify(document);
    if (may) this.#looked.add(key);
    return may;
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
    else void showInformation(vscode.l10n.t('Nothing has been classified yet.'));
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
    // Asked before the run is on screen: a run that cannot start has nothing to show.
    const described = await withDescription(engine, backbone, () =>
      engine.call('describeBackbone', { backbone }),
    );
    const run = new ClassifyRun(settings, id);
    if (!described) return run;
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
    const { t } = vscode.l10n;
    return withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: t('Classifying {0} with {1}', titleOf(run.folders), run.backbone),
        cancellable: true,
      },
      async (progress, token) => {
        let reported = 0;
        const listening = run.onDidChange(() => {
          const { done, total, listed, imagesPerSecond } = run.progress;
          const percent = listed && total > 0 ? (100 * done) / total : 0;
          progress.report({
            message: listed
              ? t(
                  '{0} of {1} images, {2} a second',
                  done.toLocaleString(),
                  total.toLocaleString(),
                  Math.round(imagesPerSecond),
                )
              : t('{0} images, looking for more', done.toLocaleString()),
            increment: Math.max(0, percent - reported),
          });
          reported = Math.max(reported, percent);
        });
        token.onCancellationRequested(() => run.cancel());
        try {
          await run.start(this.#parts.engine);
        } finally {
          listening.dispose();
        }
      },
    );
  }

  /** The summary, or what went wrong and the button that helps. */
  async #report(run: ClassifyRun): Promise<void> {
    const { t } = vscode.l10n;
    const { log } = this.#parts;
    const skipped = run.skipped.length;
    if (skipped > 0) {
      for (const { path, reason } of run.skipped) log.warn(`Skipped ${path}: ${say(reason)}`);
    }
    if (run.error) {
      log.error(`${run.error.message}`);
      await showError(run.error, {
        backbone: run.settings.params.backbone,
        resumable: true,
        kept: run.predictions.length,
      });
      return;
    }
    const parts: string[] = [];
    const done = run.predictions.length;
    if (run.state === 'cancelled') {
      parts.push(
        t(
          'Cancelled: {0} of {1} images are classified and kept.',
          done.toLocaleString(),
          run.progress.total.toLocaleString(),
        ),
      );
    } else
      parts.push(
        done === 1 ? t('1 image is classified.') : t('{0} images are classified.', done.toLocaleString()),
      );
    const accuracy = run.result?.accuracy;
    if (accuracy !== undefined && accuracy !== null) {
      const share = (100 * accuracy).toFixed(1);
      parts.push(
        run.judged === done
          ? t('Accuracy {0}%.', share)
          : t('Accuracy {0}% on {1} of them.', share, run.judged.toLocaleString()),
      );
    }
    const measuredOn = run.result?.measuredOn;
    if (measuredOn?.onlyLabel !== undefined && measuredOn.withheld === undefined) {
      parts.push(t('All images with a known label are {0}.', measuredOn.onlyLabel));
    }
    if (measuredOn?.withheld === 'one-label') {
      parts.push(t('Only one label can be predicted, so accuracy would say nothing.'));
    } else if (measuredOn && measuredOn.withheld === undefined && measuredOn.unmatchedFolders > 0) {
      parts.push(
        measuredOn.unmatchedFolders === 1
          ? t('No label matches the class folder {0}.', measuredOn.unmatched[0]?.folder ?? '')
          : t('No label matches {0} class folders.', measuredOn.unmatchedFolders.toLocaleString()),
      );
    }
    const learnedFrom = run.result?.learnedFrom ?? 0;
    if (learnedFrom > 0) {
      parts.push(
        t('{0} images that the mapping was learned from are not counted.', learnedFrom.toLocaleString()),
      );
    }
    if (skipped > 0) {
      const folders = run.skippedFolders;
      const unread = skipped - folders;
      if (folders > 0)
        parts.push(
          folders === 1
            ? t('1 folder could not be read.')
            : t('{0} folders could not be read.', folders.toLocaleString()),
        );
      if (unread > 0)
        parts.push(
          unread === 1
            ? t('1 image could not be read.')
            : t('{0} images could not be read.', unread.toLocaleString()),
        );
    }
    if (run.passedOver) {
      const count = passedOverCount(run.passedOver);
      parts.push(
        count === 1
          ? t('1 file or folder that SeMap does not read was passed over.')
          : t('{0} files or folders that SeMap does not read were passed over.', count.toLocaleString()),
      );
      for (const { path, kind } of run.passedOver.files)
        log.info(`Passed over ${path}: ${say(passedOverWord(kind))}`);
    }
    const buttons = [
      ...(run.state === 'cancelled' ? [{ title: t('Resume'), command: 'semap.resumeRun' }] : []),
      { title: t('Show Results'), command: 'semap.showResults' },
      ...(skipped > 0 ? [{ title: t('Show Log'), command: 'semap.showLog' }] : []),
    ];
    const show = skipped > 0 ? showWarning : showInformation;
    const chosen = await show(parts.join(' '), ...buttons);
    if (chosen) await vscode.commands.executeCommand(chosen.command);
  }

  /** The active alignment or the nearest one in a folder above, when it fits the folders and its backbone is there. */
  async #findAlignment(
    folders: readonly string[],
    classes: readonly TargetLabel[],
  ): Promise<Chosen | undefined> {
    const { active, library, log } = this.#parts;
    const names = classes.map(({ name }) => name);
    const seen = new Set<string>();
    const usable = async (entry: AlignmentEntry | undefined): Promise<Chosen | undefined> => {
      const document = entry?.forEngine;
      if (!entry || !document || seen.has(entry.uri.toString())) return undefined;
      seen.add(entry.uri.toString());
      if (!fittingLabels(document, names)) return undefined;
      const backbone = await library.resolve(document, entry.uri);
      if (backbone === undefined) {
        log.warn(`${entry.uri.fsPath} names the backbone ${document.backbone.name}, which is not there.`);
        return undefined;
      }
      return { document, uri: entry.uri, backbone };
    };
    const found = await usable(active.current);
    if (found) return found;
    for (const uri of await nearestAlignments(folders)) {
      const chosen = await usable(await readEntry(uri));
      if (!chosen) continue;
      await active.show(uri);
      return chosen;
    }
    return undefined;
  }

  async #makeAlignment(
    folders: readonly string[],
    classes: readonly TargetLabel[],
  ): Promise<Chosen | undefined> {
    const { alignLabels, library, settings, active } = this.#parts;
    const name = basename(folders[0]);
    const near = vscode.Uri.file(folders[0]);
    // Before it asks for labels and writes a document for nothing.
    if (classes.length === 0 && !(await mayHoldImages(folders))) {
      throw new SemapError(
        'no-images',
        verbatim(vscode.l10n.t('There are no images in {0}.', titleOf(folders))),
      );
    }
    const given =
      classes.length >= 2
        ? { targets: classes, problems: [], name, near }
        : await this.#askForLabels(folders);
    const backbone = given && (await library.active());
    if (!given || !backbone) return undefined;
    const uri = await alignLabels.make({
      given,
      backbone,
      method: settings.defaultMethod,
      onTheWay: true,
    });
    const document = uri && (await active.show(uri))?.forEngine;
    return document && { document, uri, backbone: backbone.path };
  }

  /** Several folders chosen together are most likely classes themselves: their names are proposed. */
  async #askForLabels(folders: readonly string[]): Promise<GivenLabels | undefined> {
    const ui = new StepUi(vscode.l10n.t('SeMap: Zero-Shot Classify {0}', titleOf(folders)));
    const proposed = folders.length > 1 ? folders.map((folder) => basename(folder)).join(', ') : '';
    const text = await askLabelText(ui, proposed);
    if (text === BACK || text === CANCEL) return undefined;
    return this.#parts.labels.ofText(text, basename(folders[0]), vscode.Uri.file(folders[0]));
  }

  /** The class folders as labels, in the order of first sight. */
  async #classLabels(folders: readonly string[]): Promise<readonly TargetLabel[]> {
    const { engine } = this.#parts;
    const classes = await inAnyOf(folders, (folder) => engine.call('listClasses', { folder }));
    const byName = new Map(classes.map((one) => [one.label, targetOfClass(one)]));
    return [...byName.values()];
  }
}

function sameRun(a: RunSettings, b: RunSettings): boolean {
  return JSON.stringify(a.params) === JSON.stringify(b.params);
}

/** Alignment documents in the folders and those above them, nearest first, up to the workspace folder. */
async function nearestAlignments(folders: readonly string[]): Promise<readonly vscode.Uri[]> {
  const found: vscode.Uri[] = [];
  const root = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(folders[0]))?.uri.fsPath;
  if (root === undefined) return found;
  for (let folder = folders[0]; ; folder = dirname(folder)) {
    const pattern = new vscode.RelativePattern(folder, '*.semap.json');
    found.push(...(await vscode.workspace.findFiles(pattern, null, 10)));
    if (folder === root || folder === dirname(folder)) return found;
  }
}
