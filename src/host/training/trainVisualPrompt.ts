import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { SemapError } from '../../core/errors.ts';
import { inAnyOf } from '../../core/labels/inAnyOf.ts';
import { isLearned } from '../../core/mapping/methods.ts';
import { RUN_FILES, runFolderName } from '../../core/runs/run.ts';
import type { TrainParams } from '../../core/runs/trainingSettings.ts';
import { verbatim } from '../../core/text/text.ts';
import { isTaken } from '../../files/belowRoot.ts';
import { readOfRun, runsFolder } from '../../files/runFolders.ts';
import type { ActiveAlignment } from '../alignments/activeAlignment.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { withDescription } from '../backbones/describeBackbone.ts';
import { askForFolders } from '../datasets/askForFolders.ts';
import type { DatasetsTree } from '../datasets/datasetsTree.ts';
import { describeError, type ErrorDescription, showError } from '../errors.ts';
import type { Log } from '../log.ts';
import { showInformation } from '../messages.ts';
import { pickOne } from '../questions.ts';
import type { LiveRun, RunStore } from '../runs/runStore.ts';
import { phaseName, reachedWords } from '../runs/runWords.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { mustBeTrusted } from '../trust.ts';
import { type TrainChoice, TrainForm } from './trainForm.ts';
import { TrainingStatus } from './trainingStatus.ts';
import { Trainings } from './trainings.ts';
import { TrainingView } from './trainingView.ts';
import { runName } from './trainingWords.ts';
import { UnfinishedRuns } from './unfinishedRuns.ts';
import { WatchedTraining } from './watchedTraining.ts';

interface TrainVisualPromptParts {
  readonly extensionUri: vscode.Uri;
  readonly engine: Engine;
  readonly library: BackboneLibrary;
  readonly active: ActiveAlignment;
  readonly datasets: DatasetsTree;
  readonly runs: RunStore;
  readonly memory: vscode.Memento;
  readonly log: Log;
}

/** A run that went with its window is taken up at once by a window that comes within this time, else it is offered. */
const RELOAD_SECONDS = 180;

/** How often, and how soon again, it is asked whether the engine of the window before has ended. */
const ENGINE_END_TRIES = 40;
const ENGINE_END_MS = 250;
const STARTED = 'startedTrainings';
const ASKED = 'askedTrainings';
const MOST_REMEMBERED = 50;
const MOST_ASKED = 20;

/** `Train Visual Prompt` and everything that can be done to a training. */
export class TrainVisualPrompt implements vscode.Disposable {
  readonly #parts: TrainVisualPromptParts;
  readonly #form: TrainForm;
  readonly #trainings: Trainings;
  readonly #unfinished = new UnfinishedRuns();
  readonly #status: TrainingStatus;
  readonly #view: TrainingView;
  readonly #listening: vscode.Disposable;

