import path from 'node:path';
import { cancelled } from '../../core/errors.ts';
import type { ImageFolders } from '../../core/folders/layout.ts';
import type { ImageSurvey } from '../../protocol/folders.ts';
import { walkTogether } from './imageWalk.ts';
import { PassedOverList } from './passedOverList.ts';

/** So many images, and folders that cannot be read, are named; all are counted. */
const MOST_NAMED = 20;

/**
 * Walks folders once and counts what lies in them. Nothing is opened.
 * @throws {SemapError} `cancelled`
 */
export async function surveyImages(images: ImageFolders, signal: AbortSignal): Promise<ImageSurvey> {
  const endings = new Map<string, number>();
  const first: string[] = [];
  const unreadable: string[] = [];
  const passedOver = new PassedOverList();
  let count = 0;
  let unreadableCount = 0;
  for await (const some of walkTogether(images, { signal, passedOver })) {
    if (signal.aborted) throw cancelled();
    for (const entry of some) {
      if (entry.kind === 'unreadable') {
        if (unreadable.length < MOST_NAMED) unreadable.push(entry.path);
        unreadableCount++;
        continue;
      }
      const ending = path.extname(entry.path).slice(1).toLowerCase();
      endings.set(ending, (endings.get(ending) ?? 0) + 1);
      if (first.length < MOST_NAMED) first.push(entry.path);
      count++;
    }
  }
  if (signal.aborted) throw cancelled();
  return {
    images: count,
    endings: [...endings].sort(([, a], [, b]) => b - a),
    first,
    unreadable,
    unreadableCount,
    passedOver: passedOver.all,
  };
}
