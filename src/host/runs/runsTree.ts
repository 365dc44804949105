import * as vscode from 'vscode';
import type { TrainingPhase } from '../../protocol/trainingView.ts';
import { percent, phaseName, settingsWords } from '../training/trainingWords.ts';
import type { RunEntry, StartingEntry, TrainingEntry } from './runEntries.ts';
import type { RunStore } from './runStore.ts';

/** The Runs view: what lies in `.semap/runs`, newest first. */
export class RunsTree implements vscode.TreeDataProvider<RunEntry> {
  readonly #runs: RunStore;
  readonly onDidChangeTreeData: vscode.Event<void>;

  constructor(runs: RunStore) {
    this.#runs = runs;
    this.onDidChangeTreeData = runs.onDidChange;
  }

  async getChildren(parent?: RunEntry): Promise<RunEntry[]> {
    return parent ? [] : [...(await this.#runs.list())];
  }

  getTreeItem(entry: RunEntry): vscode.TreeItem {
    const item = new vscode.TreeItem(entry.name);
    item.id = entry.folder;
    item.command = { command: 'semap.openRun', title: vscode.l10n.t('Open'), arguments: [entry] };
    switch (entry.kind) {
      case 'training':
        this.#describeTraining(item, entry);
        break;
      case 'starting':
        item.iconPath = new vscode.ThemeIcon(ICONS[entry.phase]);
        item.contextValue = `run starting ${entry.phase}`;
        item.description = startingWords(entry);
        item.tooltip = `${entry.name}\n${item.description}`;
        break;
      case 'ranking':
        item.iconPath = new vscode.ThemeIcon('graph');
        item.contextValue = 'run ranking';
        item.description = rankingWords(entry);
        item.tooltip = [entry.name, startedAt(entry), item.description].filter(Boolean).join('\n');
        break;
      case 'damaged':
        item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
        item.contextValue = 'run damaged';
        item.description = vscode.l10n.t('damaged');
        item.tooltip = `${entry.name}\n${entry.problem}`;
    }
    item.accessibilityInformation = { label: `${entry.name}, ${String(item.description)}` };
    return item;
  }

  #describeTraining(item: vscode.TreeItem, entry: TrainingEntry): void {
    const { t } = vscode.l10n;
    const { record } = entry;
    const phase = this.#runs.phaseOf(entry);
    const over = phase === 'done' || phase === 'stopped';
    const accuracy = record.best ? percent(record.best.valAccuracy) : undefined;
    const words = [accuracy, over ? undefined : phaseName(phase), settingsWords(record.settings)];
    item.iconPath = new vscode.ThemeIcon(ICONS[phase]);
    item.contextValue = `run training ${phase}`;
    item.description = words.filter((word) => word !== undefined).join(' · ');
    const lines = [
      entry.name,
      startedAt(entry),
      t('Backbone: {0}', record.backbone.name),
      t('Epoch {0} of {1}, {2}', record.epoch, record.settings.epochs, phaseName(phase)),
      record.verdict,
    ];
    item.tooltip = lines.filter((line) => line !== undefined && line !== '').join('\n');
  }
}

const ICONS: Readonly<Record<TrainingPhase, string>> = {
  queued: 'clock',
  running: 'sync~spin',
  paused: 'debug-pause',
  done: 'pass',
  stopped: 'stop-circle',
  interrupted: 'debug-disconnect',
  failed: 'error',
};

function startingWords({ phase, settings }: StartingEntry): string {
  return `${phaseName(phase)} · ${settingsWords(settings)}`;
}

function rankingWords({ best }: Extract<RunEntry, { kind: 'ranking' }>): string {
  if (!best) return vscode.l10n.t('ranking');
  const { name, accuracy } = best;
  return accuracy === null
    ? vscode.l10n.t('ranking: {0}', name)
    : vscode.l10n.t('ranking: {0} {1}', name, percent(accuracy));
}

function startedAt({ time }: RunEntry): string {
  return time === undefined ? '' : new Date(time).toLocaleString();
}