  constructor(parts: TrainVisualPromptParts) {
    this.#parts = parts;
    const { extensionUri, engine, library, datasets, memory, runs, log } = parts;
    this.#form = new TrainForm({ engine, library, memory, datasets: () => datasets.datasets() });
    this.#status = new TrainingStatus({ stop: (folder) => this.#trainings.stop(folder), log });
    this.#trainings = new Trainings({
      engine,
      unfinished: this.#unfinished,
      watch: (run, running) => void this.#status.watch(run, running),
    });
    this.#view = new TrainingView(extensionUri, {
      describeError: describeTrainingError,
      execute: (command, ...args) => vscode.commands.executeCommand(command, ...args),
      others: async () => (await runs.list()).filter((entry) => entry.kind === 'training'),
      phaseOf: (entry) => runs.phaseOf(entry),
      open: (folder) => this.#open(folder),
      pause: (folder) => this.#trainings.pause(folder),
      stop: (folder) => this.#trainings.stop(folder),
      readFile: readRunFile,
      // Of a record nobody vouches for, no path is looked at.
      thumbnail: async (path, size) =>
        vscode.workspace.isTrusted ? engine.call('thumbnail', { path, size }) : null,
      openFile: (file) => vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file)),
      showCell: (folder, target, source) => this.#showCell(folder, target, source),
      shortPath: (file) => vscode.workspace.asRelativePath(file),
    });
    const epochs = new Map<string, string>();
    this.#listening = vscode.Disposable.from(
      this.#trainings.onDidChange((run) => {
        if (run.record !== undefined || run.withdrawn) this.#rememberAsked(run.folder, undefined);
        if (run.withdrawn && !run.record) this.#view.leave(run, this.#current);
        // The tree tells epochs and phases, not steps.
        const told = `${run.phase} ${run.epochs.length} ${run.record === undefined}`;
        if (epochs.get(run.folder) === told) return;
        epochs.set(run.folder, told);
        runs.refresh();
      }),
      runs.onDidChange(() => this.#view.runsChanged()),
      vscode.window.registerWebviewPanelSerializer(TrainingView.viewType, this.#view),
    );
  }

  dispose(): void {
    this.#status.dispose();
    this.#listening.dispose();
    this.#view.dispose();
  }

  /** Trainings that this window holds, the first started first. */
  get held(): readonly LiveRun[] {
    return this.#live.map((run) => {
      const { folder, phase, params } = run;
      return { folder, phase, name: runName(run), settings: params.settings };
    });
  }

  /** Calls `listener` when a training begins, changes or ends. */
  onDidChange(listener: () => void): { dispose(): void } {
    return this.#trainings.onDidChange(listener);
  }

  /** Runs that are not over. */
  get #live(): readonly WatchedTraining[] {
    return this.#trainings.live;
  }

  /** The run in progress; the others wait. */
  get #current(): WatchedTraining | undefined {
    return this.#live.find((run) => run.phase === 'running') ?? this.#live[0];
  }

  /** What was asked of runs that have no record yet, by their folder. */
  get #asked(): Readonly<Record<string, TrainParams>> {
    return this.#parts.memory.get<Record<string, TrainParams>>(ASKED, {});
  }

  /** @param folder asked for when absent */
  async train(folder?: vscode.Uri): Promise<void> {
    mustBeTrusted(vscode.l10n.t('Trust it to train: the run is kept in its folder.'));
    const chosen = folder?.fsPath ?? (await this.#askForDataset());
    if (chosen === undefined) return;
    const choice = await this.#form.ask([chosen]);
    if (choice) await this.#begin([chosen], choice);
  }

  async #begin(folders: readonly string[], { backbone, settings, testFolder }: TrainChoice): Promise<void> {
    const { engine } = this.#parts;
    const described = await withDescription(engine, backbone.path, () =>
      engine.call('describeBackbone', { backbone: backbone.path }),
    );
    if (!described) return;
    const classes = await inAnyOf(folders, (folder) => engine.call('listClasses', { folder }));
    const labels = new Set(classes.filter(({ images }) => images > 0).map(({ label }) => label));
    const alignment = this.#startingAlignment(labels, described.sha256);
    await this.#start({
      folders,
      backbone: backbone.path,
      settings,
      ...(alignment ? { alignment } : {}),
      ...(testFolder === undefined ? {} : { testFolder }),
    });
  }

  /** Asks once more with the settings of a run, and trains as another run. */
  async again(folder: string): Promise<void> {
    mustBeTrustedToGoOn();
    const { params, record } = await this.#open(folder);
    const { runFolder: _, ...asked } = params;
    const entries = await this.#parts.library.list();
    const { backbone: wanted, testFolder } = asked;
    const backbone = entries.find(({ path, name }) => path === wanted || name === wanted) ?? {
      name: record?.backbone.name ?? basename(wanted),
      path: wanted,
      embedded: false,
    };
    const first = { backbone, settings: asked.settings, ...(testFolder === undefined ? {} : { testFolder }) };
    const choice = await this.#form.ask(asked.folders, first);
    if (!choice) return;
    if (choice.backbone !== backbone) return this.#begin(asked.folders, choice);
    const { testFolder: __, ...rest } = asked;
    await this.#start({
      ...rest,
      settings: choice.settings,
      ...(choice.testFolder === undefined ? {} : { testFolder: choice.testFolder }),
    });
  }

  /** Goes on with a run; asks which when none is named. */
  async resume(folder?: string): Promise<void> {
    const chosen =
      folder ??
      (await this.#pickRun(
        vscode.l10n.t('SeMap: Resume Training'),
        vscode.l10n.t('Which training goes on?'),
        ['paused', 'interrupted', 'failed'],
      ));
    if (chosen === undefined) return;
    mustBeTrustedToGoOn();
    const asked = this.#asked[chosen];
    const run =
      asked && !(await isTaken(join(chosen, RUN_FILES.record)))
        ? this.#trainings.start(asked)
        : await this.#trainings.resume(chosen);
    await this.#remember(chosen);
    this.#view.replace(run);
  }

  async pause(folder?: string): Promise<void> {
    const run = folder ?? this.#live.find(({ phase }) => phase === 'running')?.folder;
    if (run !== undefined) await this.#trainings.pause(run);
    else void showInformation(vscode.l10n.t('Nothing is being trained.'));
  }

  async stop(folder?: string): Promise<void> {
    const run = folder ?? this.#current?.folder;
    if (run !== undefined) await this.#trainings.stop(run);
    else void showInformation(vscode.l10n.t('Nothing is being trained.'));
  }

  /** Shows a run: the one named, the one in progress, or the newest. */
  async show(folder?: string, compare?: readonly string[]): Promise<void> {
    const newest = async () =>
      (await this.#parts.runs.list()).find(({ kind }) => kind === 'training')?.folder;
    const chosen = folder ?? this.#current?.folder ?? (await newest());
    if (chosen === undefined) {
      void showInformation(vscode.l10n.t('Nothing has been trained yet.'));
      return;
    }
    const run = this.#live.find((one) => one.folder === chosen);
    if (run) this.#view.show(run, compare);
    else await this.#view.open(chosen, compare);
  }

  /** Opens the mapping of a run's best epoch. */
  async openAlignment(folder: string): Promise<void> {
    await this.#parts.active.open(await alignmentOf(folder));
  }

  /** Takes up what a window before this one left: at once after a reload, on request after longer. */
  async takeUp(): Promise<void> {
    const { t } = vscode.l10n;
    if (!vscode.workspace.isTrusted) return;
    const own = this.#parts.memory.get<readonly string[]>(STARTED, []);
    for (const root of this.#parts.runs.roots) {
      const { folders, seconds } = await this.#unfinished.take(root);
      for (const folder of folders) {
        const run = await this.#openWhenFree(folder);
        const waited = run !== undefined && run.record === undefined;
        if (!waited && run?.phase !== 'interrupted' && run?.phase !== 'paused') continue;
        // The note may have come with the files of a project: nothing begins by itself that was not begun here.
        if (seconds <= RELOAD_SECONDS && own.includes(folder)) {
          this.#parts.log.info(`Going on with ${folder}.`);
          await this.resume(folder);
          continue;
        }
        const resume = t('Resume');
        void showInformation(t('The training {0} was interrupted.', runName(run)), resume)
          .then((chosen) => (chosen === resume ? this.resume(folder) : undefined))
          .then(undefined, showError);
      }
    }
  }

  /** The engine of the window before this one may be about to end. */
  async #openWhenFree(folder: string): Promise<WatchedTraining | undefined> {
    for (let tries = 0; ; tries++) {
      const run = await this.#open(folder).catch(() => undefined);
      if (!run?.elsewhere || tries === ENGINE_END_TRIES) return run;
      await new Promise((resolve) => setTimeout(resolve, ENGINE_END_MS));
    }
  }

  /** A run as it is, or as it was asked for while it has no record. */
  async #open(folder: string): Promise<WatchedTraining> {
    const params = this.#asked[folder];
    const live = this.#live.find((run) => run.folder === folder);
    if (live || !params || (await isTaken(join(folder, RUN_FILES.record))))
      return this.#trainings.open(folder);
    return new WatchedTraining({ folder, params });
  }

  async #showCell(folder: string, target: number, source: number): Promise<void> {
    const uri = await alignmentOf(folder);
    await vscode.commands.executeCommand('semap.showCell', { uri, target, source });
  }

  async #start(asked: Omit<TrainParams, 'runFolder'>): Promise<void> {
    const runFolder = await this.#newFolder(asked.folders[0] ?? '');
    const params = { ...asked, runFolder };
    this.#rememberAsked(runFolder, params);
    const run = this.#trainings.start(params);
    await this.#remember(runFolder);
    this.#parts.log.info(`Training on ${asked.folders.join(', ')} into ${runFolder}.`);
    this.#view.show(run);
  }

  /** Remembers that a person started this run here. */
  async #remember(folder: string): Promise<void> {
    const { memory } = this.#parts;
    const others = memory.get<readonly string[]>(STARTED, []).filter((one) => one !== folder);
    await memory.update(STARTED, [...others.slice(-MOST_REMEMBERED), folder]);
  }

  /** A run that waits is nowhere but here: the window after this one starts it. */
  #rememberAsked(folder: string, params: TrainParams | undefined): void {
    const { [folder]: known, ...others } = this.#asked;
    if (known === params) return;
    const kept = Object.entries(others).slice(-MOST_ASKED);
    if (params) kept.push([folder, params]);
    void this.#parts.memory.update(ASKED, Object.fromEntries(kept));
  }

  /** `<root>/.semap/runs/<time>-train-<name>`, which is not there yet. */
  async #newFolder(dataset: string): Promise<string> {
    const { root, readOnly } = await this.#parts.runs.rootFor(dataset);
    if (readOnly !== undefined) {
      void showInformation(
        vscode.l10n.t("{0} is read-only: the run is kept in SeMap's storage.", basename(readOnly)),
      );
    }
    const wanted = join(runsFolder(root), runFolderName('train', basename(dataset), new Date()));
    for (let n = 1; ; n++) {
      const folder = n === 1 ? wanted : `${wanted}-${n}`;
      if (!(await isTaken(folder))) return folder;
    }
  }

  /** The active alignment where it maps the same backbone to the same labels and has seen none of the images. */
  #startingAlignment(classes: ReadonlySet<string>, sha256: string): AlignmentDocument | undefined {
    const document = this.#parts.active.current?.forEngine;
    if (!document || isLearned(document.method.name) || 'prompt' in document) return undefined;
    if (document.backbone.sha256 !== sha256 || document.targets.length !== classes.size) return undefined;
    return document.targets.every(({ label }) => classes.has(label)) ? document : undefined;
  }

  async #askForDataset(): Promise<string | undefined> {
    const { t } = vscode.l10n;
    const [folder] =
      (await askForFolders(this.#parts.datasets, {
        title: t('SeMap: Train Visual Prompt'),
        placeholder: t('Which class folders are to be trained on?'),
        dialogTitle: t('Folder whose folders are the labels'),
        openLabel: t('Train on It'),
      })) ?? [];
    return folder?.fsPath;
  }

  async #pickRun(title: string, placeholder: string, phases: readonly string[]): Promise<string | undefined> {
    const { runs } = this.#parts;
    const items = (await runs.list()).flatMap((entry) => {
      if (entry.kind !== 'training') return [];
      const phase = runs.phaseOf(entry);
      if (!phases.includes(phase)) return [];
      const reached = reachedWords(entry.record);
      const best = reached === undefined ? '' : `, ${reached}`;
      return [{ label: entry.name, description: `${phaseName(phase)}${best}`, folder: entry.folder }];
    });
    if (items.length === 0) {
      void showInformation(vscode.l10n.t('There is no such training.'));
      return undefined;
    }
    return (await pickOne(items, { title, placeholder }))?.folder;
  }
}

