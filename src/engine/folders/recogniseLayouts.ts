import { type FolderLayout, type FoundSplit, splitNames } from '../../core/folders/layout.ts';
import { mustBeFolder } from '../../files/folders.ts';
import type { FolderMethods } from '../../protocol/folders.ts';
import { walkImages } from './imageWalk.ts';
import { recogniseFolder } from './layouts.ts';

/**
 * How folders are laid out.
 * @param options `counted` walks them to count the images of each split; `table` says what the images are
 * @throws {SemapError} `not-found` where one is no folder, `invalid-labels` for a table that says nothing, `cancelled`
 */
export async function recogniseLayouts(
  folders: readonly string[],
  { counted = false, ...given }: Omit<FolderMethods['recogniseLayouts']['params'], 'folders'>,
  signal: AbortSignal,
): Promise<readonly FolderLayout[]> {
  await Promise.all(folders.map(mustBeFolder));
  const found = await Promise.all(folders.map((folder) => recogniseFolder(folder, given)));
  return counted ? Promise.all(found.map((one) => withCounts(one, signal))) : found;
}

async function withCounts(found: FolderLayout, signal: AbortSignal): Promise<FolderLayout> {
  const { folder, layout } = found;
  const counts = new Map<string, { images: number; readonly classes: Set<string> }>();
  for await (const image of walkImages({ folders: [folder], layouts: [layout] }, { signal })) {
    if (image.kind !== 'image' || !image.split) continue;
    const count = counts.get(image.split) ?? { images: 0, classes: new Set() };
    counts.set(image.split, count);
    count.images++;
    count.classes.add(image.classFolder);
  }
  signal.throwIfAborted();
  const named = new Map(found.splits.map(({ split, names }) => [split, names]));
  const splits = splitNames.flatMap((split): FoundSplit[] => {
    const { images, classes } = counts.get(split) ?? { images: 0, classes: new Set() };
    const names = named.get(split) ?? [];
    return images === 0 && names.length === 0
      ? []
      : [{ split, names, classes: layout.kind === 'flat' ? 0 : classes.size, images }];
  });
  return { ...found, splits };
}
