import type { FolderLayout, RefusedTable } from '../../../../src/core/folders/layout.ts';
import { type Listing, recogniseLayout } from '../../../../src/core/folders/recogniseLayout.ts';
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

/** @param trees what lies below folders; nothing below others */
export function fakeLayouts(
  trees: Readonly<Record<string, Tree | readonly string[]>>,
  memory = fakeMemory(),
): FolderLayouts {
  const engine = fakeEngine({
    recogniseLayouts: ({ folders }: { folders: readonly string[] }) =>
      folders.map((folder) => layoutOf(folder, trees[folder] ?? [])),
  } as never);
  return new FolderLayouts(engine, memory as never);
}
