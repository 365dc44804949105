import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { SemapError } from '../../core/errors.ts';
import { RUN_FILES } from '../../core/runs/run.ts';
import { phrase } from '../../core/text/text.ts';
import { isTaken } from '../../files/belowRoot.ts';
import { readOfRun } from '../../files/runFolders.ts';
import type { TrainingViewApi } from '../../protocol/trainingView.ts';
import { describeError, type ErrorDescription } from '../errors.ts';
import { PagePanel } from '../pages/pagePanel.ts';
import type { RunStore } from '../runs/runStore.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { TrainingPage, type TrainingPageHost } from './trainingPage.ts';
import type { WatchedTraining } from './watchedTraining.ts';

interface TrainingViewParts extends Pick<TrainingPageHost, 'open' | 'pause' | 'stop'> {
  readonly extensionUri: vscode.Uri;
  readonly engine: Engine;
  readonly runs: RunStore;
}

/** Bytes: larger pictures are not of a run. */
const PICTURE_LIMIT = 16 << 20;

/** One training at a time, in an editor of its own. The run lives elsewhere: the page may come and go. */
export class TrainingView implements vscode.Disposable {
  readonly #page: TrainingPage;
  readonly #panel: PagePanel<TrainingViewApi>;

  constructor({ extensionUri, engine, runs, open, pause, stop }: TrainingViewParts) {
    this.#page = new TrainingPage({
      describeError: describeTrainingError,
      execute: (command, ...args) => vscode.commands.executeCommand(command, ...args),
      others: async () => (await runs.list()).filter((entry) => entry.kind === 'training'),
      phaseOf: (entry) => runs.phaseOf(entry),
      open,
      pause,
      stop,
      readFile: (folder, file) => readOfRun(folder, file, PICTURE_LIMIT).catch(() => undefined),
      // Of a record nobody vouches for, no path is looked at.
      thumbnail: async (path, size) =>
        vscode.workspace.isTrusted ? engine.call('thumbnail', { path, size }) : null,
      openFile: (file) => vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file)),
      showCell: async (folder, target, source) => {
        const uri = await alignmentOf(folder);
        await vscode.commands.executeCommand('semap.showCell', { uri, target, source });
      },
      shortPath: (file) => vscode.workspace.asRelativePath(file),
    });
    this.#panel = new PagePanel({
      extensionUri,
      page: 'training',
      title: vscode.l10n.t('SeMap Training'),
      handlers: this.#page.handlers,
      restore: (state) => this.#restore(state),
    });
  }

  /** The run that the page shows. */
  get run(): WatchedTraining | undefined {
    return this.#page.run;
  }

  /** Whether the person sees the page of this run. */
  shows(run: WatchedTraining): boolean {
    return this.#panel.visible && this.#page.run?.folder === run.folder;
  }

  /** @param compare folders of runs to overlay */
  show(run: WatchedTraining, compare?: readonly string[]): void {
    this.#page.show(run, compare);
    this.#panel.reveal();
  }

  open(folder: string, compare?: readonly string[]): Promise<void> {
    this.#panel.reveal();
    return this.#page.open(folder, compare);
  }

  /** The run that is shown continues as another object: in this window again, say. */
  replace(run: WatchedTraining): void {
    if (this.#page.run?.folder === run.folder && this.#page.run !== run) this.#page.show(run);
  }

  /** Shows another run, or none, in place of one that is gone. */
  leave(run: WatchedTraining, other: WatchedTraining | undefined): void {
    if (this.#page.run === run) this.#page.show(other);
  }

  runsChanged(): void {
    void this.#page.runsChanged();
  }

  /** Takes up the page of a window that was reloaded. */
  async #restore(state: unknown): Promise<void> {
    const folder = (state as { run?: unknown } | undefined)?.run;
    if (!this.#page.run && typeof folder === 'string') await this.#page.open(folder);
  }

  dispose(): void {
    this.#panel.dispose();
    this.#page.dispose();
  }
}

/**
 * The mapping of a run's best epoch.
 * @throws {SemapError} `not-found` before the first epoch
 */
export async function alignmentOf(folder: string): Promise<vscode.Uri> {
  const file = join(folder, RUN_FILES.alignment);
  if (await isTaken(file)) return vscode.Uri.file(file);
  throw new SemapError('not-found', phrase('Run {0} has no alignment yet.', basename(folder)), {
    hint: phrase('It is saved after the first epoch.'),
  });
}

/** An error on the page, with what helps: to resume, or to look at the folder. */
function describeTrainingError(error: unknown, folder: string, run?: WatchedTraining): ErrorDescription {
  const { t } = vscode.l10n;
  const { message, actions } = describeError(error);
  if (run?.live) return { message, actions };
  // Without a record there is nothing to resume.
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
