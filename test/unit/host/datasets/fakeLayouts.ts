import { SemapError } from '../../../../src/core/errors.ts';
import type { FolderLayout, LayoutOption, RefusedTable } from '../../../../src/core/folders/layout.ts';
import { type Listing, recogniseLayout } from '../../../../src/core/folders/recogniseLayout.ts';
import { phrase } from '../../../../src/core/text/text.ts';
import { FolderLayouts } from '../../../../src/host/datasets/folderLayouts.ts';
import { fakeEngine } from '../results/fakeRun.ts';

/** Folders by their names; names of images are the leaves. */
export interface Tree {
  readonly [name: string]: Tree | readonly string[];
}

function listing(name: string, tree: Tree | readonly string[]): Listing {
  if (isImages(tree)) return { name, looked: true, images: tree, folders: [] };
  const folders = Object.entries(tree).map(([inner, below]) => listing(inner, below));
  return { name, looked: true, images: [], folders };
}

function isImages(tree: Tree | readonly string[]): tree is readonly string[] {
  return Array.isArray(tree);
}

/** How the engine reads a folder with this below it. */
export function layoutOf(
  folder: string,
  tree: Tree | readonly string[],
  refused: readonly RefusedTable[] = [],
): FolderLayout {
  const { option, alternatives } = recogniseLayout(listing(folder.split('/').at(-1) ?? '', tree));
  return { folder, ...option, alternatives, refused };
}

/** Class folders with an image each. */
export function classesTree(classes: readonly string[]): Tree {
  return Object.fromEntries(classes.map((name) => [name, ['1.png']]));
}

/** Remembers by hand what VS Code keeps with a workspace. */
export function fakeMemory(kept = new Map<string, unknown>()) {
  return {
    kept,
    get: <T>(key: string, otherwise?: T) => (kept.get(key) as T) ?? otherwise,
    update: async (key: string, value: unknown) => void kept.set(key, value),
  };
}

/**
 * @param trees what lies below folders; nothing below others
 * @param tables files, and how images are read by them, the likeliest way first
 * @param labeled images that got a label one by one
 */
export function fakeLayouts(
  trees: Readonly<Record<string, Tree | readonly string[]>>,
  memory = fakeMemory(),
  tables: Readonly<Record<string, readonly LayoutOption[]>> = {},
  labeled = 0,
): FolderLayouts {
  const engine = fakeEngine({
    recogniseLayouts: ({
      folders,
      table,
      column,
    }: {
      folders: readonly string[];
      table?: string;
      column?: string;
    }) =>
      folders.map((folder) => {
        const found = layoutOf(folder, trees[folder] ?? []);
        if (table === undefined) return found;
        const of = (option: LayoutOption) =>
          option.layout.kind === 'table' && option.layout.table.label === column;
        const [first, ...others] = (tables[table] ?? []).toSorted((a, b) => Number(of(b)) - Number(of(a)));
        if (first) return { ...found, ...first, alternatives: [...others, found] };
        throw new SemapError('invalid-labels', phrase('{0} does not exist.', table));
      }),
  } as never);
  return new FolderLayouts(engine, memory as never, async () => labeled);
}

/** Labels of a column of a table. */
export function tableOption(file: string, label: string, examples: readonly string[]): LayoutOption {
  const layout = { kind: 'table', table: { file, image: 'id', label } } as const;
  return { layout, classes: examples.length, examples, columns: ['breed', 'size'], splits: [] };
}
