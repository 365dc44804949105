import type { AlignmentDocument } from '../core/alignments/alignment.ts';
import type { CautionSettings, CautiousAnswers } from '../core/caution/cautiousAnswers.ts';
import type { Problem } from '../core/errors.ts';
import type { AnswerFigures } from '../core/runs/answerFigures.ts';
import type { GIVEN } from '../core/truths/imageTruths.ts';
import type { CachedImages } from './evidence.ts';
import type { Call } from './rpc.ts';

/** `auto`: where the images of a folder say enough about each other, or labels of two targets are given. */
export type SettleMode = 'auto' | 'always' | 'never';

export interface SettleParams extends CachedImages {
  readonly alignment: AlignmentDocument;
  readonly mode: SettleMode;
  /** A person promised that the labels are about equally frequent. */
  readonly balanced?: boolean | undefined;
  /** A table of labels that people gave, instead of those that lie in the folders. */
  readonly truths?: string | undefined;
  /** The `order` that the caller has the paths of. */
  readonly known?: string | undefined;
  /** How sure an answer must be to be given. */
  readonly caution?: CautionSettings | undefined;
}

/** What settling does now. */
export interface SettleProgress {
  readonly step: 'features' | 'settling';
  /** Images whose features are there, while they are made. */
  readonly done: number;
  readonly total: number;
}

/** A label that all else contradicts. */
export interface DoubtfulLabel {
  /** Its place in the order of the folders. */
  readonly image: number;
  readonly given: number;
  /** What the image would be without that label. */
  readonly answer: number;
  readonly confidence: number;
}

/** What persons' tables say that cannot be used. */
export interface LabelNotes {
  /** Labels that there are not, and how many images have them; most images first. */
  readonly unknown: readonly { readonly label: string; readonly images: number }[];
  /** Images that are not in the folders, or have no output: the first of them, and how many. */
  readonly gone: readonly string[];
  readonly goneCount: number;
  /** Images that have rows with different labels: the last one counts. */
  readonly contradictory: number;
  /** Tables that could not be read. */
  readonly problems: readonly Problem[];
}

/** The answers for the images of some folders together, in the order of the folders. */
export interface SettleResult {
  /** Tells whether images are the same, in the same order. */
  readonly order: string;
  /** Absolute; only where the caller does not know this order. */
  readonly paths?: readonly string[] | undefined;
  /** The answer now, -1 where nothing is decided. The plain one where it is not settled. */
  readonly targets: Int32Array;
  readonly confidences: Float32Array;
  /** What the mapping alone says. */
  readonly plainTargets: Int32Array;
  readonly plainConfidences: Float32Array;
  /** What a person said: a target, or one of {@link GIVEN}. */
  readonly given: Int32Array;
  /** What accuracy judges the answers by: a target; -1 where none is known, or it was learned from. */
  readonly truths: Int32Array;
  readonly settled: boolean;
  /** What images were compared by: penultimate features, or logits where the backbone gives none. */
  readonly kind: 'features' | 'logits';
  readonly information: number;
  /** How far the answers are settled, in [0, 1]. */
  readonly evidence: number;
  readonly guard: number;
  /** Answers that are others than the plain ones. */
  readonly changed: number;
  /** The mean probability of each target; the same of the plain answers. */
  readonly shares: Float64Array;
  readonly plainShares: Float64Array;
  /** Labels that were learned from; images drawn at random whose labels only measure. */
  readonly learned: number;
  readonly held: number;
  readonly doubtful: readonly DoubtfulLabel[];
  readonly labelNotes: LabelNotes;
  /** What to say of each image where `caution` was asked for; `targets` are the answers before. */
  readonly cautious?: CautiousAnswers | undefined;
  /** What the labels of images drawn at random say about all, with the bounds of 95 %. Absent without such. */
  readonly expected?:
    | { readonly right: number; readonly of: number; readonly low: number; readonly high: number }
    | undefined;
  readonly figures: AnswerFigures;
  readonly plainFigures: AnswerFigures;
  /** Images of the folders that have no output: not run yet, or unreadable. */
  readonly unseen: number;
  readonly seconds: number;
}

/** What the engine offers for the images of a folder together. */
export interface SettlingMethods {
  /** Runs the backbone for those images whose features are missing. Images without outputs are left out. */
  settle: Call<SettleParams, SettleResult, SettleProgress>;
  /** The images whose labels teach most, first first; with `random`, some drawn from those without a label. */
  proposeImages: Call<
    SettleParams & { readonly count: number; readonly random?: boolean | undefined },
    { readonly paths: readonly string[] },
    SettleProgress
  >;
}
