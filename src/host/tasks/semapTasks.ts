import { relative, sep } from 'node:path';
import * as vscode from 'vscode';
import type { CommandLine } from '../commandLine.ts';
import { scanDatasets } from '../datasets/datasetScan.ts';
import { showError } from '../errors.ts';
import { abortedBy } from '../messages.ts';
import { type SemapTask, taskArguments, taskName } from './taskArguments.ts';

/** As in `contributes.taskDefinitions` and `contributes.problemMatchers` of package.json. */
const TYPE = 'semap';
const MATCHER = '$semap';

/** Data sets that tasks are offered for. */
const MOST_OFFERED = 10;

/**
 * Tasks that run the command line in a terminal of VS Code: offered for the data sets of the workspace, and made of what
 * tasks.json says. What it finds wrong is in the Problems view.
 */
export class SemapTasks implements vscode.TaskProvider {
  readonly #commandLine: CommandLine;

  constructor(commandLine: CommandLine) {
    this.#commandLine = commandLine;
  }

  register(): vscode.Disposable {
    return vscode.tasks.registerTaskProvider(TYPE, this);
  }

  async provideTasks(token: vscode.CancellationToken): Promise<vscode.Task[]> {
    const tasks: vscode.Task[] = [];
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      if (folder.uri.scheme !== 'file') continue;
      let offered = 0;
      const signal = abortedBy(token);
      for await (const { path } of scanDatasets(
        [folder.uri.fsPath],
        signal,
        undefined,
        vscode.workspace.isTrusted,
      )) {
        const named = relative(folder.uri.fsPath, path).split(sep).join('/') || '.';
        for (const run of ['classify', 'rank', 'find'] as const)
          tasks.push(this.#task({ type: TYPE, run, folder: named }, folder));
        if (++offered >= MOST_OFFERED || signal.aborted) break;
      }
      tasks.push(this.#task({ type: TYPE, run: 'test' }, folder));
    }
    return tasks;
  }

  /** A task of tasks.json, which VS Code has not run before. */
  resolveTask({ definition, scope }: vscode.Task): vscode.Task | undefined {
    const folder =
      typeof scope === 'object'
        ? scope
        : vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
    if (!folder) return undefined;
    try {
      // VS Code knows the task by this very definition.
      return this.#task(definition as unknown as SemapTask, folder);
    } catch (error) {
      void showError(error);
      return undefined;
    }
  }

  #task(definition: SemapTask, folder: vscode.WorkspaceFolder): vscode.Task {
    const cwd = folder.uri.fsPath;
    const { command, args, env } = this.#commandLine.start(taskArguments(definition, cwd));
    const execution = new vscode.ProcessExecution(command, args, { cwd, env });
    const task = new vscode.Task(
      definition as unknown as vscode.TaskDefinition,
      folder,
      taskName(definition),
      'SeMap',
      execution,
      MATCHER,
    );
    if (definition.run === 'test') task.group = vscode.TaskGroup.Test;
    return task;
  }
}
