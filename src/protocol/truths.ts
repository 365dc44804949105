import type { ImageFolders } from '../core/folders/layout.ts';
import type { Moved } from '../core/truths/movedRows.ts';
import type { Call } from './rpc.ts';

/** What became of the images that the table of a folder speaks of. */
export interface FollowedTruths {
  readonly folder: string;
  /** Images that have other names now, relative to the folder. */
  readonly moved: readonly Moved[];
  /** What is in images whose rows do not say. */
  readonly contents: readonly { readonly name: string; readonly content: string }[];
  /** Rows whose images are not there, under no name. They stay. */
  readonly gone: number;
}

/** What the engine offers for the labels that persons give. */
export interface TruthMethods {
  /**
   * Finds images that were renamed or moved by what is in them, as far as their outputs are cached; the others are read.
   * From then on labels of this engine follow them; tables are written by whoever asks.
   */
  followTruths: Call<ImageFolders, readonly FollowedTruths[]>;
}
