import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { type AlignmentDocument, madeFor } from '../../core/alignments/alignment.ts';
import { SemapError } from '../../core/errors.ts';
import { imageFolders } from '../../core/folders/layout.ts';
import { LARGEST_HEAD } from '../../core/heads/headFile.ts';
import { isLearned } from '../../core/mapping/methods.ts';
import type { RunPhase } from '../../core/runs/run.ts';
import { headFiles, RUN_FILES } from '../../core/runs/run.ts';
import type { TrainParams } from '../../core/runs/trainingSettings.ts';
import { phrase } from '../../core/text/text.ts';
import { betterMapping } from '../../core/training/betterMapping.ts';
import { isTaken } from '../../files/belowRoot.ts';
import { readOfRun } from '../../files/runFolders.ts';
import { type ActiveAlignment, readEntry } from '../alignments/activeAlignment.ts';
import type { AlignLabels } from '../alignments/alignLabels.ts';
import { writeClassifier } from '../alignments/alignmentFiles.ts';
import { classesOf, labelsOfClasses, targetOfClass } from '../alignments/givenLabels.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { withDescription } from '../backbones/describeBackbone.ts';
import { type CommandTable, urisOf } from '../commands.ts';
import { askForFolders } from '../datasets/askForFolders.ts';
import type { DatasetsTree } from '../datasets/datasetsTree.ts';
import { type FolderLayouts, imagesOf } from '../datasets/folderLayouts.ts';
import type { Log } from '../log.ts';
import { offer, showInformation, tellEnd } from '../messages.ts';
import { pickOne } from '../questions.ts';
import { RunStatus } from '../runStatus.ts';
import { folderOf, type RunTarget } from '../runs/runCommands.ts';
import type { LiveRun, RunStore } from '../runs/runStore.ts';
import { phaseName, reachedWords, settingsWords } from '../runs/runWords.ts';
import { StartedRuns } from '../runs/startedRuns.ts';
import { takeUpRuns, UnfinishedRuns } from '../runs/unfinishedRuns.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { mustBeTrusted } from '../trust.ts';
import { type TrainChoice, TrainForm } from './trainForm.ts';
import { TrainingMemory } from './trainingMemory.ts';
import type { KeptHead } from './trainingPage.ts';
import { trainingEnd, trainingLook } from './trainingStatus.ts';
import { Trainings } from './trainings.ts';
import { alignmentOf, TrainingView } from './trainingView.ts';
import { runName } from './trainingWords.ts';
import { WatchedTraining } from './watchedTraining.ts';

interface TrainingParts {
  readonly extensionUri: vscode.Uri;
  readonly engine: Engine;
  readonly library: BackboneLibrary;
  readonly active: ActiveAlignment;
  readonly alignLabels: AlignLabels;
  readonly datasets: DatasetsTree;
  readonly layouts: FolderLayouts;
  readonly runs: RunStore;
  readonly memory: vscode.Memento;
  readonly log: Log;
}

