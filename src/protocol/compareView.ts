import type { AlignmentDifference } from '../core/documents/alignmentDifference.ts';
import type { PageProblem } from './alignmentView.ts';
import type { AlignmentComparison } from './evidence.ts';

/** One of two alignments, in words. */
export interface ComparedName {
  /** File name of the document. */
  readonly name: string;
  readonly backbone: string;
  readonly method: string;
  readonly targets: number;
}

/** What images say: nothing as long as no folder was chosen. */
export type ComparedImages =
  | { readonly kind: 'none' }
  | { readonly kind: 'working'; readonly title: string; readonly done: number; readonly total: number }
  | { readonly kind: 'failed'; readonly title: string; readonly problem: PageProblem }
  | {
      readonly kind: 'done';
      readonly title: string;
      /** `changedImages` are asked for by their place in the list; so many are there. */
      readonly comparison: Omit<AlignmentComparison, 'changedImages'> & { readonly named: number };
    };

export type CompareState =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'ready';
      /** Grows with every change: an answer about an older one is refused. */
      readonly revision: number;
      readonly sides: readonly [first: ComparedName, second: ComparedName];
      readonly difference: AlignmentDifference;
      readonly images: ComparedImages;
    };

/** A changed image without its path. */
export interface ChangedItem {
  /** Path below the folder. */
  readonly name: string;
  readonly labels: readonly [first: string, second: string];
  readonly truth?: string;
}

interface OfImage {
  readonly revision: number;
  /** Place in the list of changed images. */
  readonly image: number;
}

/** What the page that compares two alignments may ask of the extension host. */
export interface CompareViewApi {
  /** Reports the state at once and after every change, for as long as the page lives. */
  watch: { params: null; result: never; progress: CompareState };
  images: {
    params: { readonly revision: number; readonly from: number; readonly to: number };
    result: readonly ChangedItem[];
    progress: never;
  };
  thumbnail: {
    params: OfImage & { readonly size: number };
    result: { readonly type: string; readonly bytes: Uint8Array };
    progress: never;
  };
  open: { params: OfImage; result: undefined; progress: never };
  /** Shows a differing cell in the document of one side. */
  showCell: {
    params: { readonly revision: number; readonly side: 0 | 1; readonly cell: number };
    result: undefined;
    progress: never;
  };
  /** Asks for the alignments to compare. */
  choose: { params: null; result: undefined; progress: never };
  /** Asks for a folder of images to compare on. */
  chooseFolder: { params: null; result: undefined; progress: never };
  cancel: { params: null; result: undefined; progress: never };
  /** Runs a button of the problem in the state. */
  act: { params: { readonly action: number }; result: undefined; progress: never };
}