/** A run's folder names the backbone and the images: in a workspace that is not trusted it is only shown. */
function mustBeTrustedToGoOn(): void {
  mustBeTrusted(vscode.l10n.t('Trust it to train with the settings of its runs.'));
}

async function alignmentOf(folder: string): Promise<vscode.Uri> {
  const file = join(folder, RUN_FILES.alignment);
  if (await isTaken(file)) return vscode.Uri.file(file);
  throw new SemapError('not-found', verbatim(vscode.l10n.t('{0} has no alignment yet.', basename(folder))), {
    hint: verbatim(vscode.l10n.t('It is written after the first epoch.')),
  });
}

/** An error on the page: what helps is to go on, or to look at the folder. */
function describeTrainingError(error: unknown, folder: string, run?: WatchedTraining): ErrorDescription {
  const { t } = vscode.l10n;
  const { message, actions } = describeError(error);
  if (run?.live) return { message, actions };
  // Where not even a record came to be, there is nothing to go on from.
  if (run && !run.record) {
    const again = { title: t('Train Again...'), command: 'semap.trainAgain', arguments: [folder] };
    return { message, actions: [again, ...actions] };
  }
  if (run) {
    const resume = { title: t('Resume'), command: 'semap.resumeTraining', arguments: [folder] };
    return {
      message,
      actions: [resume, ...actions.filter(({ command }) => command !== 'semap.restartEngine')],
    };
  }
  return {
    message,
    actions: [
      { title: t('Reveal'), command: 'semap.revealRun', arguments: [folder] },
      { title: t('Delete...'), command: 'semap.deleteRun', arguments: [folder] },
    ],
  };
}

/** Larger pictures are not of a run. */
const PICTURE_LIMIT = 16 << 20;

function readRunFile(folder: string, file: string): Promise<Uint8Array | undefined> {
  return readOfRun(folder, file, PICTURE_LIMIT).catch(() => undefined);
}
