import type { CautionSettings } from '../core/caution/cautiousAnswers.ts';
import type { ExpectedAccuracy } from '../core/estimates/expectedAccuracy.ts';
import type { ImageFolders } from '../core/folders/layout.ts';
import type { MeasuredOn, Withheld } from '../core/metrics/measuredOn.ts';
import type { SplitScore } from '../core/metrics/perSplit.ts';
import type { CautionState } from './cautionView.ts';
import type { LabellingApi } from './labelling.ts';
import type { PageProblem } from './pageProblem.ts';
import type { Call } from './rpc.ts';
import type { SettlingState } from './settlingView.ts';

/** Where a run is: `failed` keeps what was classified, as `cancelled` does. */
export type RunPhase = 'running' | 'done' | 'cancelled' | 'failed';

/** How far a run is and what came of it so far; small, because it is sent up to ten times a second. */
export interface RunSummary {
  readonly kind: 'run';
  /** The same for a run before and after the window was reloaded. */
  readonly id: string;
  /** What it takes to bring this run back: the page keeps it. */
  readonly source: ResultsSource;
  /** Another number for every run: answers about an older one are refused. */
  readonly run: number;
  /** The folders, as people call them: `photos and 2 more`. */
  readonly title: string;
  readonly backbone: string;
  readonly method: string;
  /** Whether every image got a trained prompt first. */
  readonly prompted: boolean;
  /** File name of the alignment document. */
  readonly alignment?: string | undefined;
  readonly phase: RunPhase;
  readonly total: number;
  /** False while the folders are still being listed. */
  readonly listed: boolean;
  readonly done: number;
  /** Of `done`, how many were not run again. */
  readonly cached: number;
  readonly imagesPerSecond: number;
  readonly secondsLeft?: number | undefined;
  /** Whether it goes on with what comes; `waiting`: all that is there is done. */
  readonly watching?: boolean | undefined;
  readonly waiting?: boolean | undefined;
  /** Why nothing happens for now: a folder cannot be reached and is waited for. */
  readonly paused?: string | undefined;
  /** Predictions that can be asked for. */
  readonly predictions: number;
  /** Of those, how many are of images that are no longer there. */
  readonly gone?: number | undefined;
  readonly skipped: number;
  /** Of `skipped`, how many are folders. */
  readonly skippedFolders?: number | undefined;
  /** Files and folders that are not read; told when it is over. */
  readonly passedOver?: number | undefined;
  /** Another one when answers of images that there were already changed: `changes` tells which. */
  readonly answers: number;
  /** What is said of the images together. */
  readonly settling?: SettlingState | undefined;
  /** What is said where an answer must be sure. */
  readonly caution?: CautionState | undefined;
  /** Of `judged`, how many answers are right as they are shown. */
  readonly correct: number;
  /** Answers whose truth is known. */
  readonly judged: number;
  /** Width of tiles that the person chose last, on any page. */
  readonly tileSize?: number | undefined;
  /** Whether what is done so far is a mixture of all images. */
  readonly mixed?: boolean | undefined;
  /** The same of each split, where the folders have several; when it is over. */
  readonly perSplit?: readonly SplitScore[] | undefined;
  /** Which images accuracy is about, and which folders are left out; when it is over. */
  readonly measuredOn?: MeasuredOn | undefined;
  /** Of the mapping's answers, judged without labels; when it is over. */
  readonly expectedAccuracy?: ExpectedAccuracy | undefined;
  /** Of the backbone's file; when it is over. */
  readonly sha256?: string | undefined;
  /** Why there is no accuracy, where there is none though labels are known. */
  readonly withheld?: Withheld | undefined;
  /** When it is over. */
  readonly device?: string | undefined;
  readonly seconds?: number | undefined;
  /** Images that the mapping was learned from: they are not judged. */
  readonly learnedFrom?: number | undefined;
  /** What is to be known about these figures: that the folder has other images by now, say. */
  readonly notes: readonly string[];
  /** Why they are not what the alignment says now, and the button that renews them. */
  readonly outdated?: { readonly message: string; readonly button?: string | undefined } | undefined;
  /** The name of an image that is to be seen; another turn for every wish. */
  readonly sought?: { readonly name: string; readonly turn: number } | undefined;
  /** When it failed. */
  readonly problem?: PageProblem | undefined;
}

