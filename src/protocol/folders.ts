import type { FolderLayout, ImageFolders, Layout, SplitName } from '../core/folders/layout.ts';
import type { PassedOver } from '../core/images/imageFiles.ts';
import type { Call } from './rpc.ts';

/** What lies in folders of images, as far as names tell. */
export interface ImageSurvey {
  readonly images: number;
  /** Endings in lower case without a dot, with how many images have them: the most frequent first. */
  readonly endings: readonly (readonly [ending: string, images: number])[];
  /** The first of them, absolute. */
  readonly first: readonly string[];
  /** The first of the folders and files that cannot be read, absolute. */
  readonly unreadable: readonly string[];
  readonly unreadableCount: number;
  /** What is no image that SeMap reads. */
  readonly passedOver: PassedOver | undefined;
}

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
  /** Walks folders once and counts their images; nothing is opened. */
  surveyImages: Call<ImageFolders, ImageSurvey>;
  /** Of which split images are, by their names below a folder; null where nothing says. Nothing is looked for. */
  splitsOf: Call<
    {
      readonly folder: string;
      /** Absent or null: as it is recognized. */
      readonly layout?: Layout | null | undefined;
      readonly names: readonly string[];
    },
    readonly (SplitName | null)[]
  >;
}
