import { SemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import { groupsOfFiles } from '../likeness/folderLikeness.ts';
import { type FindServices, type Listener, runImages, type UsableBackbone } from './findBackbones.ts';
import type { FoundImages } from './findImages.ts';

/**
 * The images of a search with their groups of near-duplicates, which it takes outputs of a backbone to see. What no backbone
 * can read is left out: no way can be blamed for it. What only some backbones have no finite scores of stays.
 * @throws {SemapError} `no-images` when none can be read; cancelled
 */
export async function groupedImages(
  found: FoundImages,
  usable: readonly UsableBackbone[],
  services: FindServices,
  listener: Omit<Listener, 'onDone'> & {
    readonly onDone: (backbone: string, done: number, total: number) => void;
  },
): Promise<FoundImages> {
  const { images } = found;
  const { signal } = listener;
  const unread = new Set(images.keys());
  let groupOf: ReadonlyMap<number, number> | undefined;
  let isAsked = false;
  for (const backbone of usable) {
    if (unread.size === 0) break;
    try {
      const run = await runImages(services, backbone, images, [...unread], {
        ...listener,
        onDone: (done, total) => listener.onDone(backbone.name, done, total),
      });
      isAsked = true;
      for (const at of run.places) unread.delete(at);
      if (groupOf || run.places.length === 0) continue;
      const files = run.places.map((at) => images[at].path);
      const cache = await services.outputs.open(backbone.prepared.backbone);
      const groups = await groupsOfFiles(files, run.outputs, cache, signal);
      groupOf = new Map(run.places.map((at, row) => [at, groups[row]]));
    } catch {
      signal.throwIfAborted();
      // Its problem is told where it is tried.
    }
  }
  if (!isAsked) return found;
  const read = [...images.keys()].filter((at) => !unread.has(at));
  if (read.length === 0)
    throw new SemapError('no-images', phrase('None of the {0} sampled images can be read.', images.length));
  return {
    ...found,
    images: read.map((at) => ({ ...images[at], group: groupOf?.get(at) ?? -1 })),
    first: read.filter((at) => at < found.first).length,
  };
}
