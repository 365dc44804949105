import { basename } from 'node:path';
import * as vscode from 'vscode';
import { SemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import type { CommandTable } from '../commands.ts';
import { reveal } from '../files.ts';
import { askModal, offer, showInformation } from '../messages.ts';
import { askText, pickOne, pickSome } from '../questions.ts';
import type { ClassificationEntry, RunEntry } from './runEntry.ts';
import type { RunStore } from './runStore.ts';
import { classifiedWords } from './runWords.ts';

/** What menus and pages call a run's command with: its row, or its folder. */
export type RunTarget = RunEntry | string;

/** The features that show a run in their own page. */
interface RunPages {
  /** @param compare folders of other trainings to overlay */
  readonly training: (folder: string, compare?: readonly string[]) => Promise<void>;
  readonly ranking: (folder: string) => Promise<void>;
  readonly classification: (folder: string) => Promise<void>;
  readonly find: (folder: string) => Promise<void>;
  readonly compareResults: (first: string, second: string) => Promise<void>;
  /** Runs that are gone. */
  readonly deleted: (folders: readonly string[]) => void;
}

type ChangedRuns = Pick<RunStore, 'list' | 'readAgain' | 'refresh' | 'mayChange' | 'rename' | 'delete'>;

/** What can be done to the rows of the Runs view. */
export class RunCommands {
  readonly #runs: ChangedRuns;
  readonly #pages: RunPages;

  readonly commands: CommandTable<'runs'> = {
    'semap.openRun': (target: RunTarget) => this.open(target),
    'semap.compareRuns': (target: RunTarget, selection?: readonly RunTarget[]) =>
      this.compare(target, selection),
    'semap.renameRun': (target: RunTarget) => this.rename(target),
    'semap.deleteRun': (target: RunTarget, selection?: readonly RunTarget[]) =>
      this.delete(target, selection),
    'semap.revealRun': (target: RunTarget) => reveal(vscode.Uri.file(folderOf(target))),
    'semap.refreshRuns': () => this.#runs.refresh(),
  };

  constructor(runs: ChangedRuns, pages: RunPages) {
    this.#runs = runs;
    this.#pages = pages;
  }

  /** Each kind of run in its own page. */
  async open(target: RunTarget): Promise<void> {
    const folder = folderOf(target);
    const isIt = (one: RunEntry) => one.folder === folder;
    // A run of the command line or of an agent may be younger than the list.
    const entry = (await this.#runs.list()).find(isIt) ?? (await this.#runs.readAgain()).find(isIt);
    if (entry && isOf('find', entry)) await this.#pages.find(folder);
    else if (entry?.kind === 'ranking') await this.#pages.ranking(folder);
    else if (entry && isOf('classification', entry)) await this.#pages.classification(folder);
    else await this.#pages.training(folder);
  }

  /** Compares with the others that are selected, of the same kind; with one selected, asks which. */
  async compare(target: RunTarget, selection?: readonly RunTarget[]): Promise<void> {
    const { t } = vscode.l10n;
    const first = folderOf(target);
    const entries = await this.#runs.list();
    const entry = entries.find(({ folder }) => folder === first);
    if (entry?.kind === 'classification') return this.#compareResults(entry, entries, selection ?? []);
    const trainings = entries.filter(({ kind }) => kind === 'training');
    const others = (selection ?? []).map(folderOf).filter((folder) => folder !== first);
    const known = trainings.filter(({ folder }) => others.includes(folder)).map(({ folder }) => folder);
    if (known.length > 0) return this.#pages.training(first, known);
    const items = trainings
      .filter(({ folder }) => folder !== first)
      .map(({ name, folder }) => ({ label: name, folder }));
    if (items.length === 0) {
      void showInformation(t('There is no other training to compare with.'));
      return;
    }
    const picked = await pickSome(items, {
      title: t('SeMap: Compare Runs'),
      placeholder: t('Which runs do you want to overlay?'),
    });
    if (picked && picked.length > 0)
      await this.#pages.training(
        first,
        picked.map(({ folder }) => folder),
      );
  }

  /** Two results side by side; those on the same images are offered first. */
  async #compareResults(
    first: ClassificationEntry,
    entries: readonly RunEntry[],
    selection: readonly RunTarget[],
  ): Promise<void> {
    const { t } = vscode.l10n;
    const others = entries.filter(
      (entry) => entry.kind === 'classification' && entry.folder !== first.folder,
    ) as ClassificationEntry[];
    const selected = selection.map(folderOf);
    const second = others.find(({ folder }) => selected.includes(folder));
    if (second) {
      // As they are in time: what the later one changed.
      const [earlier, later] = (second.time ?? '') < (first.time ?? '') ? [second, first] : [first, second];
      return this.#pages.compareResults(earlier.folder, later.folder);
    }
    if (others.length === 0) {
      const classify = { title: t('Zero-Shot Classify...'), command: 'semap.classify' };
      const message = t('There is no other result to compare with. Classify the folder again first.');
      return offer('information', message, [classify]);
    }
    const same = ({ record }: ClassificationEntry) =>
      Number(JSON.stringify(record.folders) === JSON.stringify(first.record.folders));
    const items = others
      .toSorted((a, b) => same(b) - same(a))
      .map(({ name, folder, record }) => ({
        label: name,
        description: `${classifiedWords(record)} · ${record.backbone.name}`,
        folder,
      }));
    const picked = await pickOne(items, {
      title: t('SeMap: Compare Runs'),
      placeholder: t('Select the result to compare {0} with', first.name),
      matchOnDescription: true,
    });
    if (picked) await this.#pages.compareResults(picked.folder, first.folder);
  }

  async rename(target: RunTarget): Promise<void> {
    const { t } = vscode.l10n;
    const folder = folderOf(target);
    await this.#runs.mayChange(folder);
    const entry = (await this.#runs.list()).find((one) => one.folder === folder);
    if (!entry) throw isGone(folder);
    const name = await askText({
      title: t('SeMap: Rename Run'),
      prompt: t('Name of the run'),
      value: entry.name,
      validate: (value) => (value.trim() === '' ? t('Enter a name.') : undefined),
    });
    if (name !== undefined) await this.#runs.rename(folder, name);
  }

  async delete(target: RunTarget, selection?: readonly RunTarget[]): Promise<void> {
    const { t } = vscode.l10n;
    const folders = [...new Set([target, ...(selection ?? [])].map(folderOf))];
    const entries = await this.#runs.list();
    const chosenRuns = entries.filter(({ folder }) => folders.includes(folder));
    if (chosenRuns.length === 0) throw isGone(folders[0]);
    for (const { folder } of chosenRuns) await this.#runs.mayChange(folder);
    const names = chosenRuns.map(({ name }) => name);
    const remove = t('Delete');
    const chosen = await askModal(
      names.length === 1 ? t('Delete run {0}?', names[0]) : t('Delete {0} runs?', names.length),
      [lossWords(chosenRuns)],
      remove,
    );
    if (chosen !== remove) return;
    for (const { folder } of chosenRuns) {
      await this.#runs.delete(folder);
      this.#pages.deleted([folder]);
    }
  }
}

/** A page may show a run whose folder somebody deleted. */
function isGone(folder: string): SemapError {
  return new SemapError('invalid-argument', phrase('{0} was deleted or renamed.', basename(folder)));
}

/** What goes with runs that are deleted. */
function lossWords(runs: readonly RunEntry[]): string {
  const { t } = vscode.l10n;
  if (runs.every(({ kind }) => kind === 'ranking'))
    return t('Its table will be deleted. You can rank the folder again.');
  if (runs.every((run) => isOf('find', run)))
    return t('Its table and its trainings will be deleted. Alignments that you kept stay.');
  if (runs.every((run) => isOf('classification', run)))
    return t('Images and alignments are not deleted. You can classify the folder again.');
  return t('Its metrics, prompt, and alignment will be deleted too. This cannot be undone.');
}

/** How the folders of runs are called that are no trainings. */
const NAMED = { classification: /-classify-[^/\\]*$/, find: /^\d{4}-[\dT-]+-find-/ } as const;

/** A damaged one is told by the name of its folder. */
function isOf(kind: keyof typeof NAMED, run: RunEntry): boolean {
  return run.kind === kind || (run.kind === 'damaged' && NAMED[kind].test(basename(run.folder)));
}

/** Whether that is what a command was called with: the title of an editor passes something else, or nothing. */
export function isRunTarget(target: unknown): target is RunTarget {
  return typeof target === 'string' || (typeof target === 'object' && target !== null && 'folder' in target);
}

export function folderOf(target: RunTarget): string {
  return typeof target === 'string' ? target : target.folder;
}
