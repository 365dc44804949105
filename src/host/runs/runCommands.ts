import * as vscode from 'vscode';
import { askModal, showInformation } from '../messages.ts';
import { askText, pickSome } from '../questions.ts';

import type { RunEntry } from './runEntries.ts';
import type { RunStore } from './runStore.ts';

/** What menus and pages call a run's command with: its row, or its folder. */
export type RunTarget = RunEntry | string;

/** The features that show a run in their own page. */
interface RunPages {
  /** @param compare folders of other trainings to overlay */
  readonly training: (folder: string, compare?: readonly string[]) => Promise<void>;
  readonly ranking: (folder: string) => Promise<void>;
}

/** What can be done to the rows of the Runs view. */
export class RunCommands {
  readonly #runs: RunStore;
  readonly #pages: RunPages;

  constructor(runs: RunStore, pages: RunPages) {
    this.#runs = runs;
    this.#pages = pages;
  }

  /** Each kind of run in its own page. */
  async open(target: RunTarget): Promise<void> {
    const folder = folderOf(target);
    const entry = (await this.#runs.list()).find((one) => one.folder === folder);
    await (entry?.kind === 'ranking' ? this.#pages.ranking(folder) : this.#pages.training(folder));
  }

  /** Lays the other selected trainings over the first; with one selected, asks which. */
  async compare(target: RunTarget, selection?: readonly RunTarget[]): Promise<void> {
    const { t } = vscode.l10n;
    const first = folderOf(target);
    const trainings = (await this.#runs.list()).filter(({ kind }) => kind === 'training');
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
      placeholder: t('Which trainings are to be laid over it?'),
    });
    if (picked && picked.length > 0)
      await this.#pages.training(
        first,
        picked.map(({ folder }) => folder),
      );
  }

  async rename(target: RunTarget): Promise<void> {
    const { t } = vscode.l10n;
    const folder = folderOf(target);
    await this.#runs.mayChange(folder);
    const entry = (await this.#runs.list()).find((one) => one.folder === folder);
    const name = await askText({
      title: t('SeMap: Rename Run'),
      prompt: t('What is the run called?'),
      value: entry?.name ?? '',
      validate: (value) => (value.trim() === '' ? t('A name.') : undefined),
    });
    if (name !== undefined) await this.#runs.rename(folder, name);
  }

  async delete(target: RunTarget, selection?: readonly RunTarget[]): Promise<void> {
    const { t } = vscode.l10n;
    const folders = [...new Set([target, ...(selection ?? [])].map(folderOf))];
    const entries = await this.#runs.list();
    const chosenRuns = entries.filter(({ folder }) => folders.includes(folder));
    for (const { folder } of chosenRuns) await this.#runs.mayChange(folder);
    const names = chosenRuns.map(({ name }) => name);
    const ranking = chosenRuns.every(({ kind }) => kind === 'ranking');
    const remove = t('Delete');
    const chosen = await askModal(
      names.length === 1 ? t('Delete the run {0}?', names[0]) : t('Delete {0} runs?', names.length),
      [
        ranking
          ? t('Its table is deleted. Ranking the folder again makes another.')
          : t('Metrics, prompt and alignment go with it. This cannot be undone.'),
      ],
      remove,
    );
    if (chosen !== remove) return;
    for (const { folder } of chosenRuns) await this.#runs.delete(folder);
  }
}

export function folderOf(target: RunTarget): string {
  return typeof target === 'string' ? target : target.folder;
}
