import type { AlignmentDocument } from '../core/alignments/alignment.ts';
import type { AlignmentEdit } from '../core/alignments/alignmentEdits.ts';
import type { LabelChange } from '../core/alignments/labelChanges.ts';
import type { CellEvidence, StrongImage } from '../core/evidence/cells.ts';
import type { Text } from '../core/text/text.ts';
import type { LabelMeaning, SimilarityView } from './alignments.ts';
import type { LiveScore } from './evidence.ts';
import type { PageProblem } from './pageProblem.ts';
import type { Call } from './rpc.ts';

/** Where the page is shown: beside others in the side bar, or as the editor of one document. */
export type PageLocation = 'panel' | 'editor';

/** What the alignment page shows. */
export type AlignmentState = { readonly location: PageLocation } & (
  | { readonly kind: 'nothing' }
  /** The document cannot be read. */
  | { readonly kind: 'failed'; readonly name: string; readonly problem: PageProblem }
  | {
      readonly kind: 'ready';
      /** Grows with every change of the document: what was asked about an older one is answered for that one. */
      readonly revision: number;
      /** File name of the document. */
      readonly name: string;
      /** Address of the document. */
      readonly uri: string;
      readonly document: AlignmentDocument;
      /** The folders that it was made for, as people call them; absent where it names none. */
      readonly folders?: string | undefined;
      /** Grows when labels, backbone or similarity change: until then the similarities stay what they are. */
      readonly meaning: number;
    }
);

/** The similarities of a document, or why they cannot be had (the backbone is gone, say): then `document` alone is shown. */
export type SimilarityAnswer =
  | { readonly kind: 'view'; readonly view: SimilarityView }
  | { readonly kind: 'problem'; readonly problem: PageProblem };

/** What the host asks the person about, when a button of the page says so. */
export type PageQuestion =
  | 'chooseSense'
  | 'suggestHints'
  | 'addTarget'
  | 'chooseMethod'
  | 'chooseSimilarity'
  | 'chooseAggregation'
  | 'changeBackbones'
  | 'addBackbone';

/** What cached outputs say about the document, and about it before its last change. */
export interface ShownScore extends LiveScore {
  /** The folders, as people call them: `photos and 2 more`. */
  readonly title: string;
  /** File name of the alignment that they were classified with, where it is not this one. */
  readonly classifiedWith?: string | undefined;
}

/** A strong image without its path: the page asks for its picture by its place in the list. */
export interface ShownImage extends Omit<StrongImage, 'path' | 'truth'> {
  readonly name: string;
  /** The true label, where the class folder names one. */
  readonly truth?: string | undefined;
}

export interface ShownEvidence extends Omit<CellEvidence, 'strongest'> {
  /** The folders, as people call them. */
  readonly title: string;
  readonly strongest: readonly ShownImage[];
}

/** What a hint would bring, before it is kept. */
export interface HintTrial {
  /** What the target would mean. */
  readonly meaning: LabelMeaning;
  /** What would be different: of the target itself, and of others that compete with it. */
  readonly changes: readonly LabelChange[];
}

/** What the host wants of a page. */
export type PageCommand =
  /** Opens the field for a target's hint; `hint`: with this text, tried at once. */
  | { readonly kind: 'editHint'; readonly target: number; readonly hint?: string | undefined }
  /** Selects a cell, shows and focuses it. */
  | { readonly kind: 'showCell'; readonly target: number; readonly source: number }
  | { readonly kind: 'exportImage'; readonly format: 'png' | 'svg' };

/** A command on its way to a page: messages to hidden pages are lost, so it is sent until one obeys. */
export interface SentCommand {
  readonly number: number;
  /** Address of the document that it is about: a page that still shows another one waits. */
  readonly uri: string;
  readonly command: PageCommand;
}

/** What the alignment page may ask of the extension host. */
export interface AlignmentViewApi {
  /** Reports the state at once and after every change, for as long as the page lives. */
  watch: Call<null, never, AlignmentState>;
  /** Reports what the host wants of the page. */
  commands: Call<null, never, SentCommand>;
  /** The page has done what the command of this number wants. */
  obeyed: Call<{ readonly number: number }>;
  similarities: Call<{ readonly revision: number }, SimilarityAnswer>;
  /** What each target label is taken to mean. */
  meanings: Call<{ readonly revision: number }, readonly LabelMeaning[]>;
  /** Why a target and a source are as similar as they are, in a sentence or two. */
  explain: Call<
    { readonly revision: number; readonly target: number; readonly source: number },
    readonly Text[]
  >;
  /**
   * Tries a hint (null: none) without changing anything; where a run of this backbone is at hand, the result is what its
   * images say of it.
   */
  tryHint: Call<
    { readonly revision: number; readonly target: number; readonly hint: string | null },
    ShownScore | undefined,
    HintTrial
  >;
  /** Undefined where no run of this document's backbone is at hand. */
  score: Call<{ readonly revision: number }, ShownScore | undefined>;
  /** Undefined where no run of this document's backbone is at hand. */
  evidence: Call<
    { readonly revision: number; readonly target: number; readonly source: number },
    ShownEvidence | undefined
  >;
  /** The picture of the `image`-th strong image of the evidence that was asked for last. */
  evidencePicture: Call<
    { readonly image: number; readonly size: number },
    { readonly type: string; readonly bytes: Uint8Array }
  >;
  /** Opens that image. */
  openEvidence: Call<{ readonly image: number }>;
  /** Changes the document; `label` is that of the edit's target on the page: where it is another by now, nothing is done. */
  edit: Call<{ readonly edit: AlignmentEdit; readonly label?: string | undefined }>;
  /** Takes the last change of the document back, or makes it again. @returns whether there was one */
  step: Call<{ readonly step: 'undo' | 'redo' }, boolean>;
  /** Asks the person how to change the document, or one target of it. */
  ask: Call<{ readonly question: PageQuestion; readonly target?: number | undefined }>;
  /** What {@link PageCommand} `exportImage` asked for. */
  exported: Call<{ readonly format: 'png' | 'svg'; readonly bytes: Uint8Array }>;
  /** Classifies the folders that the document was made for, or that are asked for. */
  classify: Call<null>;
  /** Makes a new alignment. */
  align: Call<null>;
  /** Runs a button of the problem that was reported last. */
  act: Call<{ readonly action: number }>;
}
