import type { FolderLayout } from '../core/folders/layout.ts';
import type { Call } from './rpc.ts';

/** What the engine offers for folders of images before anything runs on them. */
export interface FolderMethods {
  /**
   * How folders are laid out: splits above or below class folders, class folders and their levels, a table, names of files,
   * or flat. A bounded look, whatever the folders hold; with `counted`, all is walked to count the images of each split.
   */
  recogniseLayouts: Call<
    {
      readonly folders: readonly string[];
      readonly counted?: boolean | undefined;
      /** A table that says what the images are, absolute; an error where it cannot. */
      readonly table?: string | undefined;
      /** Header of its column with the labels; absent: the likeliest. */
      readonly column?: string | undefined;
    },
    readonly FolderLayout[]
  >;
}
