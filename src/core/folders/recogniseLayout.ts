import {
  CLASS_FOLDERS,
  type FoundSplit,
  isSameLayout,
  type Layout,
  type LayoutOption,
  splitNames,
  splitOf,
  withSplitOf,
} from './layout.ts';
import { classInName, placeOf } from './placing.ts';

/** What a bounded look at a folder found. */
export interface Listing {
  readonly name: string;
  /** Whether it was looked into; otherwise only its name is known. */
  readonly looked: boolean;
  /** Images directly in it. */
  readonly images: readonly string[];
  readonly folders: readonly Listing[];
  /** Files directly in it that may be tables of labels. */
  readonly tables?: readonly string[] | undefined;
}

/** Folders that only hold the images, and are called by no class. */
const WRAPPER =
  /^(?:images?|imgs?|data|datasets?|photos?|pictures?|pics|jpegimages|jpe?gs?|pngs?|files|archive|raw)$/i;
/** Levels of folders that may be classes. */
const DEEPEST = 5;
/** Images in the root of a folder of splits: a logo, a sheet of samples. */
const FEW_IMAGES = 5;
const EXAMPLES = 5;

/** How a folder is laid out, and other ways to read it, the likeliest first. */
export function recogniseLayout(listing: Listing): {
  readonly option: LayoutOption;
  readonly alternatives: readonly LayoutOption[];
} {
  const levels = levelsOf(listing);
  const likely = likeliest(listing, levels);
  const byLevel = levels
    .slice(1)
    .map((_, i): Layout => withSplitOf({ kind: 'classes', level: i + 1 }, likely));
  const withoutSplit: Layout[] = likely.splitLevel ? [{ kind: 'classes', level: likely.splitLevel }] : [];
  const names: Layout[] = isPattern(imageNames(listing), 0.5) ? [withSplitOf({ kind: 'names' }, likely)] : [];
  const others = [...byLevel, ...names, withSplitOf({ kind: 'flat' }, likely), ...withoutSplit];
  const different = others.filter(
    (layout, i) =>
      !isSameLayout(layout, likely) && others.findIndex((other) => isSameLayout(other, layout)) === i,
  );
  return {
    option: optionOf(listing, likely),
    alternatives: different.map((layout) => optionOf(listing, layout)),
  };
}

/** Folders that may hold images, by how far they are below the chosen one, which is the first. */
function levelsOf(listing: Listing): readonly (readonly Listing[])[] {
  const levels: (readonly Listing[])[] = [[listing]];
  while (levels.length <= DEEPEST) {
    const next = levels[levels.length - 1].flatMap(({ folders }) => folders.filter(mayHoldImages));
    if (next.length === 0) break;
    levels.push(next);
  }
  return levels;
}

function mayHoldImages({ looked, images, folders }: Listing): boolean {
  return !looked || images.length > 0 || folders.some(mayHoldImages);
}

function likeliest(listing: Listing, levels: readonly (readonly Listing[])[]): Layout {
  // Class folders that are yet to be filled.
  if (levels.length === 1 && listing.images.length === 0 && listing.folders.length > 0) return CLASS_FOLDERS;
  const splitLevel = splitLevelOf(listing, levels);
  const split = splitLevel === undefined ? {} : { splitLevel };
  // Of the folders above the splits, those that are no wrapper are the classes.
  if (splitLevel !== undefined && splitLevel > 1 && levels[splitLevel - 1].length > 1)
    return { kind: 'classes', level: splitLevel - 1, ...split };
  let level = (splitLevel ?? 0) + 1;
  while (level < levels.length && isWrapped(levels[level - 1], levels[level])) level++;
  if (level < levels.length) return { kind: 'classes', level, ...split };
  // Of a split that is to be answered, nobody has the labels.
  const parts = splitLevel ? levels[splitLevel] : [listing];
  const clear = parts.some((part) => isPattern(imageNames(part), 0.95));
  return { kind: clear ? 'names' : 'flat', ...split };
}

function splitLevelOf(listing: Listing, levels: readonly (readonly Listing[])[]): number | undefined {
  if (listing.images.length > FEW_IMAGES) return undefined;
  for (const [level, folders] of levels.entries()) {
    if (level === 0) continue;
    const splits = folders.map(({ name }) => splitOf(name));
    if (splits.every(Boolean) && (level === 1 || new Set(splits).size > 1)) return level;
  }
  return splitOf(listing.name) ? 0 : undefined;
}

/** Whether all that a level has is one folder in each of the level above, called after nothing that is in it. */
function isWrapped(above: readonly Listing[], folders: readonly Listing[]): boolean {
  const looked = above.filter((parent) => parent.looked && mayHoldImages(parent));
  return (
    folders.length <= looked.length &&
    looked.every((parent) => {
      const inner = parent.folders.filter(mayHoldImages);
      return (
        inner.length === 0 ||
        (inner.length === 1 && (WRAPPER.test(inner[0].name) || isRepeated(parent, inner[0])))
      );
    })
  );
}

/** `pets/pets/cat`: programs that unpack archives make such. */
function isRepeated(parent: Listing, { name, folders }: Listing): boolean {
  return name === parent.name && folders.some(mayHoldImages);
}

function imageNames({ images, folders }: Listing): readonly string[] {
  return [...images, ...folders.flatMap(imageNames)];
}

/** Whether file names begin with classes: several, each with several images. @param share of the names that must */
function isPattern(names: readonly string[], share: number): boolean {
  const counts = new Map<string, number>();
  let matching = 0;
  for (const name of names) {
    const found = classInName(name);
    if (found === undefined) continue;
    matching++;
    counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  const several = [...counts.values()].filter((count) => count > 1).length;
  return matching >= share * names.length && several >= 2 && several >= 0.75 * counts.size;
}

/** What comes of reading a folder in a way. */
function optionOf(listing: Listing, layout: Layout): LayoutOption {
  const classes = new Set<string>();
  const splits = new Map<string, { readonly names: Set<string>; readonly classes: Set<string> }>();
  const count = (folders: readonly string[], fileName: string, isClass: boolean) => {
    const { classFolder, split } = placeOf(layout, listing.name, folders, fileName);
    if (isClass) classes.add(classFolder);
    if (!split) return;
    const found = splits.get(split) ?? { names: new Set(), classes: new Set() };
    splits.set(split, found);
    found.names.add(layout.splitLevel ? folders[layout.splitLevel - 1] : listing.name);
    if (isClass) found.classes.add(classFolder);
  };
  const deepest = Math.max(layout.splitLevel ?? 0, layout.kind === 'classes' ? layout.level : 0);
  const look = (folder: Listing, above: readonly string[]) => {
    if (layout.kind === 'classes' && above.length === layout.level)
      classes.add(placeOf(layout, '', above, '').classFolder);
    if (above.length >= deepest) count(above, '', layout.kind === 'classes');
    if (layout.kind === 'names')
      for (const name of folder.images) count(above, name, classInName(name) !== undefined);
    if (above.length < deepest || layout.kind === 'names')
      for (const inner of folder.folders) if (mayHoldImages(inner)) look(inner, [...above, inner.name]);
  };
  look(listing, []);
  return {
    layout,
    classes: classes.size,
    examples: [...classes].slice(0, EXAMPLES),
    splits: splitNames.flatMap((split): FoundSplit[] => {
      const found = splits.get(split);
      if (!found) return [];
      // Not every class folder was looked into.
      const all = layout.kind === 'classes' && layout.level < (layout.splitLevel ?? 0);
      return [{ split, names: [...found.names], classes: all ? classes.size : found.classes.size }];
    }),
  };
}
