import { basename } from 'node:path';
import * as vscode from 'vscode';
import { type ImageFolders, imageFolders } from '../../core/folders/layout.ts';
import { phrase } from '../../core/text/text.ts';
import { isFolder } from '../../files/folders.ts';
import type { AlignLabels } from '../alignments/alignLabels.ts';
import { askLabelText, classesOf, targetOfClass } from '../alignments/givenLabels.ts';
import type { LabelSources } from '../alignments/labelSources.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { type CommandTable, urisOf } from '../commands.ts';
import { askForFolders } from '../datasets/askForFolders.ts';
import { confirmLayout } from '../datasets/askLayout.ts';
import type { DatasetsTree } from '../datasets/datasetsTree.ts';
import { type FolderLayouts, imagesOf } from '../datasets/folderLayouts.ts';
import { describeError, showError } from '../errors.ts';
import { titleOf } from '../files.ts';
import { say } from '../language.ts';
import type { Log } from '../log.ts';
import { tellEnd } from '../messages.ts';
import { BACK, CANCEL, StepUi } from '../multiStep.ts';
import { RunStatus } from '../runStatus.ts';
import type { RunStore } from '../runs/runStore.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { mustBeTrusted } from '../trust.ts';
import type { RankingPageHost } from './rankingPage.ts';
import { readRanking, saveRanking } from './rankingRecord.ts';
import { RankingRun } from './rankingRun.ts';
import { RankingView } from './rankingView.ts';
import { rankingEnd, rankingLook } from './rankingWords.ts';

interface RankBackbonesParts {
  readonly extensionUri: vscode.Uri;
  readonly engine: Engine;
  readonly library: BackboneLibrary;
  readonly labels: LabelSources;
  readonly align: Pick<AlignLabels, 'make'>;
  readonly datasets: DatasetsTree;
  readonly layouts: FolderLayouts;
  /** Lists what is saved. */
  readonly runs: Pick<RunStore, 'refresh'>;
  readonly log: Log;
}

