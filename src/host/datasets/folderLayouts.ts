import type * as vscode from 'vscode';
import {
  type FolderLayout,
  type ImageFolders,
  isLayout,
  isSameLayout,
  type Layout,
  type LayoutOption,
  type SplitName,
  splitNames,
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

  readonly #changed = new Listeners();

  /** Something was chosen. */
  readonly onDidChange = this.#changed.on;

  /** @param memory of the workspace */
  constructor(engine: Pick<Engine, 'call'>, memory: Pick<vscode.Memento, 'get' | 'update'>) {
    this.#engine = engine;
    this.#memory = memory;
  }

  /**
   * @param about how they were read in a run of before, absent: as is remembered; whether images of splits are counted, for
   *   which all of it is walked
   */
  async of(
    folders: readonly string[],
    { before, counted }: { readonly before?: ImageFolders; readonly counted?: boolean } = {},
  ): Promise<LaidOut> {
    const found = await this.#engine.call('recogniseLayouts', { folders, ...(counted && { counted }) });
    const choices = folders.map((folder, i): Choice | undefined => {
      const layout = before?.layouts?.[i];
      return layout ? { layout, split: before?.split } : this.#choiceOf(folder);
    });
    const kept = found.map((one, i) => optionWith(one, choices[i]?.layout));
    const chosen = found.map((one, i) => kept[i] ?? one);
    const confirmed = kept.every((option) => option !== undefined);
    const split =
      confirmed && choices.every((one) => one?.split === choices[0]?.split) ? choices[0]?.split : undefined;
    const isThere = chosen.some(({ splits }) => splits.some((one) => one.split === split));
    return { folders, found, chosen, confirmed, ...(split && isThere && { split }) };
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
    return { layout, split: splitNames.find((one) => one === split) };
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

/** Whether a person should see how folders are read before anything runs: plain class folders speak for themselves. */
export function isWorthAsking({ found, confirmed }: LaidOut): boolean {
  const isPlain = ({ layout, splits, refused }: FolderLayout) =>
    splits.length === 0 &&
    refused.length === 0 &&
    (layout.kind === 'flat' || (layout.kind === 'classes' && layout.level === 1));
  return !confirmed && !found.every(isPlain);
}
