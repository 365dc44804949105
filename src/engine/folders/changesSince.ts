import type { ImageFolders } from '../../core/folders/layout.ts';
import type { ChangedFolders } from '../../protocol/classification.ts';
import { type ImageState, imageState } from '../outputs/outputIndex.ts';
import { walkImages } from './imageWalk.ts';

/** Files of which only something else than size and time of change is another are read, at most so many. */
const MOST_READ = 500;

/** What caches know of the content of images. */
interface KnownContents {
  /** Whether a file with this path, size and time of change was seen. */
  knows(image: ImageState): boolean;
  has(image: ImageState): boolean;
  recognize(image: ImageState): Promise<unknown>;
}

/**
 * How images of folders differ from those that there were at some time.
 * @param paths of the images then
 * @param since milliseconds since 1970
 * @param known absent: a file that was swapped for another with its time kept is not noticed
 */
export async function changesSince(
  images: ImageFolders,
  { paths, since }: { readonly paths: readonly string[]; readonly since: number },
  known: KnownContents | undefined,
  signal: AbortSignal,
): Promise<ChangedFolders> {
  const before = new Set(paths);
  let [arrived, changed, read] = [0, 0, 0];
  for await (const found of walkImages(images, { signal })) {
    const was = before.delete(found.path);
    if (found.kind !== 'image') continue;
    if (!was) {
      arrived++;
      continue;
    }
    const state = await imageState(found.path).catch(() => undefined);
    if (!state) continue;
    if (state.modified > since) changed++;
    else if (state.changed > since && known?.knows(state) && !known.has(state) && read < MOST_READ) {
      read++;
      if ((await known.recognize(state)) === undefined) changed++;
    }
  }
  signal.throwIfAborted();
  return { arrived, changed, gone: before.size };
}
