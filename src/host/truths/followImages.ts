import { plural } from '../language.ts';
import { showInStatusBar } from '../messages.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { FolderTruths } from './folderTruths.ts';

/** How long it is said that labels followed. */
const SAID_MS = 10_000;

/**
 * Lets labels follow images of folders that were renamed or moved, and says how many did. What is in the images is known
 * best when they were classified.
 */
export async function followImages(engine: Engine, folders: readonly string[]): Promise<void> {
  const truths = FolderTruths.of(folders);
  try {
    await truths.ready;
    const { labelled, none } = truths.counts;
    if (labelled + none === 0) return;
    const moved = await truths.follow(await engine.call('followTruths', { folders: truths.folders }));
    if (moved > 0) {
      const words = plural(
        moved,
        '{0} label followed its renamed image.',
        '{0} labels followed their renamed images.',
      );
      showInStatusBar(words, SAID_MS);
    } else if (truths.gone > 0) {
      const words = plural(
        truths.gone,
        '{0} label is of an image that is no longer there. It is kept.',
        '{0} labels are of images that are no longer there. They are kept.',
      );
      showInStatusBar(words, SAID_MS);
    }
  } finally {
    truths.dispose();
  }
}
