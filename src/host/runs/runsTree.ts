import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { RunPhase } from '../../core/runs/run.ts';
import { percent } from '../../core/text/numbers.ts';
import { plural } from '../../core/text/text.ts';
import { betterMapping } from '../../core/training/betterMapping.ts';
import { titleOf } from '../files.ts';
import { say } from '../language.ts';
import { rowOf } from '../messages.ts';
import type { ClassificationEntry, FindEntry, RunEntry, TrainingEntry } from './runEntry.ts';
import type { RunStore } from './runStore.ts';
import {
  classifiedWords,
  classifyingName,
  findingName,
  foundWords,
  phaseName,
  reachedWords,
  settingsWords,
} from './runWords.ts';

/** The runs that the view lists. */
export type ListedRuns = Pick<RunStore, 'list' | 'onDidChange' | 'phaseOf' | 'isHeld'>;

/** The Runs view: what lies in `.semap/runs`, newest first. */
export class RunsTree implements vscode.TreeDataProvider<RunEntry> {
  readonly #runs: ListedRuns;
  readonly #mostUnnamed: () => number;
  readonly onDidChangeTreeData: vscode.Event<void>;

  /** @param mostUnnamed classifications without a name that are kept; 0 = all */
  constructor(runs: ListedRuns, mostUnnamed: () => number) {
    this.#runs = runs;
    this.#mostUnnamed = mostUnnamed;
    this.onDidChangeTreeData = runs.onDidChange;
  }

  async getChildren(parent?: RunEntry): Promise<RunEntry[]> {
    return parent ? [] : [...(await this.#runs.list())];
  }

  getTreeItem(entry: RunEntry): vscode.TreeItem {
    const { description, tooltip, icon, state } = this.#lookOf(entry);
    const item = rowOf({ label: entry.name, description, tooltip: [entry.name, ...tooltip] });
    item.id = entry.folder;
    item.iconPath = icon;
    item.contextValue = `run ${state}`;
    item.command = { command: 'semap.openRun', title: vscode.l10n.t('Open'), arguments: [entry] };
    return item;
  }

  #lookOf(entry: RunEntry): RunLook {
    switch (entry.kind) {
      case 'training':
        return this.#trainingLook(entry);
      case 'starting': {
        const description = entry.words;
        const icon = new vscode.ThemeIcon(ICONS[entry.phase]);
        const does = entry.of === 'find' ? 'searching' : entry.phase;
        return { state: `starting ${does}`, icon, description, tooltip: [description] };
      }
      case 'ranking': {
        const description = rankingWords(entry);
        const icon = new vscode.ThemeIcon('graph');
        return {
          state: 'ranking',
          icon,
          description,
          tooltip: [startedAt(entry), measuredWords(entry) ?? description],
        };
      }
      case 'classification':
        return this.#classificationLook(entry);
      case 'find':
        return this.#findLook(entry);
      case 'damaged':
        return {
          state: 'damaged',
          icon: new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground')),
          description: vscode.l10n.t('damaged'),
          tooltip: [say(entry.problem)],
        };
    }
  }

  #trainingLook(entry: TrainingEntry): RunLook {
    const { t } = vscode.l10n;
    const { record } = entry;
    const phase = this.#runs.phaseOf(entry);
    const over = phase === 'done' || phase === 'stopped';
    const usable = over && record.best !== undefined;
    const outdone = usable && betterMapping(record) !== undefined;
    const accuracy = record.best ? t('{0} on validation', percent(record.best.valAccuracy)) : undefined;
    const words = [accuracy, over ? undefined : phaseName(phase), settingsWords(record.settings)];
    return {
      // What was trained can be used; `outdone`: a mapping without a prompt did better.
      state: ['training', phase, ...(usable ? ['trained'] : []), ...(outdone ? ['outdone'] : [])].join(' '),
      icon: new vscode.ThemeIcon(ICONS[phase]),
      description: words.filter((word) => word !== undefined).join(' · '),
      tooltip: [
        startedAt(entry),
        reachedWords(record),
        t('Backbone: {0}', record.backbone.name),
        t('Epoch {0} of {1}, {2}', record.epoch, record.settings.epochs, phaseName(phase)),
        record.verdict && say(record.verdict),
      ],
    };
  }

