import type { AlignmentDifference } from '../core/alignments/alignmentDifference.ts';
import type { ChangeFilter, ChangeGroups } from '../core/evidence/changes.ts';
import type { AlignmentComparison } from '../core/evidence/comparison.ts';
import type { ImageFolders } from '../core/folders/layout.ts';
import type { DocumentWay } from '../core/reuse/documentRow.ts';
import type { PageProblem } from './pageProblem.ts';
import type { Call } from './rpc.ts';

/** One of two alignments, in words. */
export interface ComparedName {
  /** File name of the document. */
  readonly name: string;
  readonly backbone: string;
  readonly method: string;
  readonly way: DocumentWay;
  readonly targets: number;
  /** Of a result, when it was begun, in words. */
  readonly time?: string | undefined;
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
      /** Of the named ones, what changed into what. */
      readonly groups: ChangeGroups;
    };

/** What was compared, as far as another window needs it to compare it again from the cache of outputs. */
export interface ComparisonSource extends ImageFolders {
  /** Addresses of the documents. */
  readonly uris: readonly [first: string, second: string];
  /** Tell whether the documents decide otherwise by now. */
  readonly decided: readonly [first: string, second: string];
  /** Images that were compared on. */
  readonly images: number;
  /** Folders of the records, where two results are compared. */
  readonly results?: readonly [first: string, second: string] | undefined;
}

export type CompareState =
  | { readonly kind: 'nothing' }
  /** The comparison of the window before cannot be shown. */
  | { readonly kind: 'lost'; readonly message: string }
  | {
      readonly kind: 'ready';
      /** Grows with every change: an answer about an older one is refused. */
      readonly revision: number;
      /** What it takes to bring this comparison back: the page keeps it. */
      readonly source: ComparisonSource;
      /** What is another by now than when the window was reloaded. */
      readonly notes: readonly string[];
      /** Why these are not the documents as they are now. */
      readonly outdated?: string | undefined;
      readonly sides: readonly [first: ComparedName, second: ComparedName];
      readonly difference: AlignmentDifference;
      readonly images: ComparedImages;
    };

/** A changed image without its path. */
export interface ChangedItem {
  /** Its place in the list of all changed images. */
  readonly image: number;
  /** Path below the folder. */
  readonly name: string;
  readonly labels: readonly [first: string, second: string];
  readonly truth?: string | undefined;
}

interface OfImage {
  readonly revision: number;
  /** Place in the list of changed images. */
  readonly image: number;
}

/** What the page that compares two alignments may ask of the extension host. */
export interface CompareViewApi {
  /** Reports the state at once and after every change, for as long as the page lives. */
  watch: Call<null, never, CompareState>;
  images: Call<
    {
      readonly revision: number;
      readonly filter: ChangeFilter;
      readonly from: number;
      readonly to: number;
    },
    { readonly items: readonly ChangedItem[]; readonly matching: number }
  >;
  thumbnail: Call<OfImage & { readonly size: number }, { readonly type: string; readonly bytes: Uint8Array }>;
  open: Call<OfImage>;
  /** Shows an image in one of the results that are compared. */
  showInResult: Call<OfImage & { readonly side: 0 | 1 }>;
  /** Shows a differing cell in the document of one side. */
  showCell: Call<{ readonly revision: number; readonly side: 0 | 1; readonly cell: number }>;
  /** Classifies with the alignment of one side. */
  use: Call<{ readonly revision: number; readonly side: 0 | 1 }>;
  /** Asks for the alignments to compare. */
  choose: Call<null>;
  /** Asks for a folder of images to compare on. */
  chooseFolder: Call<null>;
  /** Compares the same documents, as they are now, on the same images. */
  again: Call<null>;
  cancel: Call<null>;
  /** Runs a button of the problem in the state. */
  act: Call<{ readonly action: number }>;
}
