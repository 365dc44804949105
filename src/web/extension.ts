import * as vscode from 'vscode';
import { RUN_FILES } from '../core/runs/run.ts';
import { ALIGNMENT_EDITOR } from '../host/alignments/alignmentEditorType.ts';
import { COMMANDS, type CommandId } from '../host/commands.ts';
import { CompareCommands } from '../host/compare/compareCommands.ts';
import { showError } from '../host/errors.ts';
import { offer } from '../host/messages.ts';
import { pickOne } from '../host/questions.ts';
import { openReport, ReportView } from '../host/reports/reportView.ts';
import { folderOf, isRunTarget, RunCommands } from '../host/runs/runCommands.ts';
import type { RunEntry } from '../host/runs/runEntry.ts';
import { AlignmentViewer } from './alignmentEditor.ts';
import { BrowserRuns, BrowserRunsTree } from './browserRuns.ts';
import { comparisons } from './comparisons.ts';
import { ModelViewer } from './modelViewer.ts';
import { sayReadOnly } from './readOnly.ts';
import { ResultsTabs } from './resultsTabs.ts';
import { findView, rankingView, trainingView } from './runPages.ts';
import { findAlignments, uriOf } from './workspaceFiles.ts';

/**
 * The extension in a browser (vscode.dev, github.dev): it shows alignments, the runs that lie in the workspace and reports.
 * Every other command says that it needs VS Code on a computer.
 */
export function activate({ extensionUri, globalState, subscriptions }: vscode.ExtensionContext): void {
  void vscode.commands.executeCommand('setContext', 'semap.inBrowser', true);
  const alignments = new AlignmentViewer(extensionUri);
  const { showCell } = alignments;
  const runs = new BrowserRuns();
  const results = new ResultsTabs(extensionUri, globalState, showCell);
  const training = trainingView(extensionUri, runs, showCell);
  const find = findView({
    extensionUri,
    memory: globalState,
    openTraining: (folder) => training.open(folder),
  });
  const ranking = rankingView(extensionUri);
  const compare = comparisons({ extensionUri, runs, results, showCell });
  const compareCommands = new CompareCommands({
    view: compare,
    found: findAlignments,
    current: () => shownDocument(),
    images: () => undefined,
  });
  const runCommands = new RunCommands(runs, {
    training: (folder, others) => training.open(folder, others),
    ranking: (folder) => ranking.open(folder),
    classification: (folder) => results.show(folder),
    find: (folder) => find.open(folder),
    compareResults: (first, second) => compare.showResults([first, second]),
    deleted: () => {},
  });
  const show = async (kind: RunEntry['kind'], target: unknown): Promise<void> => {
    const folder = isRunTarget(target) ? folderOf(target) : await chosenRun(runs, kind);
    if (folder !== undefined) await runCommands.open(folder);
  };
  const shows: Partial<Record<CommandId, (...args: never[]) => unknown>> = {
    ...runCommands.commands,
    'semap.renameRun': () => sayReadOnly(),
    'semap.deleteRun': () => sayReadOnly(),
    ...compareCommands.commands,
    'semap.openReport': openReport,
    'semap.openAlignment': async (uri?: unknown) =>
      openAs(ALIGNMENT_EDITOR, uri ?? (await chosenAlignment())),
    'semap.openAlignmentEditor': (uri?: unknown) => openAs(ALIGNMENT_EDITOR, uri ?? shownDocument()),
    'semap.openAlignmentText': (uri?: unknown) => openAs('default', uri ?? shownDocument()),
    'semap.openRunAlignment': (run?: unknown) =>
      isRunTarget(run) && openAs(ALIGNMENT_EDITOR, uriOf(`${folderOf(run)}/${RUN_FILES.alignment}`)),
    'semap.revealRun': (run?: unknown) =>
      isRunTarget(run) && vscode.commands.executeCommand('revealInExplorer', uriOf(folderOf(run))),
    'semap.showResults': (run?: unknown) => show('classification', run),
    'semap.showTraining': (run?: unknown) => show('training', run),
    'semap.showFind': (run?: unknown) => show('find', run),
    'semap.showRanking': (run?: unknown) => show('ranking', run),
  };
  const all = Object.values(COMMANDS)
    .flat()
    .map((name) => `semap.${name}` as const);
  subscriptions.push(
    runs,
    results,
    training,
    find,
    ranking,
    compare,
    alignments.register(),
    new ReportView().register(),
    new ModelViewer(extensionUri).register(),
    vscode.window.createTreeView('semap.runs', {
      treeDataProvider: new BrowserRunsTree(runs),
      canSelectMany: true,
    }),
    ...all.map((id) =>
      vscode.commands.registerCommand(id, async (...args: unknown[]) => {
        try {
          return await ((shows[id] ?? sayReadOnly) as (...args: unknown[]) => unknown)(...args);
        } catch (error) {
          void showError(error);
          return undefined;
        }
      }),
    ),
  );
}

/** Asks for a run of a kind; the Runs view has all of them. */
async function chosenRun(runs: BrowserRuns, kind: RunEntry['kind']): Promise<string | undefined> {
  const { t } = vscode.l10n;
  const rows = (await runs.list())
    .filter((entry) => entry.kind === kind)
    .map(({ name, folder }) => ({ label: name, folder }));
  if (rows.length === 0) {
    await offer('information', t('No results are saved in this workspace.'), []);
    return undefined;
  }
  const picked = await pickOne(rows, {
    title: t('SeMap: Show Results'),
    placeholder: t('Which results do you want to see?'),
  });
  return picked?.folder;
}

async function chosenAlignment(): Promise<vscode.Uri | undefined> {
  const { t } = vscode.l10n;
  const found = await findAlignments();
  if (found.length === 0) {
    await offer('information', t('No alignments found in this workspace.'), []);
    return undefined;
  }
  const rows = found.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
  rows.sort((a, b) => a.label.localeCompare(b.label));
  const picked = await pickOne(rows, {
    title: t('SeMap: Open Alignment'),
    placeholder: t('Which alignment do you want to open?'),
  });
  return picked?.uri;
}

/** The document of the editor in front, of whatever kind that is. */
function shownDocument(): vscode.Uri | undefined {
  const { input } = vscode.window.tabGroups.activeTabGroup.activeTab ?? {};
  const uri = (input as { uri?: unknown } | undefined)?.uri;
  return uri instanceof vscode.Uri ? uri : undefined;
}

async function openAs(editor: string, uri: unknown): Promise<void> {
  if (uri instanceof vscode.Uri) await vscode.commands.executeCommand('vscode.openWith', uri, editor);
}
