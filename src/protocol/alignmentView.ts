import type { AlignmentDocument } from '../core/documents/alignment.ts';
import type { SimilarityView } from './alignments.ts';

/** A button that the host offers on a page: the page sends back its index. */
export interface PageAction {
  readonly title: string;
}

/** Why something is not there, and what helps. */
export interface PageProblem {
  readonly message: string;
  readonly hint?: string;
  readonly actions: readonly PageAction[];
}

/** What the alignment page shows. */
export type AlignmentState =
  | { readonly kind: 'nothing' }
  /** The document cannot be read. */
  | { readonly kind: 'failed'; readonly name: string; readonly problem: PageProblem }
  | {
      readonly kind: 'ready';
      /** Grows with every change of the document: what was asked about an older one is answered for that one. */
      readonly revision: number;
      /** File name of the document. */
      readonly name: string;
      readonly document: AlignmentDocument;
    };

/** The similarities of a document, or why they cannot be had (the backbone is gone, say): then `document` alone is shown. */
export type SimilarityAnswer =
  | { readonly kind: 'view'; readonly view: SimilarityView }
  | { readonly kind: 'problem'; readonly problem: PageProblem };

/** What a person asked for on the page, by indices of the document's target and the backbone's source. */
export type AlignmentWish =
  | { readonly kind: 'chooseSense' | 'addHint'; readonly target: number }
  | { readonly kind: 'excludeSource' | 'includeSource'; readonly source: number };

/** What the alignment page may ask of the extension host. */
export interface AlignmentViewApi {
  /** Reports the state at once and after every change, for as long as the page lives. */
  watch: { params: null; result: never; progress: AlignmentState };
  similarities: { params: { readonly revision: number }; result: SimilarityAnswer; progress: never };
  /** Why a target and a source are as similar as they are, in a sentence or two. */
  explain: {
    params: { readonly revision: number; readonly target: number; readonly source: number };
    result: string;
    progress: never;
  };
  /** Asks the person to change what labels mean; the document changes when they do. */
  edit: { params: AlignmentWish; result: undefined; progress: never };
  /** Makes a new alignment. */
  align: { params: null; result: undefined; progress: never };
  /** Runs a button of the problem that was reported last. */
  act: { params: { readonly action: number }; result: undefined; progress: never };
}
