import type { ImageFolders } from '../core/folders/layout.ts';
import type { ImportedLabels } from '../core/imports/importedLabels.ts';
import type { ChosenColumns } from '../core/imports/tableOfLabels.ts';
import type { Moved } from '../core/truths/movedRows.ts';
import type { Given } from '../core/truths/truth.ts';
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

/** Labels of another program, and the folder whose images they are of. */
export interface LabelFileParams {
  readonly file: string;
  readonly folder: string;
  readonly columns?: ChosenColumns | undefined;
  /** Labels that should be in it; absent: any may be. */
  readonly targets?: readonly string[] | undefined;
}

interface Names {
  readonly count: number;
  readonly first: readonly string[];
}

/** What a file of labels says of the images of a folder. */
export interface LabelFile extends Pick<ImportedLabels, 'format' | 'columns' | 'unlabelled' | 'answered'> {
  /** Images in the folder. */
  readonly images: number;
  /** What is said, each once. */
  readonly givens: readonly Given[];
  /** Images of which something is said, relative to the folder, and for each the place in {@link givens}. */
  readonly names: readonly string[];
  readonly numbers: readonly number[];
  /** Labels with how many images have them, the most frequent first. */
  readonly labels: readonly (readonly [label: string, images: number])[];
  /** Labels that are none of the targets. */
  readonly unknown: readonly string[];
  /** Images in the file that the folder does not have, or has several of under that name; and those with several labels. */
  readonly missing: Names;
  readonly ambiguous: Names;
  readonly several: Names;
}

/** What the engine offers for the labels that persons give. */
export interface TruthMethods {
  /**
   * Finds images that were renamed or moved by what is in them, as far as their outputs are cached; the others are read.
   * From then on labels of this engine follow them; tables are written by whoever asks.
   */
  followTruths: Call<ImageFolders, readonly FollowedTruths[]>;
  /** Reads labels of another program for the images of a folder. Nothing is written. */
  readLabelFile: Call<LabelFileParams, LabelFile>;
  /** Headers of the columns of such a file; none where it is no table. */
  columnsOfLabelFile: Call<{ readonly file: string }, readonly string[]>;
}
