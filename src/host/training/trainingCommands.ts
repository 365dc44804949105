import * as vscode from 'vscode';
import { type CommandTable, urisOf } from '../commands.ts';
import { reveal } from '../files.ts';
import { folderOf, type RunCommands, type RunTarget } from '../runs/runCommands.ts';
import type { RunStore } from '../runs/runStore.ts';
import type { TrainVisualPrompt } from './trainVisualPrompt.ts';

interface TrainingCommandsParts {
  readonly train: TrainVisualPrompt;
  readonly runs: RunStore;
  readonly runCommands: RunCommands;
}

/** The commands of training and of the Runs view. */
export function trainingCommands({
  train,
  runs,
  runCommands,
}: TrainingCommandsParts): CommandTable<'training'> {
  const named = (target: RunTarget | undefined) => (target === undefined ? undefined : folderOf(target));
  return {
    'semap.trainPrompt': (item?: unknown) => train.train(urisOf(item, undefined)[0]),
    'semap.showTraining': (target?: RunTarget) => train.show(named(target)),
    'semap.pauseTraining': (target?: RunTarget) => train.pause(named(target)),
    'semap.resumeTraining': (target?: RunTarget) => train.resume(named(target)),
    'semap.stopTraining': (target?: RunTarget) => train.stop(named(target)),
    'semap.leaveQueue': (target: RunTarget) => train.stop(folderOf(target)),
    'semap.trainAgain': (target: RunTarget) => train.again(folderOf(target)),
    'semap.openRunAlignment': (target: RunTarget) => train.openAlignment(folderOf(target)),
    'semap.openRun': (target: RunTarget) => runCommands.open(target),
    'semap.compareRuns': (target: RunTarget, selection?: readonly RunTarget[]) =>
      runCommands.compare(target, selection),
    'semap.renameRun': (target: RunTarget) => runCommands.rename(target),
    'semap.deleteRun': (target: RunTarget, selection?: readonly RunTarget[]) =>
      runCommands.delete(target, selection),
    'semap.revealRun': (target: RunTarget) => reveal(vscode.Uri.file(folderOf(target))),
    'semap.refreshRuns': () => runs.refresh(),
  };
}