/** The commands of training: what asks for a training, starts it, and steers it. */
export class TrainingCommands implements vscode.Disposable {
  readonly #parts: TrainingParts;
  readonly #form: TrainForm;
  readonly #trainings: Trainings;
  readonly #memory: TrainingMemory;
  readonly #started: StartedRuns;
  readonly #unfinished = new UnfinishedRuns('training');
  readonly #status = new RunStatus<WatchedTraining>(
    { id: 'semap.training', name: vscode.l10n.t('SeMap Training'), priority: 91 },
    trainingLook,
  );
  readonly #view: TrainingView;
  readonly #listening: vscode.Disposable;

  /** A training began, changed or ended. */
  readonly onDidChange: Trainings['onDidChange'];

  readonly commands: CommandTable<'training'> = {
    'semap.trainPrompt': (item?: unknown) => this.train(urisOf(item, undefined)[0]),
    'semap.showTraining': (target?: RunTarget) => this.show(target && folderOf(target)),
    'semap.pauseTraining': (target?: RunTarget) => this.pause(target && folderOf(target)),
    'semap.resumeTraining': (target?: RunTarget) => this.resume(target && folderOf(target)),
    'semap.stopTraining': (target?: RunTarget) => this.stop(target && folderOf(target)),
    'semap.leaveQueue': (target: RunTarget) => this.stop(folderOf(target)),
    'semap.trainAgain': (target: RunTarget) => this.again(folderOf(target)),
    'semap.openRunAlignment': async (target: RunTarget) =>
      this.#parts.active.open(await alignmentOf(folderOf(target))),
    'semap.classifyWithRun': async (target: RunTarget) =>
      vscode.commands.executeCommand('semap.classify', { alignment: await alignmentOf(folderOf(target)) }),
    'semap.keepMapping': (target: RunTarget) => this.keepMapping(folderOf(target)),
    'semap.keepHead': (target: RunTarget, kept: KeptHead) => this.keepHead(folderOf(target), kept),
  };

  constructor(parts: TrainingParts) {
    this.#parts = parts;
    const { extensionUri, engine, library, datasets, layouts, memory, runs } = parts;
    this.#memory = new TrainingMemory(memory);
    this.#started = new StartedRuns(memory, 'training');
    this.#form = new TrainForm({ engine, library, layouts, memory, datasets: () => datasets.datasets() });
    this.#trainings = new Trainings({
      engine,
      unfinished: this.#unfinished,
      watch: (run, running) => void this.#watch(run, running),
    });
    this.onDidChange = this.#trainings.onDidChange;
    this.#view = new TrainingView({
      extensionUri,
      engine,
      runs,
      open: (folder) => this.#open(folder),
      pause: (folder) => this.#trainings.pause(folder),
      stop: (folder) => this.#trainings.stop(folder),
    });
    const epochs = new Map<string, string>();
    this.#listening = vscode.Disposable.from(
      this.#trainings.onDidChange((run) => {
        if (run.record !== undefined || run.withdrawn) this.#memory.forgetAsked(run.folder);
        if (run.withdrawn && !run.record) this.#view.leave(run, this.#current);
        // The tree shows epochs and phases, not steps.
        const shown = `${run.phase} ${run.epochs.length} ${run.record === undefined}`;
        if (epochs.get(run.folder) === shown) return;
        epochs.set(run.folder, shown);
        runs.refresh();
      }),
      runs.onDidChange(() => this.#view.runsChanged()),
    );
  }

  dispose(): void {
    this.#status.dispose();
    this.#listening.dispose();
    this.#view.dispose();
  }

  /** Follows a run in the status bar; its page tells how it ended, or a notification where nobody sees that. */
  async #watch(run: WatchedTraining, running: Promise<void>): Promise<void> {
    await this.#status.watch(run, running);
    const { record, error, phase } = run;
    const end = trainingEnd(run, record && betterMapping(record));
    if (!end) return;
    if (end.weight !== 'information') {
      // Everything ends when the window does; the next one resumes.
      if (this.#status.disposed) return;
      this.#parts.log.error(`Training ${runName(run)}: ${error?.message ?? phase}`);
    }
    await tellEnd(end, { inSight: this.#view.shows(run) });
  }

  /** Trainings that this window holds, the first started first. */
  get held(): readonly LiveRun[] {
    return this.#live.map((run) => {
      const { folder, phase, params } = run;
      const words = `${phaseName(phase)} · ${settingsWords(params.settings)}`;
      return { folder, of: 'training', phase, name: runName(run), words };
    });
  }

  /** Runs that are not over. */
  get #live(): readonly WatchedTraining[] {
    return this.#trainings.live;
  }

  /** The run in progress; the others wait. */
  get #current(): WatchedTraining | undefined {
    return this.#live.find((run) => run.phase === 'running') ?? this.#live[0];
  }

  /** @param folder asked for when absent */
  async train(folder?: vscode.Uri): Promise<void> {
    mustBeTrusted(phrase('Trust the workspace to save runs in it.'));
    const chosen = folder?.fsPath ?? (await this.#askForDataset());
    if (chosen === undefined) return;
    const choice = await this.#form.ask([chosen]);
    if (choice) await this.#begin(choice);
  }

  async #begin({ backbone, settings, laidOut, testFolder }: TrainChoice): Promise<void> {
    const { engine } = this.#parts;
    const images = imagesOf(laidOut);
    const described = await withDescription(engine, backbone.path, () =>
      engine.call('describeBackbone', { backbone: backbone.path }),
    );
    if (!described) return;
    const classes = await classesOf(engine, images);
    const labels = new Set(classes.filter(({ empty }) => !empty).map(({ label }) => label));
    const alignment = this.#startingAlignment(labels, described.sha256);
    await this.#start({ ...images, backbone: backbone.path, settings, alignment, testFolder });
  }

  /** Asks once more with the settings of a run, and trains as another run. */
  async again(folder: string): Promise<void> {
    mustBeTrustedToTrain();
    const { params, record } = await this.#open(folder);
    const { runFolder: _, ...asked } = params;
    const entries = await this.#parts.library.list();
    const { backbone: wanted, testFolder } = asked;
    const backbone = entries.find(({ path, name }) => path === wanted || name === wanted) ?? {
      name: record?.backbone.name ?? basename(wanted),
      path: wanted,
      embedded: false,
    };
    const laidOut = await this.#parts.layouts.of(asked.folders, { before: asked });
    const { settings } = asked;
    const choice = await this.#form.ask(asked.folders, { backbone, settings, laidOut, testFolder });
    if (!choice) return;
    // The mapping that it started from is for its backbone and its labels.
    if (choice.backbone !== backbone || choice.laidOut !== laidOut) return this.#begin(choice);
    await this.#start({ ...asked, settings: choice.settings, testFolder: choice.testFolder });
  }

  /** Makes an alignment of the method that did better without a prompt, for the folders of a run. */
  async keepMapping(folder: string): Promise<void> {
    mustBeTrustedToTrain();
    const { engine, library, alignLabels } = this.#parts;
    const { params, record } = await this.#open(folder);
    const better = record && betterMapping(record);
    const { backbone: wanted } = params;
    const backbone = (await library.list()).find(({ path, name }) => path === wanted || name === wanted);
    if (!better || !backbone) {
      throw new SemapError('not-found', phrase('There is no mapping to keep.'));
    }
    const images = imageFolders(params);
    const classes = await classesOf(engine, images);
    const given = labelsOfClasses(classes.filter(({ empty }) => !empty).map(targetOfClass), images);
    const { method } = better;
    const name = `${given.name}-${method}`;
    // As many images as the training had.
    const perClass = isLearned(method) ? record.trainImages : undefined;
    await alignLabels.make({ given: { ...given, name }, backbone, method, perClass });
  }

  /** Saves a head that was learned beside a training as a document of its own, and opens it. */
  async keepHead(folder: string, { head: kind }: KeptHead): Promise<void> {
    mustBeTrustedToTrain();
    const files = headFiles(kind);
    const { params } = await this.#open(folder);
    const entry = await readEntry(vscode.Uri.file(join(folder, files.document)));
    if (!entry?.forEngine?.head) {
      throw (
        entry?.problem ?? new SemapError('not-found', phrase('The run has no {0} to keep.', files.document))
      );
    }
    const bytes = await readOfRun(folder, files.head, LARGEST_HEAD);
    const [first] = params.folders;
    const made = madeFor(params.folders, entry.forEngine);
    const name = `${basename(first)}-${kind}`;
    const uri = await writeClassifier(made, bytes, vscode.Uri.file(first), name);
    await this.#parts.active.open(uri);
  }

  /** Resumes a run; asks which when none is named. */
  async resume(folder?: string): Promise<void> {
    const chosen = folder ?? (await this.#pickRun(['paused', 'interrupted', 'failed']));
    if (chosen === undefined) return;
    mustBeTrustedToTrain();
    const asked = this.#memory.asked(chosen);
    const run =
      asked && !(await isTaken(join(chosen, RUN_FILES.record)))
        ? this.#trainings.start(asked)
        : await this.#trainings.resume(chosen);
    await this.#started.add(chosen);
    this.#view.replace(run);
  }

  async pause(folder?: string): Promise<void> {
    const run = folder ?? this.#live.find(({ phase }) => phase === 'running')?.folder;
    if (run !== undefined) await this.#trainings.pause(run);
    else void showInformation(vscode.l10n.t('No training is in progress.'));
  }

  async stop(folder?: string): Promise<void> {
    const run = folder ?? this.#current?.folder;
    if (run !== undefined) await this.#trainings.stop(run);
    else void showInformation(vscode.l10n.t('No training is in progress.'));
  }

  /** Shows a run: the one named, the one in progress, or the newest. */
  async show(folder?: string, compare?: readonly string[]): Promise<void> {
    const { t } = vscode.l10n;
    const newest = async () =>
      (await this.#parts.runs.list()).find(({ kind }) => kind === 'training')?.folder;
    const chosen = folder ?? this.#current?.folder ?? (await newest());
    if (chosen === undefined) {
      const train = { title: t('Train Visual Prompt...'), command: 'semap.trainPrompt' };
      await offer('information', t('There are no trainings yet.'), [train]);
      return;
    }
    const run = this.#live.find((one) => one.folder === chosen);
    if (run) this.#view.show(run, compare);
    else await this.#view.open(chosen, compare);
  }

  /** Takes up what a window before this one left. */
  async takeUp(): Promise<void> {
    if (!vscode.workspace.isTrusted) return;
    await takeUpRuns({
      unfinished: this.#unfinished,
      roots: this.#parts.runs.roots,
      started: this.#started.folders,
      open: (folder) => this.#open(folder),
      resume: (folder) => this.resume(folder),
      interrupted: (run) => vscode.l10n.t('Training {0} was interrupted.', runName(run)),
      log: this.#parts.log,
    });
  }

  /** A run as it is, or as it was asked for while it has no record. */
  async #open(folder: string): Promise<WatchedTraining> {
    const params = this.#memory.asked(folder);
    const live = this.#live.find((run) => run.folder === folder);
    if (live || !params || (await isTaken(join(folder, RUN_FILES.record))))
      return this.#trainings.open(folder);
    return new WatchedTraining({ folder, params });
  }

  async #start(asked: Omit<TrainParams, 'runFolder'>): Promise<void> {
    const { folder: runFolder, readOnly } = await this.#parts.runs.newFolder('train', asked.folders[0] ?? '');
    const params = { ...asked, runFolder };
    this.#memory.addAsked(params);
    const run = this.#trainings.start(params);
    await this.#started.add(runFolder);
    // The page says where it is saved.
    if (readOnly) this.#parts.log.info('The folder is read-only: the run is saved in the storage of SeMap.');
    this.#parts.log.info(`Training on ${asked.folders.join(', ')} into ${runFolder}.`);
    this.#view.show(run);
  }

  /** The active alignment where it maps the same backbone to the same labels and has seen none of the images. */
  #startingAlignment(classes: ReadonlySet<string>, sha256: string): AlignmentDocument | undefined {
    const document = this.#parts.active.current?.forEngine;
    if (!document || isLearned(document.method.name) || document.prompt !== undefined) return undefined;
    // Training goes through one backbone.
    if (document.members) return undefined;
    if (document.backbone.sha256 !== sha256 || document.targets.length !== classes.size) return undefined;
    return document.targets.every(({ label }) => classes.has(label)) ? document : undefined;
  }

  async #askForDataset(): Promise<string | undefined> {
    const { t } = vscode.l10n;
    const [folder] =
      (await askForFolders(this.#parts.datasets, {
        title: t('SeMap: Train Visual Prompt'),
        placeholder: t('Select class folders to train on'),
        dialogTitle: t('Folder with One Subfolder per Label'),
        openLabel: t('Train'),
      })) ?? [];
    return folder?.fsPath;
  }

  async #pickRun(phases: readonly RunPhase[]): Promise<string | undefined> {
    const { t } = vscode.l10n;
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
      void showInformation(t('There is no training to resume.'));
      return undefined;
    }
    const picked = await pickOne(items, {
      title: t('SeMap: Resume Training'),
      placeholder: t('Which training do you want to resume?'),
    });
    return picked?.folder;
  }
}

/** A run's folder names the backbone and the images: in a workspace that is not trusted it is only shown. */
function mustBeTrustedToTrain(): void {
  mustBeTrusted(phrase('Trust the workspace to train with the settings of its runs.'));
}
