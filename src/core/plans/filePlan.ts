import type { Text } from '../text/text.ts';

/** How a file gets to its place. */
export const placeModes = ['copy', 'hardlink', 'symlink', 'move'] as const;
export type PlaceMode = (typeof placeModes)[number];

/** What is needed to tell a file from another that took its place meanwhile. */
interface Source {
  readonly bytes: number;
  /** When its content was changed, in milliseconds since 1970. */
  readonly modified: number;
}

/** One image gets its place. */
export interface PlaceStep extends Source {
  readonly do: PlaceMode;
  /** Absolute. */
  readonly from: string;
  /** Below the folder of the plan, with `/`. */
  readonly to: string;
  /** What a list says of the image once it is placed: of which list, and the words. */
  readonly row?: readonly [list: number, text: string] | undefined;
}

/** A text becomes a new file. */
export interface WriteStep {
  readonly do: 'write';
  /** Below the folder of the plan, with `/`. */
  readonly to: string;
  readonly text: string;
}

/** A file gets another content, for as long as it has the one that the plan knows. */
export interface ReplaceStep {
  readonly do: 'replace';
  /** Below the folder of the plan, with `/`. */
  readonly to: string;
  readonly text: string;
  /** Its bytes of before, as base64: what undoing brings back. */
  readonly was: string;
}

export type PlanStep = PlaceStep | WriteStep | ReplaceStep;

/** A file about all images that got their places, such as `metadata.csv`: written when they have. */
export interface PlanList {
  /** Below the folder of the plan, with `/`. */
  readonly to: string;
  readonly head: string;
  readonly separator: string;
  readonly tail: string;
}

/**
 * What is to happen to files, before any of it does. Everything that is made lies below one folder, and nothing that is
 * there is overwritten but by {@link ReplaceStep}.
 */
export interface FilePlan {
  /** Absolute; made where it is missing. */
  readonly folder: string;
  /** What it is for: the id of a format. */
  readonly title: string;
  readonly steps: Iterable<PlanStep> | AsyncIterable<PlanStep>;
  /** Folders that are made though nothing may be placed in them; those on the way to files need no word. */
  readonly folders?: readonly string[] | undefined;
  readonly lists?: readonly PlanList[] | undefined;
  /** Absolute folders whose tables of labels follow images that are moved out of them or in them. */
  readonly truthFolders?: readonly string[] | undefined;
}

/** Why a step was not made, or not undone. */
export type LeftWhy =
  /** There is no such file any more. */
  | 'gone'
  /** It is not what it was. */
  | 'changed'
  /** Another file has the name. */
  | 'taken'
  /** It is not called like an image, or its whole path is not known. */
  | 'no-image'
  /** It is a link, a folder or a device. */
  | 'no-file'
  /** Removing it would remove the only file with this content. */
  | 'last'
  /** The system refuses. */
  | 'refused';

export interface LeftFile {
  readonly file: string;
  readonly why: LeftWhy;
  /** What the system says, where it refuses. */
  readonly words?: Text | undefined;
}

/** What came of carrying out a plan, or of undoing it. */
export interface PlanOutcome {
  /** The journal: there until everything is undone. */
  readonly journal: string;
  readonly folder: string;
  /** Files that got their places, or are back. */
  readonly done: number;
  readonly bytes: number;
  /** How many were left, and the first of them. */
  readonly left: number;
  readonly leftFiles: readonly LeftFile[];
}

export interface PlanProgress {
  readonly done: number;
  readonly total: number;
  readonly bytes: number;
}
