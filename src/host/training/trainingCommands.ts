import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { type AlignmentDocument, madeFor } from '../../core/alignments/alignment.ts';
import { SemapError } from '../../core/errors.ts';
import { imageFolders } from '../../core/folders/layout.ts';
import { LARGEST_HEAD } from '../../core/heads/headFile.ts';
import type { Listening } from '../../core/listeners.ts';
import { isLearned } from '../../core/mapping/methods.ts';
import { headFiles } from '../../core/runs/run.ts';
import type { TrainParams } from '../../core/runs/trainingSettings.ts';
import { phrase } from '../../core/text/text.ts';
import { betterMapping } from '../../core/training/betterMapping.ts';
import { readOfRun } from '../../files/runFolders.ts';
import { type ActiveAlignment, readEntry } from '../alignments/activeAlignment.ts';
import type { AlignLabels } from '../alignments/alignLabels.ts';
import { writeClassifier } from '../alignments/alignmentFiles.ts';
import { classesOf, labelsOfClasses, targetOfClass } from '../alignments/givenLabels.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { withDescription } from '../backbones/describeBackbone.ts';
import { type CommandTable, urisOf } from '../commands.ts';
import { askForFolder } from '../datasets/askForFolders.ts';
import type { DatasetsTree } from '../datasets/datasetsTree.ts';
import { type FolderLayouts, imagesOf } from '../datasets/folderLayouts.ts';
import type { Log } from '../log.ts';
import { showInformation } from '../messages.ts';
import { LongRunCommands } from '../runs/longRunCommands.ts';
import { folderOf, type RunTarget } from '../runs/runCommands.ts';
import type { LiveRun, RunStore } from '../runs/runStore.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { type TrainChoice, TrainForm } from './trainForm.ts';
import { TrainingMemory } from './trainingMemory.ts';
import type { KeptHead } from './trainingPage.ts';
import { trainingRunWords } from './trainingStatus.ts';
import { Trainings } from './trainings.ts';
import { alignmentOf, trainingView } from './trainingView.ts';
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
  readonly #memory: TrainingMemory;
  readonly #runs: LongRunCommands<'training', WatchedTraining, readonly string[]>;

  /** A training began, changed or ended. */
  readonly onDidChange: Trainings['onDidChange'];
  readonly #listening: Listening;

  readonly commands: CommandTable<'training'> = {
    'semap.trainPrompt': (item?: unknown) => this.train(urisOf(item, undefined)[0]),
    'semap.showTraining': (target?: RunTarget) => this.show(target && folderOf(target)),
    'semap.pauseTraining': (target?: RunTarget) => this.pause(target && folderOf(target)),
    'semap.resumeTraining': (target?: RunTarget) => this.#runs.resume(target && folderOf(target)),
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
    const { extensionUri, engine, library, datasets, layouts, memory, runs, log } = parts;
    this.#memory = new TrainingMemory(memory);
    this.#form = new TrainForm({ engine, library, layouts, memory, datasets: () => datasets.datasets() });
    this.#runs = new LongRunCommands({
      kind: 'training',
      runs,
      memory,
      log,
      words: trainingRunWords(),
      longRuns: (following) =>
        new Trainings({ engine, asked: (folder) => this.#memory.asked(folder), ...following }),
      view: (trainings) =>
        trainingView({
          extensionUri,
          engine,
          runs,
          open: (folder) => trainings.open(folder),
          pause: (folder) => trainings.pause(folder),
          stop: (folder) => trainings.stop(folder),
        }),
    });
    this.onDidChange = this.#runs.longRuns.onDidChange;
    this.#listening = this.onDidChange((run) => {
      if (run.record !== undefined || run.withdrawn) this.#memory.forgetAsked(run.folder);
    });
  }

  dispose(): void {
    this.#listening.dispose();
    this.#runs.dispose();
  }

  /** Trainings that this window holds, the first started first. */
  get held(): readonly LiveRun[] {
    return this.#runs.held;
  }

  /** Shows a run, the one named, the one in progress, or the newest, with the runs in the folders `compare` over it. */
  show(folder?: string, compare?: readonly string[]): Promise<void> {
    return this.#runs.show(folder, compare);
  }

  /** Takes up what a window before this one left. */
  takeUp(): Promise<void> {
    return this.#runs.takeUp();
  }

  /** @param folder asked for when absent */
  async train(folder?: vscode.Uri): Promise<void> {
    this.#runs.mayBegin();
    const { t } = vscode.l10n;
    const chosen =
      folder?.fsPath ??
      (await askForFolder(this.#parts.datasets, {
        title: t('SeMap: Train Visual Prompt'),
        placeholder: t('Select class folders to train on'),
        dialogTitle: t('Folder with One Subfolder per Label'),
        openLabel: t('Train'),
      }));
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
    this.#runs.mayUse();
    const { params, record } = await this.#runs.longRuns.open(folder);
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
    this.#runs.mayUse();
    const { engine, library, alignLabels } = this.#parts;
    const { params, record } = await this.#runs.longRuns.open(folder);
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
    this.#runs.mayUse();
    const files = headFiles(kind);
    const { params } = await this.#runs.longRuns.open(folder);
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

  async pause(folder?: string): Promise<void> {
    const { longRuns } = this.#runs;
    const run = folder ?? longRuns.live.find(({ phase }) => phase === 'running')?.folder;
    if (run !== undefined) await longRuns.pause(run);
    else void showInformation(vscode.l10n.t('No training is in progress.'));
  }

  async stop(folder?: string): Promise<void> {
    const run = folder ?? this.#runs.current?.folder;
    if (run !== undefined) await this.#runs.longRuns.stop(run);
    else void showInformation(vscode.l10n.t('No training is in progress.'));
  }

  #start(asked: Omit<TrainParams, 'runFolder'>): Promise<void> {
    return this.#runs.begin(asked.folders, (folder) => {
      const params = { ...asked, runFolder: folder };
      this.#memory.addAsked(params);
      return new WatchedTraining({ folder, params });
    });
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
}
