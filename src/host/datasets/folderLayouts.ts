import { resolve } from 'node:path';
import type * as vscode from 'vscode';
import {
  type FolderLayout,
  goesWithoutSaying,
  type ImageFolders,
  IN_SPLITS,
  isLayout,
  isSameLayout,
  isSplitName,
  type Layout,
  type LayoutOption,
  type LayoutTable,
  type SplitName,
} from '../../core/folders/layout.ts';
import { Listeners } from '../../core/listeners.ts';
import type { Engine } from '../supervisor/engineClient.ts';

/** Folders, and how they are read. */
export interface LaidOut {
  readonly folders: readonly string[];
  /** What was recognized of each. */
  readonly found: readonly FolderLayout[];
  /** What is taken, in the same order: that, or what the person chose. */
  readonly chosen: readonly LayoutOption[];
  /** Only this split is taken; absent: all. */
  readonly split?: SplitName | undefined;
  /** Whether a person saw it before. */
  readonly confirmed: boolean;
  /** Images that got a label one by one, whatever the layout says. */
  readonly labeled: number;
}

/** A table, and its column with the labels where that is not the likeliest. */
export interface AskedTable {
  readonly table: string;
  readonly column?: string | undefined;
}

/** The table of a layout as it is asked for. @param column with the labels; absent: the one of the layout */
export function askedTable(folder: string, { file, label }: LayoutTable, column = label): AskedTable {
  return { table: file.startsWith(IN_SPLITS) ? file : resolve(folder, file), column };
}

/** What a person chose for a folder. */
interface Choice {
  readonly layout: Layout;
  readonly split?: SplitName | undefined;
}

const KEY = 'folderLayouts';
/** Folders whose layouts are remembered. */
const MOST = 200;

/**
 * How the folders of a workspace are laid out: as the engine recognizes them, unless the person said otherwise, which is
 * kept with the workspace on this computer.
 */
export class FolderLayouts {
  readonly #engine: Pick<Engine, 'call'>;
  readonly #memory: Pick<vscode.Memento, 'get' | 'update'>;
  readonly #labeled: (folders: readonly string[]) => Promise<number>;

  readonly #changed = new Listeners();

  /** Something was chosen. */
  readonly onDidChange = this.#changed.on;

  /**
   * @param memory of the workspace
   * @param labeled how many images of folders got a label one by one
   */
  constructor(
    engine: Pick<Engine, 'call'>,
    memory: Pick<vscode.Memento, 'get' | 'update'>,
    labeled: (folders: readonly string[]) => Promise<number>,
  ) {
    this.#engine = engine;
    this.#memory = memory;
    this.#labeled = labeled;
  }

  /**
   * @param about how they were read in a run of before, absent: as is remembered; whether images of splits are counted, for
   *   which all of it is walked
   */
  async of(
    folders: readonly string[],
    { before, counted }: { readonly before?: ImageFolders; readonly counted?: boolean } = {},
  ): Promise<LaidOut> {
    const [recognised, labeled] = await Promise.all([
      this.#engine.call('recogniseLayouts', { folders, ...(counted && { counted }) }),
      this.#labeled(folders),
    ]);
    const choices = folders.map((folder, i): Choice | undefined => {
      const layout = before?.layouts?.[i];
      return layout ? { layout, split: before?.split } : this.#choiceOf(folder);
    });
    const found = await Promise.all(recognised.map((one, i) => this.#withOwn(one, choices[i]?.layout)));
    const kept = found.map((one, i) => optionWith(one, choices[i]?.layout));
    const chosen = found.map((one, i) => kept[i] ?? one);
    const confirmed = kept.every((option) => option !== undefined);
    const split =
      confirmed && choices.every((one) => one?.split === choices[0]?.split) ? choices[0]?.split : undefined;
    const isThere = chosen.some(({ splits }) => splits.some((one) => one.split === split));
    return { folders, found, chosen, confirmed, labeled, ...(split && isThere && { split }) };
  }

  /** A table that a person chose is read again; where it is gone, nothing is said: what is recognized is shown. */
  async #withOwn(found: FolderLayout, layout: Layout | undefined): Promise<FolderLayout> {
    if (layout?.kind !== 'table' || optionWith(found, layout)) return found;
    return this.#withTable(found, askedTable(found.folder, layout.table)).catch(() => found);
  }

  async #withTable(found: FolderLayout, asked: AskedTable): Promise<FolderLayout> {
    const [read] = await this.#engine.call('recogniseLayouts', { folders: [found.folder], ...asked });
    const added = optionsOf(read)
      .filter(({ layout }) => layout.kind === 'table' && !optionWith(found, layout))
      .map(
        ({
          folder: _,
          alternatives,
          refused,
          ...option
        }: Partial<FolderLayout> & LayoutOption): LayoutOption => option,
      );
    return { ...found, alternatives: [...added, ...found.alternatives] };
  }

  /**
   * Takes a table for one of the folders.
   * @throws {SemapError} why it says no labels
   */
  async useTable(laidOut: LaidOut, at: number, asked: AskedTable): Promise<LaidOut> {
    const { folders } = laidOut;
    const [{ layout }] = await this.#engine.call('recogniseLayouts', { folders: [folders[at]], ...asked });
    const found = laidOut.found.with(at, await this.#withTable(laidOut.found[at], asked));
    const option = optionWith(found[at], layout);
    return option ? { ...laidOut, found, chosen: laidOut.chosen.with(at, option) } : laidOut;
  }

  /** Remembers what a person saw and did not change, or chose. */
  async remember({ folders, chosen, split }: LaidOut): Promise<void> {
    const own = new Set(folders);
    const others = Object.entries(this.#all).filter(([folder]) => !own.has(folder));
    const added = folders.map((folder, i): [string, Choice] => [
      folder,
      { layout: chosen[i].layout, ...(split && { split }) },
    ]);
    await this.#memory.update(KEY, Object.fromEntries([...others, ...added].slice(-MOST)));
    this.#changed.tell();
  }

  get #all(): Readonly<Record<string, unknown>> {
    return this.#memory.get<Record<string, unknown>>(KEY, {});
  }

  #choiceOf(folder: string): Choice | undefined {
    const { layout, split } = (this.#all[folder] ?? {}) as Partial<Choice>;
    if (!isLayout(layout)) return undefined;
    return { layout, split: isSplitName(split) ? split : undefined };
  }
}

/** All ways in which a folder may be read, the recognized one first. */
export function optionsOf(found: FolderLayout): readonly LayoutOption[] {
  return [found, ...found.alternatives];
}

function optionWith(found: FolderLayout, layout: Layout | undefined): LayoutOption | undefined {
  return layout && optionsOf(found).find((option) => isSameLayout(option.layout, layout));
}

/** How calls name them. */
export function imagesOf({ folders, chosen, split }: LaidOut): ImageFolders {
  return { folders, layouts: chosen.map(({ layout }) => layout), ...(split && { split }) };
}

/** Whether a person should see how folders are read before anything runs. */
export function isWorthAsking({ found, confirmed }: LaidOut): boolean {
  return !confirmed && !found.every((one) => one.refused.length === 0 && goesWithoutSaying(one));
}
