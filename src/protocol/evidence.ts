import type { AlignmentDocument } from '../core/alignments/alignment.ts';
import type { BackboneSidecar } from '../core/backbones/backboneSidecar.ts';
import type { MeasuredOn } from '../core/metrics/measuredOn.ts';
import type { BackboneRef } from './backboneRef.ts';

/** Images whose outputs are in the cache, because a run classified these folders with this backbone. */
export interface CachedImages {
  readonly folders: readonly string[];
  readonly backbone: BackboneRef;
  readonly sidecar?: BackboneSidecar;
}

/** What an alignment does to cached images. */
export interface MappingFigures {
  readonly images: number;
  /** `measuredOn.measured`: accuracy is about these. */
  readonly judged: number;
  /** In [0, 1]; null where `measuredOn` says why it is withheld. */
  readonly accuracy: number | null;
  /** Over how many of how many images, and which folders are left out: part of every sentence with the accuracy. */
  readonly measuredOn: MeasuredOn;
  readonly balancedAccuracy: number | null;
  /** Share of the images whose strongest source label a target uses, in [0, 1]; null without images. */
  readonly reach: number | null;
}

export interface LiveScore {
  /** Images of the folders that have no output in the cache: nothing here is about them. */
  readonly unseen: number;
  readonly now: MappingFigures;
  /** Of the alignment before the edit, when one was given. */
  readonly before?: MappingFigures;
  /** Images for which another label is predicted than before; 0 when none was given. */
  readonly changed: number;
}

/** An image on which a source label is strong. */
export interface StrongImage {
  /** Absolute path. */
  readonly path: string;
  /** Softmax probability of the source label. */
  readonly probability: number;
  /** Whether the source label is the strongest of the image. */
  readonly fired: boolean;
  /** The true label, where the class folder tells. */
  readonly truth?: string;
}

/** What images say about a target and a source. A source label fires on an image when it is the strongest of all. */
export interface CellEvidence {
  /** Images that were looked at. */
  readonly images: number;
  /** Images on which the source label fired. */
  readonly fired: number;
  /** Of those, how many have a known truth. */
  readonly judged: number;
  /** Of `judged`, how many truly are of the target. */
  readonly right: number;
  /** Images where the source label is among the three strongest, by probability, the highest first. */
  readonly strongest: readonly StrongImage[];
}

/** The cells that decided an image. */
export interface DecidingCells {
  /** Index of the predicted target; -1 when no target has sources. */
  readonly target: number;
  /** Sources of that target with their share of its score in [0, 1], the largest first. */
  readonly cells: readonly { readonly source: number; readonly share: number }[];
}

/** An image for which two alignments predict different labels. */
export interface ChangedImage {
  /** Absolute path. */
  readonly path: string;
  readonly labels: readonly [first: string, second: string];
  readonly truth?: string;
}

/** Two alignments on the images that both have outputs for. */
export interface AlignmentComparison {
  readonly figures: readonly [first: MappingFigures, second: MappingFigures];
  /** Images in both. */
  readonly images: number;
  /** Images in both whose truth both know. */
  readonly judged: number;
  /** Of `judged`, how many only one of them has right. */
  readonly onlyRight: readonly [first: number, second: number];
  /** McNemar's exact two-sided p of `onlyRight`; null when nothing is judged. */
  readonly p: number | null;
  /** Images that another label is predicted for. */
  readonly changed: number;
  /** Of `changed` at most 10,000: first those that one of the two has right. */
  readonly changedImages: readonly ChangedImage[];
}

/** What the engine says about alignments from cached outputs alone: no model runs. */
export interface EvidenceMethods {
  /** Scores cached images under an edited alignment. Repeated calls with the same `before` do not score it again. */
  liveScore: {
    params: CachedImages & { readonly alignment: AlignmentDocument; readonly before?: AlignmentDocument };
    result: LiveScore;
    progress: never;
  };
  /** `strongest` is how many images to name; absent: 12. */
  cellEvidence: {
    params: CachedImages & {
      readonly alignment: AlignmentDocument;
      readonly target: number;
      readonly source: number;
      readonly strongest?: number;
    };
    result: CellEvidence;
    progress: never;
  };
  /** Fails with `not-found` when the image has no cached output. */
  decidingCells: {
    params: CachedImages & { readonly alignment: AlignmentDocument; readonly path: string };
    result: DecidingCells;
    progress: never;
  };
  compareAlignments: {
    params: {
      readonly folders: readonly string[];
      readonly sides: readonly [first: ComparedSide, second: ComparedSide];
    };
    result: AlignmentComparison;
    progress: never;
  };
}

/** One of two alignments that are compared, and its backbone. */
export interface ComparedSide {
  readonly backbone: BackboneRef;
  readonly sidecar?: BackboneSidecar;
  readonly alignment: AlignmentDocument;
}
