import type { GIVEN } from '../core/truths/imageTruths.ts';
import type { Call } from './rpc.ts';

/** How an image got what is known of it, as a number: by a person, who took over what was shown, or by an agent. */
export const GIVEN_HOW = { labeled: 0, accepted: 1, agent: 2 } as const;

/** What a person, or an agent for one, said of images, side by side. */
export interface GivenColumns {
  /** Index of the label in {@link LabellingState.labels}, or one of {@link GIVEN}. */
  readonly given: Int32Array;
  /** One of {@link GIVEN_HOW}; of an image of which nothing was said, the first. */
  readonly how: Uint8Array;
}

/** What is known of some images by now. */
export interface GivenImages extends GivenColumns {
  readonly images: Int32Array;
}

/** Where labelling is: told at once and after every change. */
export interface LabellingState {
  /**
   * Labels that images may have: the target labels of the run, then others that a person gave. It only grows at its end.
   * Absent: as told before.
   */
  readonly labels?: readonly string[] | undefined;
  /** Keys of labels that a person chose. Absent: as told before. */
  readonly keys?: Readonly<Record<string, string>> | undefined;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** Why labels are not on disk yet, or could not be read. */
  readonly problem?: string | undefined;
  /** Images whose labels are others than before; `all`: which ones is not known. */
  readonly changed?: GivenImages | 'all' | undefined;
}

/** Labels for images that are looked at together, as one step that can be undone. */
export interface GiveParams {
  readonly run: number;
  readonly images: readonly number[];
  /** Of each image: what {@link GivenColumns.given} is to say, `GIVEN.nothing` to take back what was given. */
  readonly given: readonly number[];
  /** The labels are answers that were accepted, or those of an agent that were confirmed. */
  readonly accepted: boolean;
}

/** How the results page gives labels to images. */
export interface LabellingApi {
  watchLabels: Call<{ readonly run: number }, never, LabellingState>;
  givens: Call<{ readonly run: number; readonly from: number; readonly to: number }, GivenColumns>;
  /** Answers when it is on disk. */
  give: Call<GiveParams>;
  /** Takes back or repeats the last step. @returns images that it changed, as far as they are known */
  undoLabels: Call<{ readonly run: number; readonly redo: boolean }, readonly number[]>;
  /** Asks for another key of a label. `keys` has those of all labels. */
  changeKey: Call<{
    readonly run: number;
    readonly label: string;
    readonly keys: Readonly<Record<string, string>>;
  }>;
  /**
   * Adds a target label to the alignment, asked for where absent; results are then scored again.
   * @returns its index at once, -1 where the person changed their mind
   */
  addLabel: Call<{ readonly run: number; readonly label?: string | undefined }, number>;
  /** Asks for another name, for images and alignment. */
  renameLabel: Call<{ readonly run: number; readonly label: string }>;
  /** Asks for the label that takes its place. */
  mergeLabel: Call<{ readonly run: number; readonly label: string }>;
}
