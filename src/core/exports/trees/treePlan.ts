import { type SplitName, splitNames } from '../../folders/layout.ts';
import type { PlaceMode, PlanList } from '../../plans/filePlan.ts';
import { stratifiedSplit } from '../../training/split.ts';
import { turns } from '../../work.ts';
import type { ExportSource } from '../exportedRun.ts';
import { fileNameOf, folderNameOf, UniqueNames } from './safeNames.ts';
import { type SplitShares, type TreeLayout, type TreeLayoutId, treeLayouts } from './treeLayouts.ts';

export interface TreeOptions {
  readonly layout: TreeLayoutId;
  readonly mode: PlaceMode;
  /** `keep`: as they are; `none`: one folder for all; shares: those that have none are drawn. Absent: as the layout wants. */
  readonly splits?: 'keep' | 'none' | SplitShares | undefined;
  readonly seed?: number | undefined;
  /** A folder for images without a label; absent: they are left out. */
  readonly unlabeled?: string | undefined;
  /** What lists say, where the layout has some: `jsonl`, `csv` or none. */
  readonly metadata?: 'jsonl' | 'csv' | 'none' | undefined;
}

/** What is in the target already. */
export interface TreeTarget {
  /** Where a file lies below the target, with `/`; undefined for elsewhere. */
  below(file: string): string | undefined;
  /** Files and folders in it, with `/`. */
  readonly taken: readonly string[];
}

export interface TreeFile {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly confidence: number;
  readonly split: SplitName | undefined;
}

/** What a plan keeps of an image: there may be millions. */
interface Kept {
  from: string;
  to: string;
  label: string;
  confidence: number;
  split: SplitName | undefined;
  readonly below: string;
  readonly group: number;
}

/** Images of a label, by split; one of them is `all` where there are no splits. */
export interface TreeCount {
  /** '' for images without a label. */
  readonly label: string;
  readonly folder: string;
  readonly images: Readonly<Partial<Record<SplitName | 'all', number>>>;
}

/** Where images of a classification go, before anybody has looked at the files. */
export interface TreePlan {
  readonly files: readonly TreeFile[];
  readonly counts: readonly TreeCount[];
  readonly splits: readonly SplitName[];
  readonly lists: readonly PlanList[];
  /** What a list says of a file, and which list; undefined where none does. */
  rowOf(file: TreeFile): readonly [list: number, text: string] | undefined;
  /** Folders that are made though no image goes there: all splits have the same classes. */
  readonly folders: readonly string[];
  /** Labels whose folders have other names. */
  readonly renamedLabels: readonly { readonly label: string; readonly folder: string }[];
  /** Images that get other names, and the first of them. */
  readonly renamed: number;
  readonly renamedFiles: readonly { readonly from: string; readonly to: string }[];
  /** Images without a label, which are left out. */
  readonly unlabeled: number;
  /** Images that are where they would go. */
  readonly inPlace: number;
  /** Labels that some of the splits have no image of. */
  readonly missing: readonly { readonly label: string; readonly split: SplitName }[];
}

const MOST_RENAMED = 100;
/** Images whose places are found before others get a turn. */
const AT_A_TIME = 1000;

/**
 * Where each image of a source goes. Two exports of the same images to the same place are the same plan.
 * @throws {SemapError} `cancelled`
 */
export async function planTree(
  source: ExportSource,
  options: TreeOptions,
  target: TreeTarget = { below: () => undefined, taken: [] },
  signal?: AbortSignal,
): Promise<TreePlan> {
  const turn = turns({ signal });
  const layout: TreeLayout = treeLayouts[options.layout];
  const images: Kept[] = [];
  let unlabeled = 0;
  for await (const some of source.images()) {
    for (const { path: from, folder, relative, label, confidence, split, looks } of some) {
      if (label === '' && options.unlabeled === undefined) unlabeled++;
      else {
        const group = looks?.group ?? -1;
        images.push({ from, to: '', label, confidence, split, below: `${folder}/${relative}`, group });
      }
    }
  }
  const isSplit = giveSplits(images, options, layout, source.run.has.splits);
  const splits = splitNames.filter((name) => isSplit && images.some(({ split }) => split === name));
  const classes = new Classes(source.run.labels, options.unlabeled);
  const names = new Names(target, layout);
  for (const { label } of images) classes.of(label);
  const files: Kept[] = [];
  const renamedFiles: { from: string; to: string }[] = [];
  let renamed = 0;
  let inPlace = 0;
  // Those that stay keep their names, whoever comes first: names in the target are taken.
  for (const [i, image] of images.entries()) {
    if (i % AT_A_TIME === 0) await turn();
    const { from, split, below } = image;
    const one = classes.of(image.label);
    const key = split ?? 'all';
    one.images[key] = (one.images[key] ?? 0) + 1;
    const folder = layout.folder(one.folder, split);
    const at = target.below(from);
    if (at !== undefined && at.slice(0, Math.max(0, at.lastIndexOf('/'))) === folder) {
      inPlace++;
      continue;
    }
    const own = below.slice(below.lastIndexOf('/') + 1);
    const name = names.unique(folder, own);
    image.to = folder === '' ? name : `${folder}/${name}`;
    if (name !== own) {
      renamed++;
      if (renamedFiles.length < MOST_RENAMED) renamedFiles.push({ from, to: image.to });
    }
    files.push(image);
  }
  const lists = new Lists(layout, options, classes.labels, isSplit ? splits : [undefined]);
  const counts = classes.counts;
  const missing = splits.flatMap((split) =>
    counts.flatMap(({ label, images }) => (images[split] ? [] : [{ label, split }])),
  );
  return {
    files,
    counts,
    splits,
    lists: lists.all,
    rowOf: (file) => lists.rowOf(file),
    folders: layout.hasClassFolders
      ? missing.map(({ label, split }) => layout.folder(classes.of(label).folder, split))
      : [],
    renamedLabels: counts.filter(({ label, folder }) => label !== folder && label !== ''),
    renamed,
    renamedFiles,
    unlabeled,
    inPlace,
    missing,
  };
}

