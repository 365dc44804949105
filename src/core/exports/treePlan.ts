import { type SplitName, splitNames } from '../folders/layout.ts';
import { stratifiedSplit } from '../training/split.ts';
import type { ExportedImage, ExportSource } from './exportedRun.ts';
import type { PlaceMode, PlanList } from './filePlan.ts';
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
  /** Index into the counts of the plan. */
  readonly label: number;
  readonly split: SplitName | undefined;
  readonly row?: readonly [list: number, text: string] | undefined;
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

/**
 * Where each image of a source goes. Two exports of the same images to the same place are the same plan.
 */
export async function planTree(
  source: ExportSource,
  options: TreeOptions,
  target: TreeTarget = { below: () => undefined, taken: [] },
): Promise<TreePlan> {
  const layout: TreeLayout = treeLayouts[options.layout];
  const images: ExportedImage[] = [];
  let unlabeled = 0;
  for await (const some of source.images()) {
    for (const image of some) {
      if (image.label !== '' || options.unlabeled !== undefined) images.push(image);
      else unlabeled++;
    }
  }
  const splitOf = splitsOf(images, options, layout, source.run.has.splits);
  const splits = splitNames.filter((name) => splitOf?.includes(name));
  const classes = new Classes(source.run.labels, options.unlabeled);
  const names = new Names(target, layout);
  for (const { label } of images) classes.of(label);
  const lists = new Lists(layout, options, classes.labels);
  const files: TreeFile[] = [];
  const renamedFiles: { from: string; to: string }[] = [];
  let renamed = 0;
  let inPlace = 0;
  // Those that stay keep their names, whoever comes first.
  const stays = images.map((image, i) => {
    const at = target.below(image.path);
    if (at === undefined) return false;
    const folder = layout.folder(classes.of(image.label).folder, splitOf?.[i]);
    return at.slice(0, Math.max(0, at.lastIndexOf('/'))) === folder;
  });
  for (const [i, image] of images.entries()) {
    const split = splitOf?.[i];
    const one = classes.of(image.label);
    const key = split ?? 'all';
    one.images[key] = (one.images[key] ?? 0) + 1;
    if (stays[i]) {
      inPlace++;
      continue;
    }
    const own = image.relative.slice(image.relative.lastIndexOf('/') + 1);
    const folder = layout.folder(one.folder, split);
    const name = names.unique(folder, own);
    const to = folder === '' ? name : `${folder}/${name}`;
    if (name !== own) {
      renamed++;
      if (renamedFiles.length < MOST_RENAMED) renamedFiles.push({ from: image.path, to });
    }
    files.push({ from: image.path, to, label: one.index, split, row: lists.row(image, to, split) });
  }
  const counts = classes.counts;
  const missing = splits.flatMap((split) =>
    counts.flatMap(({ label, images }) => (images[split] ? [] : [{ label, split }])),
  );
  return {
    files,
    counts,
    splits,
    lists: lists.all,
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

/** Per image its split; undefined where there are none. */
function splitsOf(
  images: readonly ExportedImage[],
  { splits, seed = 0 }: TreeOptions,
  { alwaysSplit, shares }: TreeLayout,
  hasSplits: boolean,
): (SplitName | undefined)[] | undefined {
  const wanted = splits ?? (hasSplits ? 'keep' : (shares ?? 'none'));
  if (wanted === 'none') return alwaysSplit ? images.map(() => 'train') : undefined;
  if (wanted === 'keep') {
    if (!hasSplits) return alwaysSplit ? images.map(() => 'train') : undefined;
    return images.map(({ split }) => split ?? 'train');
  }
  const { train, val, test } = wanted;
  const sum = train + val + test;
  const places = new Map<string, number>();
  // Those that have a split keep it.
  const drawn = images.flatMap(({ path, relative, folder, label, split, looks }, i) =>
    split === undefined
      ? [{ path, key: `${folder}/${relative}`, truth: place(places, label), i, group: looks?.group ?? -1 }]
      : [],
  );
  const result = images.map(({ split }) => split);
  const part = (some: typeof drawn, share: number, name: SplitName) => {
    if (share === 0) return some;
    const groups = some.map(({ group }) => group);
    const parts = stratifiedSplit(some, share, seed, groups);
    for (const { i } of parts.validation) result[i] = name;
    return [...parts.train];
  };
  const rest = part(drawn, test / sum, 'test');
  for (const { i } of part(rest, val / (train + val), 'val')) result[i] = 'train';
  return result;
}

function place(places: Map<string, number>, label: string): number {
  const known = places.get(label);
  if (known !== undefined) return known;
  places.set(label, places.size);
  return places.size - 1;
}

interface Class extends TreeCount {
  readonly index: number;
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
    const one = { label, folder, index: this.#byLabel.size, images: {} };
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
    const key = folder.toUpperCase().toLowerCase();
    const known = this.#folders.get(key);
    if (known) return known;
    const names = new UniqueNames([], { byStem: this.#byStem });
    this.#folders.set(key, names);
    return names;
  }
}

/** Lists of a tree: one for all, or one for each split. */
class Lists {
  readonly all: PlanList[] = [];
  readonly #places = new Map<SplitName | undefined, number>();
  readonly #list: ReturnType<NonNullable<TreeLayout['list']>> | undefined;

  constructor(layout: TreeLayout, { metadata = 'jsonl' }: TreeOptions, labels: readonly string[]) {
    this.#list = layout.list?.(metadata, labels);
  }

  row(image: ExportedImage, to: string, split: SplitName | undefined): [number, string] | undefined {
    const text = this.#list?.row(image, to);
    if (this.#list === undefined || text === undefined) return undefined;
    let place = this.#places.get(split);
    if (place === undefined) {
      place = this.all.length;
      this.#places.set(split, place);
      this.all.push({ ...this.#list.file, to: this.#list.path(split) });
    }
    return [place, text];
  }
}