  #classificationLook(entry: ClassificationEntry): RunLook {
    const { t } = vscode.l10n;
    const { record } = entry;
    const phase = this.#runs.phaseOf(entry);
    const words = classifiedWords(record);
    const stands = phase === 'done' ? undefined : classifyingName(phase);
    return {
      // Words of their own: what resumes or pauses a training is not offered.
      state: `classification ${phase === 'done' ? 'classified' : phase === 'running' ? 'classifying' : 'unfinished'}`,
      icon: new vscode.ThemeIcon(phase === 'done' ? 'checklist' : ICONS[phase]),
      description: [stands, words, record.backbone.name].filter((word) => word !== undefined).join(' · '),
      tooltip: [
        startedAt(entry),
        [stands, words].filter((word) => word !== undefined).join(' · '),
        t('Images: {0}', record.folders.join(', ')),
        t('Backbone: {0}', record.backbone.name),
        record.alignment && t('Alignment: {0}', basename(record.alignment)),
        record.problem && say(record.problem.message),
        record.name === undefined ? this.#keptWords() : undefined,
      ],
    };
  }

  #findLook(entry: FindEntry): RunLook {
    const { t } = vscode.l10n;
    const { record } = entry;
    const phase = this.#runs.phaseOf(entry);
    const over = phase === 'done' || phase === 'stopped';
    const found = foundWords(record);
    const best = record.points.find(({ id }) => id === record.recommended);
    const stands = over ? undefined : findingName(phase);
    const isOn = phase === 'running' || phase === 'queued';
    const isPaused = phase === 'paused' && this.#runs.isHeld(entry.folder);
    return {
      // Words of their own: what pauses a training is not what pauses a search.
      state: ['find', over ? 'found' : isOn ? 'searching' : 'halted', ...(isPaused ? ['held'] : [])].join(
        ' ',
      ),
      icon: new vscode.ThemeIcon(over ? 'search' : ICONS[phase]),
      description: [t('best reuse'), stands, best?.figure ? percent(best.figure.value) : undefined]
        .filter((word) => word !== undefined)
        .join(' · '),
      tooltip: [
        startedAt(entry),
        stands,
        t('Images: {0}', record.params.folders.join(', ')),
        found,
        ...record.verdict.map(say),
        record.problem && say(record.problem.message),
      ],
    };
  }

  /** What becomes of a result that nobody named. */
  #keptWords(): string | undefined {
    const most = this.#mostUnnamed();
    return most === 0
      ? undefined
      : vscode.l10n.t('The latest {0} results without a name are kept. Rename a result to keep it.', most);
  }
}

/** How a run looks in the view. */
interface RunLook {
  /** What menus go by. */
  readonly state: string;
  readonly icon: vscode.ThemeIcon;
  readonly description: string;
  /** Lines below the name. */
  readonly tooltip: readonly (string | undefined)[];
}

const ICONS: Readonly<Record<RunPhase, string>> = {
  queued: 'clock',
  running: 'sync~spin',
  paused: 'debug-pause',
  done: 'pass',
  stopped: 'stop-circle',
  interrupted: 'debug-disconnect',
  failed: 'error',
};

function rankingWords({ best }: Extract<RunEntry, { kind: 'ranking' }>): string {
  if (!best) return vscode.l10n.t('ranking');
  const { name, accuracy } = best;
  return accuracy === null
    ? vscode.l10n.t('ranking: {0}', name)
    : vscode.l10n.t('ranking: {0} {1}', name, percent(accuracy));
}

/** On what the best backbone of a ranking was measured. */
function measuredWords({ best, folders }: Extract<RunEntry, { kind: 'ranking' }>): string | undefined {
  if (!best || best.accuracy === null || best.images === undefined) return undefined;
  const { name, accuracy, images } = best;
  return say(
    plural(
      images,
      '{1}: {2} on {0} image of {3}',
      '{1}: {2} on {0} images of {3}',
      name,
      percent(accuracy),
      titleOf(folders),
    ),
  );
}

function startedAt({ time }: RunEntry): string {
  return time === undefined ? '' : new Date(time).toLocaleString(vscode.env.language);
}