/** What a run was about, as far as another window needs it to show the run again from the cache of outputs. */
export interface ResultsSource extends ImageFolders {
  readonly id: string;
  /** What came later was classified, too. */
  readonly watch?: true | undefined;
  /** File of the alignment document; absent when it was never saved. */
  readonly alignment?: string | undefined;
  /** Tells whether the alignment decides otherwise by now. */
  readonly decided: string;
  /** ISO time of the start. */
  readonly time: string;
  readonly phase: RunPhase;
  /** Images that could not be read. */
  readonly skipped: number;
  /** Folder of the run's record; absent where none could be written. */
  readonly record?: string | undefined;
  /** Where settled answers are shown; `balanced`: on the promise of about equally many images of each label. */
  readonly settled?: 'settled' | 'balanced' | undefined;
}

export type ResultsState =
  | { readonly kind: 'nothing' }
  /** A run of the window before is being scored again. */
  | { readonly kind: 'restoring'; readonly title: string }
  /** It cannot be. */
  | { readonly kind: 'lost'; readonly title: string; readonly problem: PageProblem }
  | RunSummary;

/** What is said of some images. */
export interface ResultColumns {
  /** Index of the target label that is shown, -1 where nothing is decided. */
  readonly predicted: Int32Array;
  /** Index of the true one, -1 where it is not known. */
  readonly truth: Int32Array;
  readonly confidence: Float32Array;
  /** What the mapping alone says: another answer is shown where the folder is settled. */
  readonly plain: Int32Array;
  readonly plainConfidence: Float32Array;
  /** Index of the label that a person gave; -1: none, -2: none of the labels. */
  readonly given: Int32Array;
  /** What is said in place of the label: an index of the kinds of the caution, or one of `SHOWN`. */
  readonly said: Int32Array;
  /** Index of the split, as `splitNames` has it; -1 for none. */
  readonly split: Int8Array;
}

/** What is another since some version of the answers. */
export interface ResultChanges {
  readonly version: number;
  /** The images, in the order of arrival. */
  readonly images: Int32Array;
  readonly columns: ResultColumns;
}

/** A source label that speaks for an image: it decided it, or fired and counts for another label or for none. */
export interface EvidenceSource {
  /** Index among the labels of all backbones. */
  readonly source: number;
  /** Which of `backbones` it is of; absent where there is one. */
  readonly backbone?: number | undefined;
  readonly label: string;
  /** What the backbone gives it, of all its labels; absent where that is not known yet. */
  readonly probability?: number | undefined;
  /** Of the score of the predicted label, in [0, 1]; absent where it is none of its cells, or not known yet. */
  readonly share?: number | undefined;
  /** Indices of the target labels that it is mapped to. */
  readonly targets: readonly number[];
}

/** Why an image got its label. */
export interface ImageEvidence {
  /** Path below the folder that was classified. */
  readonly name: string;
  /** The most probable one first; of several backbones, those of each together. */
  readonly sources: readonly EvidenceSource[];
  /** The backbones that answered together, each with its share of the score, once that is known; absent where there is one. */
  readonly backbones?: readonly { readonly name: string; readonly share?: number | undefined }[] | undefined;
  /** A head decided: shares explain the mapping alone. */
  readonly byHead?: true | undefined;
}

/** What images are whatever their labels, in the order of arrival. */
export interface ImageLooksColumns {
  /** Per image the number of its group of near-duplicates, -1 for none. */
  readonly groups: Int32Array;
  /** Per image what it is of `LOOK`, as bits. */
  readonly looks: Uint8Array;
}

export interface SkippedItem {
  readonly name: string;
  readonly reason: string;
}

