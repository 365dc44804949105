import { inNaturalOrder } from '../../core/text/naturalOrder.ts';
import { type ClassOptions, type FoundClass, listClassFolders } from '../folders/classFolders.ts';
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
  const { labels, came } = await truths.of({ folders: [folder], layouts: [options.layout ?? null] });
  if (labels.size === 0) return listClassFolders(folder, options);
  const folders = came ? [] : await listClassFolders(folder, options);
  if (folders.some(({ empty }) => !empty)) return folders;
  const named = [...labels].sort(([a], [b]) => inNaturalOrder(a, b));
  return named.map(([name, images]) => ({
    name,
    empty: false,
    images: options.counted ? images : undefined,
  }));
}
