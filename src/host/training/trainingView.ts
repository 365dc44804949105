import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { SemapError } from '../../core/errors.ts';
import { RUN_FILES } from '../../core/runs/run.ts';
import { phrase } from '../../core/text/text.ts';
import { isTaken } from '../../files/belowRoot.ts';
import { readOfRun } from '../../files/runFolders.ts';
import type { TrainingViewApi } from '../../protocol/trainingView.ts';
import { runErrors } from '../runs/runErrors.ts';
import type { RunStore } from '../runs/runStore.ts';
import { RunView } from '../runs/runView.ts';
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

export type TrainingView = RunView<WatchedTraining, TrainingViewApi, readonly string[]>;

/** The page of trainings, in an editor of its own; it can overlay the runs in further folders on one. */
export function trainingView(parts: TrainingViewParts): TrainingView {
  const { t } = vscode.l10n;
  const { extensionUri, engine, runs, open, pause, stop } = parts;
  const answers = new TrainingPage({
    describeError: runErrors({
      resume: 'semap.resumeTraining',
      again: { title: t('Train Again...'), command: 'semap.trainAgain' },
    }),
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
  return new RunView({ extensionUri, page: 'training', title: t('SeMap Training'), answers });
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
