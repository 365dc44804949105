import type { Likenesses } from '../../core/likeness/likeness.ts';
import { nearDuplicates } from '../../core/likeness/nearDuplicates.ts';
import { oddImages } from '../../core/likeness/oddImages.ts';
import { type Call, moving } from '../../protocol/rpc.ts';
import { serveStarter } from '../threads/serveStarter.ts';
import { openProduct } from './matrixProduct.ts';

/** Entry of a likeness worker: comparing 100,000 images takes seconds, in which the engine must go on answering. */

/** What images are to one another. */
export interface Compared {
  /** Per image the number of its group of near-duplicates, -1 for none. */
  readonly groups: Int32Array;
  /** Images unlike all others, the oddest first. */
  readonly odd: Int32Array;
}

export interface LikenessApi {
  compare: Call<Likenesses, Compared>;
  groups: Call<Likenesses, Int32Array>;
}

serveStarter<LikenessApi>({
  compare: async (images, { signal }) => {
    const groups = await nearDuplicates(images, { signal });
    const { product, release } = await openProduct();
    try {
      const odd = await oddImages(images, { product, signal });
      return moving({ groups, odd }, [groups.buffer, odd.buffer]);
    } finally {
      await release();
    }
  },
  groups: (images, { signal }) => nearDuplicates(images, { signal }),
});
