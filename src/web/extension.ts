import * as vscode from 'vscode';
import { ALIGNMENT_EDITOR } from '../host/alignments/alignmentEditorType.ts';
import { COMMANDS, type CommandId } from '../host/commands.ts';
import { showError } from '../host/errors.ts';
import { titleOf } from '../host/files.ts';
import { offer, rowOf } from '../host/messages.ts';
import { pickOne } from '../host/questions.ts';
import { classifiedWords } from '../host/runs/runWords.ts';
import { AlignmentViewer } from './alignmentEditor.ts';
import { sayReadOnly } from './readOnly.ts';
import { type KeptRun, keptRuns } from './recordedRuns.ts';
import { ResultsTabs } from './resultsTabs.ts';

/**
 * The extension in a browser (vscode.dev, github.dev): it shows alignments and the results that lie in the workspace. Every
 * other command says that it needs VS Code on a computer.
 */
export function activate({ extensionUri, globalState, subscriptions }: vscode.ExtensionContext): void {
  void vscode.commands.executeCommand('setContext', 'semap.inBrowser', true);
  const results = new ResultsTabs(extensionUri, globalState);
  const changed = new vscode.EventEmitter<undefined>();
  const runs: vscode.TreeDataProvider<KeptRun> = {
    onDidChangeTreeData: changed.event,
    getTreeItem: rowOfRun,
    getChildren: async (run) => (run ? [] : [...(await keptRuns())]),
  };
  const shows: Partial<Record<CommandId, (...args: unknown[]) => unknown>> = {
    'semap.openAlignment': async (uri) => openAs(ALIGNMENT_EDITOR, uri ?? (await chosenAlignment())),
    'semap.openAlignmentEditor': (uri) => openAs(ALIGNMENT_EDITOR, uri ?? shownDocument()),
    'semap.openAlignmentText': (uri) => openAs('default', uri ?? shownDocument()),
    'semap.showResults': async (run) => {
      const folder = folderOf(run) ?? (await chosenRun());
      if (folder) await results.show(folder);
    },
    'semap.openRun': async (run) => {
      const folder = folderOf(run) ?? (await chosenRun());
      if (folder) await results.show(folder);
    },
    'semap.refreshRuns': () => changed.fire(undefined),
  };
  const all = Object.values(COMMANDS)
    .flat()
    .map((name) => `semap.${name}` as const);
  subscriptions.push(
    results,
    changed,
    new AlignmentViewer(extensionUri).register(),
    vscode.window.createTreeView('semap.runs', { treeDataProvider: runs }),
    ...all.map((id) =>
      vscode.commands.registerCommand(id, async (...args: unknown[]) => {
        try {
          return await (shows[id] ?? sayReadOnly)(...args);
        } catch (error) {
          void showError(error);
          return undefined;
        }
      }),
    ),
  );
}

function rowOfRun({ folder, record }: KeptRun): vscode.TreeItem {
  const item = rowOf({
    label: record.name ?? titleOf(record.folders),
    description: classifiedWords(record),
    tooltip: [record.backbone.name, record.time],
  });
  item.contextValue = 'browserRun';
  item.command = { command: 'semap.openRun', title: '', arguments: [folder] };
  return item;
}

function folderOf(run: unknown): vscode.Uri | undefined {
  if (run instanceof vscode.Uri) return run;
  const folder = (run as Partial<KeptRun> | undefined)?.folder;
  return folder instanceof vscode.Uri ? folder : undefined;
}

async function chosenRun(): Promise<vscode.Uri | undefined> {
  const { t } = vscode.l10n;
  const kept = await keptRuns();
  if (kept.length === 0) {
    await offer('information', t('No results are saved in this workspace.'), []);
    return undefined;
  }
  const rows = kept.map(({ folder, record }) => ({
    label: record.name ?? titleOf(record.folders),
    description: `${classifiedWords(record)} · ${record.backbone.name}`,
    folder,
  }));
  const picked = await pickOne(rows, {
    title: t('SeMap: Show Results'),
    placeholder: t('Which results do you want to see?'),
  });
  return picked?.folder;
}

async function chosenAlignment(): Promise<vscode.Uri | undefined> {
  const { t } = vscode.l10n;
  const found = await vscode.workspace.findFiles('**/*.semap.json', '**/{node_modules,.*}/**', 200);
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
