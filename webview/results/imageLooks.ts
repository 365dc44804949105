import { LOOK, type LookCounts, lookCounts } from '../../src/core/likeness/looks.ts';
import type { ImageLooksColumns } from '../../src/protocol/resultsView.ts';

/** What the gallery shows images by, whatever their labels: nearly the same as another, unlike all others, empty, small. */
export const looks = ['alike', 'odd', 'blank', 'tiny'] as const;
export type Look = (typeof looks)[number];

/** What is known of the images of a run whatever their labels. */
export class ImageLooks {
  /** Per image the group of near-duplicates that it is in, -1 for none. */
  readonly groups: Int32Array;
  readonly #looks: Uint8Array;
  /** How many images are what. */
  readonly counts: LookCounts;

  constructor({ groups, looks: bits }: ImageLooksColumns) {
    this.groups = groups;
    this.#looks = bits;
    this.counts = lookCounts(Array.from(bits, (looks, image) => ({ group: groups[image], looks })));
  }

  has(image: number, look: Look): boolean {
    return look === 'alike' ? this.groups[image] >= 0 : (this.#looks[image] & LOOK[look]) !== 0;
  }
}