/** Gives each image its split. @returns false where there are none */
function giveSplits(
  images: readonly Kept[],
  { splits, seed = 0 }: TreeOptions,
  { alwaysSplit, shares }: TreeLayout,
  hasSplits: boolean,
): boolean {
  const wanted = splits ?? (hasSplits ? 'keep' : (shares ?? 'none'));
  if (wanted === 'none' || (wanted === 'keep' && !hasSplits)) {
    for (const image of images) image.split = alwaysSplit ? 'train' : undefined;
    return alwaysSplit === true;
  }
  if (wanted === 'keep') {
    for (const image of images) image.split ??= 'train';
    return true;
  }
  const { train, val, test } = wanted;
  const places = new Map<string, number>();
  // Those that have a split keep it.
  const drawn = images
    .filter(({ split }) => split === undefined)
    .map((image) => ({ path: image.from, key: image.below, truth: place(places, image.label), image }));
  const part = (some: typeof drawn, share: number, name: SplitName) => {
    if (share === 0) return some;
    const groups = some.map(({ image }) => image.group);
    const parts = stratifiedSplit(some, share, seed, groups);
    for (const { image } of parts.validation) image.split = name;
    return [...parts.train];
  };
  const rest = part(drawn, test / (train + val + test), 'test');
  for (const { image } of part(rest, val / (train + val), 'val')) image.split = 'train';
  return true;
}

function place(places: Map<string, number>, label: string): number {
  const known = places.get(label);
  if (known !== undefined) return known;
  places.set(label, places.size);
  return places.size - 1;
}

interface Class extends TreeCount {
  readonly images: Partial<Record<SplitName | 'all', number>>;
}

/** Labels and their folders, in the order of the alignment; kinds and others as they come. */
class Classes {
  readonly #byLabel = new Map<string, Class>();
  readonly #folders = new UniqueNames();
  readonly #unlabeled: string | undefined;

  constructor(labels: readonly string[], unlabeled: string | undefined) {
    this.#unlabeled = unlabeled;
    for (const label of labels) this.of(label);
  }

  of(label: string): Class {
    const known = this.#byLabel.get(label);
    if (known) return known;
    const wanted = folderNameOf(label === '' ? (this.#unlabeled ?? '') : label);
    const folder = this.#folders.unique(wanted, false);
    const one = { label, folder, images: {} };
    this.#byLabel.set(label, one);
    return one;
  }

  get labels(): readonly string[] {
    return [...this.#byLabel.keys()].filter((label) => label !== '');
  }

  get counts(): readonly TreeCount[] {
    return [...this.#byLabel.values()].filter(({ images }) => Object.keys(images).length > 0);
  }
}

/** Names in each folder of the tree. */
class Names {
  readonly #folders = new Map<string, UniqueNames>();
  readonly #byStem: boolean;

  constructor({ taken }: TreeTarget, { byStem }: TreeLayout) {
    this.#byStem = byStem === true;
    for (const file of taken) {
      const slash = file.lastIndexOf('/');
      this.#of(file.slice(0, Math.max(0, slash))).take(file.slice(slash + 1));
    }
  }

  unique(folder: string, name: string): string {
    return this.#of(folder).unique(fileNameOf(name), true);
  }

  #of(folder: string): UniqueNames {
    // What a system takes for the same folder is the same.
    const key = folder.normalize('NFC').toUpperCase().toLowerCase();
    const known = this.#folders.get(key);
    if (known) return known;
    const names = new UniqueNames([], { byStem: this.#byStem });
    this.#folders.set(key, names);
    return names;
  }
}

/** Lists of a tree: one for all, or one for each split. */
class Lists {
  readonly all: readonly PlanList[];
  readonly #splits: readonly (SplitName | undefined)[];
  readonly #list: ReturnType<NonNullable<TreeLayout['list']>> | undefined;

  constructor(
    layout: TreeLayout,
    { metadata = 'jsonl' }: TreeOptions,
    labels: readonly string[],
    splits: readonly (SplitName | undefined)[],
  ) {
    const list = layout.list?.(metadata, labels);
    this.#list = list;
    this.#splits = splits;
    this.all = list ? splits.map((split) => ({ ...list.file, to: list.path(split) })) : [];
  }

  rowOf(file: TreeFile): readonly [number, string] | undefined {
    const text = this.#list?.row(file);
    return text === undefined ? undefined : [this.#splits.indexOf(file.split), text];
  }
}