/** `Rank Backbones`: compares the installed backbones on a folder, and keeps the result as a run. */
export class RankingCommands implements vscode.Disposable {
  readonly #parts: RankBackbonesParts;
  readonly #view: RankingView;
  readonly #listening: vscode.Disposable;
  readonly #status = new RunStatus<RankingRun>(
    { id: 'semap.ranking', name: vscode.l10n.t('SeMap Ranking'), priority: 93 },
    rankingLook,
  );
  #running: RankingRun | undefined;

  readonly commands: CommandTable<'ranking'> = {
    'semap.rankBackbones': (item?: unknown) => this.rank(urisOf(item, undefined)[0]),
    'semap.showRanking': () => this.#view.bringBack(),
  };

  constructor(parts: RankBackbonesParts) {
    this.#parts = parts;
    const { library } = parts;
    const host: RankingPageHost = {
      describeError: (error) => describeError(error),
      execute: (command, ...args) => vscode.commands.executeCommand(command, ...args),
      again: (params, record) => {
        // A record's folders are not looked at before.
        if (record !== undefined)
          mustBeTrusted(phrase('Trust the workspace to use the folders that its runs name.'));
        return this.#start(imageFolders(params), params.targets);
      },
      use: (path) => this.#use(path),
      useAndClassify: async (path, { params: { folders, targets }, record }) => {
        if (record !== undefined)
          mustBeTrusted(phrase('Trust the workspace to use the folders that its runs name.'));
        await this.#use(path);
        await vscode.commands.executeCommand('semap.classify', { folders, targets });
      },
      alignWith: (paths, run) => this.#alignWith(paths, run),
      active: async () => (await library.active())?.path,
      installed: async () =>
        (await library.list())
          .filter(({ problem }) => problem === undefined)
          .map(({ path, description }) => ({ path, sha256: description?.sha256 })),
      isFolder: async (path) => !vscode.workspace.isTrusted || isFolder(path),
      openFile: (file) => vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file)),
      shortPath: (file) => vscode.workspace.asRelativePath(file),
    };
    this.#view = new RankingView({ extensionUri: parts.extensionUri, host, read: readRanking });
    this.#listening = library.onDidChange(() => this.#view.activeChanged());
  }

  /** The window goes. */
  leave(): void {
    this.#view.leave();
  }

  dispose(): void {
    this.#listening.dispose();
    this.#running?.cancel();
    this.#status.dispose();
    this.#view.dispose();
  }

  /** @param folder asked for when absent */
  async rank(folder?: vscode.Uri): Promise<void> {
    const chosen = folder ?? (await this.#askForFolder());
    if (!chosen) return;
    const { t } = vscode.l10n;
    const title = t('SeMap: Rank Backbones on {0}', basename(chosen.fsPath));
    const laidOut = await confirmLayout([chosen.fsPath], this.#parts.layouts, {
      title,
      start: t('Start Ranking'),
    });
    if (!laidOut) return;
    const images = imagesOf(laidOut);
    const targets = await this.#targets(images, title);
    if (targets) await this.#start(images, targets);
  }

  /**
   * Shows the ranking that a run's folder holds.
   * @throws {SemapError} `invalid-argument` when it cannot be read
   */
  async open(folder: string): Promise<void> {
    await this.#view.open(folder);
  }

  async #askForFolder(): Promise<vscode.Uri | undefined> {
    const { t } = vscode.l10n;
    const [folder] =
      (await askForFolders(this.#parts.datasets, {
        title: t('SeMap: Rank Backbones'),
        placeholder: t('Select a folder of images to rank backbones on'),
        dialogTitle: t('Select a folder of images to rank backbones on'),
        openLabel: t('Rank Backbones'),
      })) ?? [];
    return folder;
  }

  /** The class folders, otherwise what the person types. */
  async #targets(images: ImageFolders, title: string) {
    const classes = await classesOf(this.#parts.engine, images);
    const filled = classes.filter(({ empty }) => !empty);
    if (filled.length > 0) return filled.map(targetOfClass);
    const [folder] = images.folders;
    const text = await askLabelText(new StepUi(title));
    if (text === BACK || text === CANCEL) return undefined;
    return (await this.#parts.labels.ofText(text, basename(folder), vscode.Uri.file(folder))).targets;
  }

  async #start(images: ImageFolders, targets: RankingRun['params']['targets']): Promise<void> {
    const { engine, library, log } = this.#parts;
    this.#running?.cancel();
    const entries = await library.list();
    const run = new RankingRun({ ...images, targets, backbones: entries.map(({ path }) => path) });
    this.#running = run;
    this.#view.show(run);
    log.info(`Ranking ${entries.length} backbones on ${images.folders.join(', ')}.`);
    await this.#status.watch(run, run.start(engine));
    // What another takes the place of, or goes with its window, is not told.
    const isLast = this.#running === run && !this.#status.disposed;
    if (this.#running === run) this.#running = undefined;
    if (run.error) log.error(`Ranking failed: ${run.error.message}`);
    for (const { path, reason } of run.result?.skipped ?? []) log.warn(`${path}: ${say(reason)}`);
    await this.#save(run);
    if (isLast) await this.#tellEnd(run);
  }

  async #use(path: string): Promise<void> {
    const { library } = this.#parts;
    const entry = (await library.list()).find((one) => one.path === path);
    if (entry) await library.setActive(entry);
  }

  /** The default alignment of the ranked labels, by several backbones together. */
  async #alignWith(paths: readonly string[], { params, record }: RankingRun): Promise<void> {
    if (record !== undefined)
      mustBeTrusted(phrase('Trust the workspace to use the folders that its runs name.'));
    const { folders, targets } = params;
    const { library, align } = this.#parts;
    const entries = await library.list();
    const [backbone, ...beside] = paths.flatMap((path) => entries.filter((one) => one.path === path));
    if (!backbone || beside.length + 1 < paths.length) return;
    const name = [basename(folders[0]), backbone.name, ...beside.map((one) => one.name)].join('-');
    const near = vscode.Uri.file(folders[0]);
    const given = { targets, problems: [], name, origin: titleOf(folders), near };
    await align.make({ given, backbone, beside, method: 'semap', folders });
  }

  async #tellEnd(run: RankingRun): Promise<void> {
    const inSight = this.#view.shows(run);
    if (!run.error) await tellEnd(rankingEnd(run), { inSight });
    else if (!inSight) await showError(run.error);
  }

  /** Into the workspace folder that the images lie in; elsewhere nothing is written. */
  async #save(run: RankingRun): Promise<void> {
    const { result, params } = run;
    const root = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(params.folders[0]));
    if (!result?.rows.some(({ scores }) => scores) || root?.uri.scheme !== 'file') return;
    try {
      mustBeTrusted(phrase('Trust the workspace to save rankings in it.'));
      run.saved(await saveRanking(root.uri.fsPath, params, result, new Date()));
      this.#parts.runs.refresh();
    } catch (error) {
      this.#parts.log.error(`The ranking of ${titleOf(params.folders)} was not saved: ${String(error)}`);
      void showError(error);
    }
  }
}