/** What lies beside the images and is not read: in words, and the first of it. */
export interface PassedOverItems {
  /** `5 raw photos, 1 drawing`. */
  readonly summary: string;
  readonly items: readonly SkippedItem[];
}

interface Slice {
  readonly run: number;
  readonly from: number;
  readonly to: number;
}

interface Images {
  readonly run: number;
  readonly images: readonly number[];
}

/** What the results page may ask of the extension host. Images are named by their place in the order of arrival. */
export interface ResultsViewApi extends LabellingApi {
  /** Reports the state at once and after every change, for as long as the page lives. */
  watch: Call<null, never, ResultsState>;
  /** The target labels that indices mean. */
  labels: Call<{ readonly run: number }, readonly string[]>;
  /** Images `from..to` in the order of arrival. */
  columns: Call<Slice, ResultColumns>;
  /** Images whose answers are others than in version `since`. */
  changes: Call<{ readonly run: number; readonly since: number }, ResultChanges>;
  /** Shows settled answers, or plain ones. */
  settle: Call<{ readonly on: boolean }>;
  /** Settles on the promise of about equally many images of each label, which it asks for; or without it. */
  balance: Call<{ readonly on: boolean }>;
  cancelSettling: Call<null>;
  /** Asks the person about the images that teach most, or stops to. */
  propose: Call<{ readonly on: boolean }>;
  /** Asks about images drawn at random, which only measure. */
  proposeRandom: Call<null>;
  /** Keeps what the images and their labels taught as a document with a head. */
  keepClassifier: Call<null>;
  /** How sure an answer must be to be shown. */
  caution: Call<{ readonly settings: CautionSettings }>;
  names: Call<Slice, readonly string[]>;
  /** Names of some images, in their order. */
  namesOf: Call<Images, readonly string[]>;
  evidence: Call<{ readonly run: number; readonly image: number }, ImageEvidence>;
  /** What images are whatever their labels; once the run is over. */
  looks: Call<{ readonly run: number }, ImageLooksColumns>;
  /** Shows a cell in the alignment; absent `target`: that of the predicted label, absent `source`: the weightiest. */
  showCell: Call<{
    readonly run: number;
    readonly image: number;
    readonly source?: number | undefined;
    readonly target?: number | undefined;
  }>;
  skipped: Call<Slice, readonly SkippedItem[]>;
  passedOver: Call<{ readonly run: number }, PassedOverItems>;
  thumbnail: Call<
    { readonly run: number; readonly image: number; readonly size: number },
    { readonly type: string; readonly bytes: Uint8Array }
  >;
  /** Opens the image in an editor. */
  open: Call<{ readonly run: number; readonly image: number }>;
  /** Shows the image in the Explorer. */
  reveal: Call<{ readonly run: number; readonly image: number }>;
  /** Keeps the width of tiles for pages to come. */
  rememberTileSize: Call<{ readonly tileSize: number }>;
  /** Puts the paths of images on the clipboard, one per line. */
  copyPaths: Call<Images>;
  cancel: Call<null>;
  /** Classifies the folders with the alignment as it is now; what is in the cache is not run again. */
  again: Call<null>;
  /** Tries once more to bring back the run of the window before. */
  restore: Call<null>;
  /** The places of the images with these names (as in `names`), -1 where there is none. */
  find: Call<{ readonly run: number; readonly names: readonly string[] }, readonly number[]>;
  /** Continues a run that was cancelled or failed. */
  resume: Call<null>;
  /** Asks for a folder to classify. */
  classify: Call<null>;
  /** Asks as what and where to, and writes what there is, or of that some images. */
  export: Call<{ readonly images?: readonly number[] | undefined }>;
  /** Asks what the alignment shall promise: with an image or a label that the person looks at, first of that. */
  addExpectation: Call<{
    readonly run: number;
    readonly image?: number | undefined;
    readonly label?: number | undefined;
  }>;
  /** Runs a button of the problem in the state. */
  act: Call<{ readonly action: number }>;
}
