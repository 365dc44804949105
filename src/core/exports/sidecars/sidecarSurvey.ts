import type { Problem } from '../../errors.ts';

/** What writing sidecars does, before it is done. */
export interface SurveyedSidecars {
  /** Absolute; those in which anything changes. */
  readonly folders: readonly string[];
  readonly created: number;
  /** Files that are there and get the label, or lose the one of before. */
  readonly merged: number;
  /** Images whose sidecars say the same already, or that have none and need none. */
  readonly unchanged: number;
  /** How many images cannot have one, and why the first of them. */
  readonly left: number;
  readonly problems: readonly { readonly file: string; readonly problem: Problem }[];
}
