import * as vscode from 'vscode';
import { showError } from './errors.ts';
import { type Log, logError } from './log.ts';

/** Every command of the extension, without `semap.`, by the room that its code is in. */
export const COMMANDS = {
  alignments: [
    'alignLabels',
    'openAlignment',
    'openAlignmentEditor',
    'openAlignmentText',
    'showCell',
    'undoChange',
    'redoChange',
    'exportAlignment',
    'exportClassifier',
    'chooseSense',
    'addHint',
    'suggestHints',
    'excludeSource',
    'includeSource',
    'addTarget',
    'alignAgain',
    'changeMethod',
    'changeSimilarity',
    'changeAggregation',
    'changeBackbones',
    'joinBackbone',
    'weighBackbone',
    'leaveBackbone',
  ],
  compare: ['compareAlignments'],
  results: [
    'classify',
    'watchFolder',
    'stopWatching',
    'resumeRun',
    'showResults',
    'exportResults',
    'keepClassifier',
    'addExpectation',
  ],
  exports: ['undoExport', 'openReport'],
  expectations: ['showBrokenImages', 'openExpectation'],
  ranking: ['rankBackbones', 'showRanking'],
  find: ['findReuse', 'showFind', 'pauseFind', 'resumeFind', 'stopFind', 'findAgain'],
  backbones: [
    'addBackbone',
    'getBackbone',
    'setActiveBackbone',
    'tryBackbone',
    'describeBackbone',
    'checkBackbone',
    'removeBackbone',
    'revealBackbone',
    'copyBackbonePath',
    'refreshBackbones',
  ],
  encoders: ['installTextEncoder', 'manageTextEncoders'],
  datasets: ['openSample', 'revealDataset', 'copyDatasetPath', 'importLabels', 'refreshDatasets'],
  training: [
    'trainPrompt',
    'showTraining',
    'pauseTraining',
    'resumeTraining',
    'stopTraining',
    'leaveQueue',
    'trainAgain',
    'openRunAlignment',
    'classifyWithRun',
    'keepMapping',
    'keepHead',
  ],
  runs: ['openRun', 'compareRuns', 'renameRun', 'deleteRun', 'revealRun', 'refreshRuns'],
  status: ['checkEngine', 'restartEngine', 'showLog'],
} as const;

/** The commands of one room, or of all of them. */
export type CommandId<Room extends keyof typeof COMMANDS = keyof typeof COMMANDS> =
  `semap.${(typeof COMMANDS)[Room][number]}`;

/** What each command does; arguments are what menus, links and other commands pass. */
export type CommandTable<Room extends keyof typeof COMMANDS = keyof typeof COMMANDS> = Readonly<
  Record<CommandId<Room>, (...args: never[]) => unknown>
>;

/** Registers the table; what a command throws is shown with the button that helps. */
export function registerCommands(table: CommandTable, log: Log): vscode.Disposable {
  const registrations = Object.entries(table).map(([id, run]) =>
    vscode.commands.registerCommand(id, async (...args: unknown[]) => {
      try {
        return await (run as (...args: unknown[]) => unknown)(...args);
      } catch (error) {
        logError(log, id, error);
        void showError(error);
        return undefined;
      }
    }),
  );
  return vscode.Disposable.from(...registrations);
}

/** The folders or files that a command was called with: Explorer selections, rows of a view, or nothing. */
export function urisOf(first: unknown, selection: unknown): readonly vscode.Uri[] {
  const all = Array.isArray(selection) && selection.length > 0 ? selection : [first];
  return all.flatMap((item) => {
    if (item instanceof vscode.Uri) return [item];
    const uri = (item as { uri?: unknown } | undefined)?.uri;
    return uri instanceof vscode.Uri ? [uri] : [];
  });
}

/** Tells VS Code whether a condition of its menus and palette holds: they offer the commands that make sense now. */
export function keepContextKey(
  name: `semap.${string}`,
  onDidChange: (listener: () => void) => vscode.Disposable,
  holds: () => boolean,
): vscode.Disposable {
  let told: boolean | undefined;
  const tell = () => {
    const now = holds();
    if (now === told) return;
    told = now;
    void vscode.commands.executeCommand('setContext', name, now);
  };
  tell();
  return onDidChange(tell);
}
