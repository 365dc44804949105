import * as vscode from 'vscode';
import { backbonesOf } from '../../core/alignments/members.ts';
import { passedOverWord } from '../../core/images/imageFiles.ts';
import type { TargetLabel } from '../../core/labels/targetLabels.ts';
import { readEntry } from '../alignments/activeAlignment.ts';
import { withDescription } from '../backbones/describeBackbone.ts';
import { type CommandTable, urisOf } from '../commands.ts';
import { askForFolders } from '../datasets/askForFolders.ts';
import { showError } from '../errors.ts';
import { titleOf } from '../files.ts';
import { say } from '../language.ts';
import { showInformation, tellEnd } from '../messages.ts';
import { pickOne } from '../questions.ts';
import { RunStatus } from '../runStatus.ts';
import { folderOf, isRunTarget, type RunTarget } from '../runs/runCommands.ts';
import { addExpectation, type ExpectationWish } from './addExpectation.ts';
import { type AlignmentParts, ChooseAlignment, type Chosen } from './chooseAlignment.ts';
import { pathsOf } from './classifyForm.ts';
import { ClassifyRun, type RunSettings } from './classifyRun.ts';
import { keepClassifier } from './keepClassifier.ts';
import type { KeptResult } from './keptResult.ts';
import { PastResults } from './pastResults.ts';
import { ResultsKeeper } from './resultsKeeper.ts';
import { classifyingEnd, classifyingLook } from './resultsWords.ts';
import type { RunDisplay } from './runDisplay.ts';
import type { Settlings } from './settlings.ts';

/** What `semap.classify` is called with by a button that says it all. */
interface ClassifyWish {
  /** Classifies the folders that this alignment was made for. */
  readonly alignment?: vscode.Uri;
  /** With an alignment: those folders taught it, so others are asked for. */
  readonly others?: boolean;
  /** Classifies these folders; they have class folders, or these labels are for them. */
  readonly folders?: readonly string[];
  readonly targets?: readonly TargetLabel[];
}

/** A run that began, or did not, and where it is kept. */
interface Begun {
  readonly run: ClassifyRun;
  readonly kept?: KeptResult | undefined;
  readonly isBegun: boolean;
}

interface ResultsParts extends AlignmentParts {
  readonly results: RunDisplay;
  readonly settlings: Settlings;
}

