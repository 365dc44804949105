import * as vscode from 'vscode';
import { RUN_FILES } from '../core/runs/run.ts';
import { describeError } from '../host/errors.ts';
import { FindPage } from '../host/find/findPage.ts';
import { KeptPoints } from '../host/find/keptPoints.ts';
import type { WatchedSearch } from '../host/find/watchedSearch.ts';
import { RankingView } from '../host/ranking/rankingView.ts';
import type { RunPageHost } from '../host/runs/runFeed.ts';
import { RunView } from '../host/runs/runView.ts';
import { TrainingPage } from '../host/training/trainingPage.ts';
import type { WatchedTraining } from '../host/training/watchedTraining.ts';
import type { FindViewApi } from '../protocol/findView.ts';
import type { TrainingViewApi } from '../protocol/trainingView.ts';
import type { ShowCell } from './alignmentEditor.ts';
import { BrowserEngine } from './browserEngine.ts';
import type { BrowserRuns } from './browserRuns.ts';
import { readOnlyWords, sayReadOnly } from './readOnly.ts';
import { openRanking, openSearch, openTraining } from './recordedRuns.ts';
import { isThere, readFile, shownPath, uriOf } from './workspaceFiles.ts';

/** Bytes: larger pictures are not of a run. */
const PICTURE_LIMIT = 16 << 20;

/** What the pages of trainings and of searches have of VS Code alike: nothing can be steered. */
const RUN_HOST: Omit<RunPageHost<never>, 'open'> = {
  // What would help needs a computer: the line above the page says so.
  describeError: (error) => ({ message: describeError(error).message, actions: [] }),
  execute: (command, ...args) => vscode.commands.executeCommand(command, ...args),
  pause: sayReadOnly,
  stop: sayReadOnly,
  openFile: (file) => vscode.commands.executeCommand('vscode.open', uriOf(file)),
  shortPath: shownPath,
};

/** The page of trainings, as they were recorded. */
export function trainingView(
  extensionUri: vscode.Uri,
  runs: BrowserRuns,
  showCell: ShowCell,
): RunView<WatchedTraining, TrainingViewApi, readonly string[]> {
  const engine = new BrowserEngine();
  const fileIn = (folder: string, name: string) => uriOf(`${folder}/${name}`);
  const answers = new TrainingPage({
    ...RUN_HOST,
    open: openTraining,
    others: async () => (await runs.list()).filter((entry) => entry.kind === 'training'),
    phaseOf: (entry) => runs.phaseOf(entry),
    readFile: (folder, file) => readFile(fileIn(folder, file), PICTURE_LIMIT).catch(() => undefined),
    thumbnail: (path, size) => engine.call('thumbnail', { path, size }),
    showCell: async (folder, target, source) => {
      const { record } = await openTraining(folder);
      const cell = { label: record?.labels[target] ?? '', target, source };
      await showCell(fileIn(folder, RUN_FILES.alignment), cell);
    },
  });
  const title = vscode.l10n.t('SeMap Training');
  return new RunView({ extensionUri, page: 'training', title, answers, note: readOnlyWords() });
}

interface FindViewParts {
  readonly extensionUri: vscode.Uri;
  readonly memory: vscode.Memento;
  readonly openTraining: (folder: string) => Promise<void>;
}

/** The page of searches, as they were recorded. */
export function findView({
  extensionUri,
  memory,
  openTraining,
}: FindViewParts): RunView<WatchedSearch, FindViewApi> {
  const answers = new FindPage({
    ...RUN_HOST,
    open: openSearch,
    openTraining,
    keep: async () => void sayReadOnly(),
    kept: new KeptPoints(memory),
    openAlignment: sayReadOnly,
    showBackbone: sayReadOnly,
    isThere: (path) => isThere(uriOf(path)),
  });
  const title = vscode.l10n.t('SeMap Best Reuse');
  return new RunView({ extensionUri, page: 'find', title, answers, note: readOnlyWords() });
}

/** The page of rankings, as they were recorded. */
export function rankingView(extensionUri: vscode.Uri): RankingView {
  return new RankingView({
    extensionUri,
    note: readOnlyWords(),
    read: openRanking,
    host: {
      describeError: (error) => describeError(error),
      execute: (command, ...args) => vscode.commands.executeCommand(command, ...args),
      again: sayReadOnly,
      use: sayReadOnly,
      useAndClassify: sayReadOnly,
      alignWith: sayReadOnly,
      // Which backbones a computer has, and which folders, nobody knows here.
      active: async () => undefined,
      installed: async () => undefined,
      isFolder: async () => true,
      openFile: (file) => vscode.commands.executeCommand('vscode.open', uriOf(file)),
      shortPath: shownPath,
    },
  });
}
