import type { ImageFolders } from '../../core/folders/layout.ts';
import { inNaturalOrder } from '../../core/text/naturalOrder.ts';
import type { ImageTruths } from '../../core/truths/imageTruths.ts';
import { type ClassOptions, type FoundClass, listClassFolders } from '../folders/classFolders.ts';
import { walkTogether } from '../folders/imageWalk.ts';
import type { TruthTables } from './truthTables.ts';

/**
 * The classes of a folder's images: its class folders; where a table came with the images, or only persons told them
 * apart, the labels that they have.
 * @param options as for `listClassFolders`, which this may be
 */
export async function classesOf(
  folder: string,
  truths: TruthTables,
  options: ClassOptions = {},
): Promise<readonly FoundClass[]> {
  const images = { folders: [folder], layouts: [options.layout ?? null], split: options.split };
  const known = await truths.of(images);
  if (known.labels.size === 0) return listClassFolders(folder, options);
  const folders = known.came ? [] : await listClassFolders(folder, options);
  if (folders.some(({ empty }) => !empty)) return folders;
  const labels = options.split === undefined ? known.labels : await labelsOf(images, known);
  const named = [...labels].sort(([a], [b]) => inNaturalOrder(a, b));
  return named.map(([name, images]) => ({
    name,
    empty: false,
    images: options.counted ? images : undefined,
  }));
}

/** The labels of the images of a split, each with how many have it: tables may not say of which split an image is. */
async function labelsOf(images: ImageFolders, truths: ImageTruths): Promise<ReadonlyMap<string, number>> {
  const labels = new Map<string, number>();
  for await (const some of walkTogether(images))
    for (const found of some) {
      const label = found.kind === 'image' ? truths.of(found.path)?.label : undefined;
      if (label !== undefined) labels.set(label, (labels.get(label) ?? 0) + 1);
    }
  return labels;
}