/** `Zero-Shot Classify` and what belongs to it: runs an alignment on folders, and shows what comes out. */
export class ResultsCommands implements vscode.Disposable {
  readonly #parts: ResultsParts;
  /** Runs in progress, and the folders in which they are kept. */
  readonly #running = new Map<ClassifyRun, KeptResult | undefined>();
  /** Runs that are about to be in progress, by what they are asked. */
  readonly #beginning = new Map<string, Promise<Begun>>();
  readonly #keeper: ResultsKeeper;
  readonly #status = new RunStatus<ClassifyRun>(
    { id: 'semap.results', name: vscode.l10n.t('SeMap Classification'), priority: 92 },
    classifyingLook,
  );
  #leaving = false;
  readonly #choose: ChooseAlignment;
  readonly #finished = new vscode.EventEmitter<ClassifyRun>();
  readonly #listening: vscode.Disposable;
  /** Results that are there. */
  readonly past: PastResults;

  readonly #watched = new vscode.EventEmitter<void>();

  /** Which folders are watched may be another. */
  readonly onDidWatch = this.#watched.event;

  /** A run is over, however it ended. */
  readonly onDidFinish = this.#finished.event;

  readonly commands: CommandTable<'results'> = {
    'semap.classify': (item?: unknown, selection?: unknown) => {
      const { alignment, others, folders, targets } = (item as ClassifyWish | undefined) ?? {};
      if (alignment) return this.classifyWith(alignment, others);
      const uris = folders?.map((folder) => vscode.Uri.file(folder)) ?? urisOf(item, selection);
      return this.classify(uris, targets);
    },
    'semap.watchFolder': (item?: unknown, selection?: unknown) => this.watch(urisOf(item, selection)),
    'semap.stopWatching': () => this.#stopWatching(),
    'semap.resumeRun': (target?: RunTarget) => this.resume(target),
    'semap.showResults': (id?: unknown) => this.past.choose(id),
    'semap.exportResults': (target?: unknown) => this.#export(target),
    'semap.keepClassifier': (run: ClassifyRun, balanced: boolean) =>
      keepClassifier(this.#parts, run, balanced),
    'semap.addExpectation': (run?: unknown, wish?: ExpectationWish) => this.#addExpectation(run, wish),
  };

  constructor(parts: ResultsParts) {
    this.#parts = parts;
    this.#choose = new ChooseAlignment(parts);
    this.#keeper = new ResultsKeeper(parts, (folder) => this.past.known(folder) !== undefined);
    this.past = new PastResults(parts, {
      inProgress: () => [...this.#running.keys()],
      resume: (run) => this.resume(run),
      restored: (run) => this.#finished.fire(run),
    });
    const stock = parts.runs.onDidChange(() => void this.past.takeStock());
    const settled = parts.settlings.onDidSettle((run) => this.#keeper.keepSettled(run));
    this.#listening = vscode.Disposable.from(stock, settled);
  }

  dispose(): void {
    for (const run of this.#running.keys()) run.cancel();
    this.#status.dispose();
    this.#listening.dispose();
    this.#finished.dispose();
    this.#watched.dispose();
    this.past.dispose();
  }

  /** The window goes: the next one may take up what is in progress. */
  async leave(): Promise<void> {
    this.#leaving = true;
    const left = [...this.#running].map(([run, kept]) => kept?.leave(run));
    await Promise.allSettled([...left, this.#keeper.leave()]);
  }

  /** What is over by now has been written down. */
  settled(): Promise<void> {
    return this.#keeper.settled();
  }

  /** Writes the answers of a run down that were settled since, or what is asked of them. */
  keepSettled(run: ClassifyRun): void {
    this.#keeper.keepSettled(run);
  }

  /** Runs of these folders were deleted: nothing is written down of them any more. */
  forget(folders: readonly string[]): void {
    this.#keeper.forget(folders);
    if (this.past.last?.keptIn !== undefined && folders.includes(this.past.last.keptIn))
      this.past.last = undefined;
  }

  /** @param folders asked for when empty */
  async classify(
    folders: readonly vscode.Uri[],
    targets?: readonly TargetLabel[],
  ): Promise<ClassifyRun | undefined> {
    const chosenFolders = folders.length > 0 ? folders : await this.#askFolders();
    if (!chosenFolders) return undefined;
    const chosen = await this.#choose.for(pathsOf(chosenFolders), { targets });
    return chosen && this.#run(settingsOf(chosen));
  }

  /** Classifies folders, and then what arrives in them, until it is stopped. @param folders asked for when empty */
  async watch(folders: readonly vscode.Uri[]): Promise<ClassifyRun | undefined> {
    const { t } = vscode.l10n;
    const chosenFolders =
      folders.length > 0
        ? folders
        : await askForFolders(this.#parts.datasets, {
            title: t('SeMap: Watch Folder'),
            placeholder: t('Select a folder to watch for images'),
            dialogTitle: t('Select Folders to Watch for Images'),
            openLabel: t('Watch'),
            many: true,
          });
    if (!chosenFolders) return undefined;
    const chosen = await this.#choose.for(pathsOf(chosenFolders), { watch: true });
    if (!chosen) return undefined;
    const { params, ...settings } = settingsOf(chosen);
    return this.#run({ ...settings, params: { ...params, watch: true } });
  }

  /** Runs that go on with what comes. */
  get #watching(): readonly ClassifyRun[] {
    return [...this.#running.keys()].filter(({ watching }) => watching);
  }

  get isWatching(): boolean {
    return this.#watching.length > 0;
  }

  async #stopWatching(): Promise<void> {
    const { t } = vscode.l10n;
    const runs = this.#watching;
    if (runs.length <= 1) return runs[0]?.cancel();
    const picked = await pickOne(
      runs.map((run) => ({ label: titleOf(run.folders), description: run.backbone, run })),
      { title: t('SeMap: Stop Watching'), placeholder: t('Which folder do you want to stop watching?') },
    );
    picked?.run.cancel();
  }

  /**
   * Classifies the folders that an alignment was made for, with it and without a question: the button says both.
   * Folders are asked for where it names none, or where others are meant.
   */
  async classifyWith(alignment: vscode.Uri, others = false): Promise<ClassifyRun | undefined> {
    const { folders } = (await readEntry(alignment))?.forEngine ?? {};
    const known = others ? undefined : folders;
    const asked = known ? undefined : await this.#askFolders(others ? folders : undefined);
    const paths = known ?? (asked && pathsOf(asked));
    const chosen = paths && (await this.#choose.with(alignment, paths));
    if (!chosen) return undefined;
    await this.#parts.active.show(alignment);
    return this.#run(settingsOf(chosen));
  }

  /** @param taught folders that are not meant: all of their images taught what classifies */
  #askFolders(taught?: readonly string[]): Promise<readonly vscode.Uri[] | undefined> {
    const { t } = vscode.l10n;
    return askForFolders(this.#parts.datasets, {
      title: t('SeMap: Zero-Shot Classify'),
      placeholder: taught
        ? t('It learned from every image of its folder. Select a folder of other images to classify')
        : t('Select a folder of images to classify'),
      dialogTitle: t('Select Folders of Images to Classify'),
      openLabel: t('Classify'),
      many: true,
      without: taught,
    });
  }

  /**
   * Takes up a run where it was interrupted: finished images come from the cache of outputs.
   * @param target a run, its folder or its id; absent: the last one of this window, or the latest that is not finished
   */
  async resume(target?: ClassifyRun | RunTarget): Promise<ClassifyRun | undefined> {
    const run = await this.#runOf(target);
    if (!run) return this.classify([]);
    if (run.state !== 'running') return this.#run(run.settings, { resumed: run });
    this.#parts.results.show(run);
    return run;
  }

  async #runOf(target?: ClassifyRun | RunTarget): Promise<ClassifyRun | undefined> {
    if (target instanceof ClassifyRun) return target;
    if (target !== undefined) return this.past.runIn(folderOf(target));
    if (this.past.last) return this.past.last;
    const { runs } = this.#parts;
    const unfinished = (await runs.list()).find(
      (entry) => entry.kind === 'classification' && runs.phaseOf(entry) !== 'done',
    );
    return unfinished && this.past.runIn(unfinished.folder);
  }

  /** @param target a run; anything else: the one of the page in front, or that was started or opened last */
  async #export(target: unknown): Promise<void> {
    const { results } = this.#parts;
    const run = isRunTarget(target) ? await this.#runOf(target) : (results.inFront ?? (await this.#runOf()));
    if (run) await this.#parts.results.export(run);
    else await showInformation(vscode.l10n.t('There are no results to export yet.'));
  }

  /** @param run anything else: the one of the page in front */
  async #addExpectation(run: unknown, wish?: ExpectationWish): Promise<void> {
    const shown = run instanceof ClassifyRun ? run : this.#parts.results.inFront;
    if (shown) await addExpectation(this.#parts, shown, wish);
    else await showInformation(vscode.l10n.t('There are no results to take figures from yet.'));
  }

  /** Classifies a run's folders with its alignment as it is now: images that did not change come from the cache. */
  async again(run: ClassifyRun): Promise<ClassifyRun | undefined> {
    const { settings, folders } = run;
    const { alignmentPath } = settings;
    const uri = alignmentPath === undefined ? undefined : vscode.Uri.file(alignmentPath);
    const document = uri && (await readEntry(uri))?.forEngine;
    const backbone = document && (await this.#parts.library.resolve(document, uri));
    if (!document || backbone === undefined) {
      return this.classify(folders.map((folder) => vscode.Uri.file(folder)));
    }
    const next = {
      ...settings,
      params: { ...run.images, backbone, alignment: document },
      backbone: backbonesOf(document).name,
      ...this.#parts.settlings.of(run).choice,
    };
    return this.#run(next, { after: run });
  }

  /** @param how a run that goes on, or the run whose tab is taken: otherwise one that asked the same */
  async #run(
    { params, ...asked }: RunSettings,
    { resumed, after }: { readonly resumed?: ClassifyRun; readonly after?: ClassifyRun } = {},
  ): Promise<ClassifyRun> {
    const { results, log } = this.#parts;
    // What lies in the folders now is no more what a job says of them.
    const settings: RunSettings = { ...asked, params: { ...params, job: undefined } };
    const key = JSON.stringify(settings.params);
    const running = [...this.#running.keys()].find((run) => JSON.stringify(run.settings.params) === key);
    // The second click of a double click comes before the run of the first is in progress.
    const beginning = running ? undefined : this.#beginning.get(key);
    const same = beginning ? (await beginning).run : running;
    if (same) {
      if (this.#running.has(same)) results.show(same);
      return same;
    }
    const begun = this.#begin(settings, resumed).finally(() => this.#beginning.delete(key));
    this.#beginning.set(key, begun);
    const { run, kept, isBegun } = await begun;
    if (!isBegun) return run;
    this.#watched.fire();
    results.show(run, after ?? results.alike(run));
    log.info(`Classifying ${settings.params.folders.join(', ')} with ${settings.backbone}.`);
    await this.#status.watch(run, run.over);
    this.#running.delete(run);
    this.#watched.fire();
    if (this.#leaving) return run;
    this.#finished.fire(run);
    this.#keeper.end(run, kept, () => void this.#report(run));
    return run;
  }

  /** Begins a run, and its record. @returns `isBegun` false where the person would not describe the backbone */
  async #begin(settings: RunSettings, resumed: ClassifyRun | undefined): Promise<Begun> {
    const { engine, log } = this.#parts;
    const run = new ClassifyRun(settings, resumed?.id, resumed?.time);
    // Before it is on screen: a run that cannot begin has nothing to show.
    const isBegun = await withDescription(engine, settings.params.backbone, () => run.begin(engine));
    if (!isBegun) return { run, isBegun: false };
    this.past.last = run;
    const kept = await this.#keeper.begin(run, resumed?.keptIn).catch((error) => {
      log.warn(`The run is not kept yet: ${String(error)}`);
      return undefined;
    });
    this.#running.set(run, kept);
    return { run, kept, isBegun: true };
  }

  /** The log has all of it; where nobody sees the page, so has a notification, with what helps. */
  async #report(run: ClassifyRun): Promise<void> {
    const { log, results } = this.#parts;
    const { skipped, error, passedOver } = run;
    for (const { path, reason } of skipped) log.warn(`Skipped ${path}: ${say(reason)}`);
    if (error) log.error(error.message);
    for (const { path, kind } of passedOver?.files ?? [])
      log.info(`Passed over ${path}: ${say(passedOverWord(kind))}`);
    const inSight = results.sees(run);
    if (!error) return tellEnd(classifyingEnd(run), { inSight });
    const { backbone } = run.settings.params;
    if (inSight) return;
    const { alignmentPath } = run.settings;
    const members =
      run.alignment.members && alignmentPath !== undefined ? vscode.Uri.file(alignmentPath) : undefined;
    await showError(error, { backbone, members, resumable: true, kept: run.predictions.length });
  }
}

function settingsOf({ images, document, uri, backbone, settle }: Chosen): RunSettings {
  return {
    settle,
    params: { ...images, backbone, alignment: document },
    backbone: backbonesOf(document).name,
    alignmentPath: uri.scheme === 'file' ? uri.fsPath : undefined,
  };
}
