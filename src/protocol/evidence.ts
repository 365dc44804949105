import type { AlignmentDocument, LearnedRecord } from '../core/alignments/alignment.ts';
import type { BackboneSidecar } from '../core/backbones/backboneSidecar.ts';
import type { CellEvidence, DecidingCells } from '../core/evidence/cells.ts';
import type { AlignmentComparison } from '../core/evidence/comparison.ts';
import type { MappingFigures } from '../core/evidence/figures.ts';
import type { ImageFolders } from '../core/folders/layout.ts';
import type { BackboneRef } from './models.ts';
import type { Call } from './rpc.ts';

/** Images whose outputs are in the cache, because a run classified these folders with this backbone. */
export interface CachedImages extends ImageFolders {
  readonly backbone: BackboneRef;
  readonly sidecar?: BackboneSidecar | undefined;
}

export interface LiveScore {
  /** Images of the folders that have no output in the cache: nothing here is about them. */
  readonly unseen: number;
  readonly now: MappingFigures;
  /** Of the alignment before the edit, when one was given. */
  readonly before?: MappingFigures | undefined;
  /** Images for which another label is predicted than before; 0 when none was given. */
  readonly changed: number;
}

/** What the engine says about alignments from cached outputs alone: no model runs. */
export interface EvidenceMethods {
  /** Scores cached images under an edited alignment. Repeated calls with the same `before` do not score it again. */
  liveScore: Call<
    CachedImages & { readonly alignment: AlignmentDocument; readonly before?: AlignmentDocument | undefined },
    LiveScore
  >;
  /** `strongest` is how many images to name; absent: 12. */
  cellEvidence: Call<
    CachedImages & {
      readonly alignment: AlignmentDocument;
      readonly target: number;
      readonly source: number;
      readonly strongest?: number;
    },
    CellEvidence
  >;
  /** Fails with `not-found` when the image has no cached output. */
  decidingCells: Call<
    CachedImages & { readonly alignment: AlignmentDocument; readonly path: string },
    DecidingCells
  >;
  /** What images are whatever their labels, by what the cache has of them. */
  examineImages: Call<CachedImages & { readonly alignment: AlignmentDocument }, ExaminedImages>;
  /**
   * How much each backbone of an alignment of several should count, for as many backbones as it has: learned from images whose
   * labels are known, which are run where they have no outputs; where there are none, earned by the cached outputs of all.
   */
  memberWeights: Call<CachedImages & { readonly alignment: AlignmentDocument }, MemberWeights>;
  compareAlignments: Call<
    ImageFolders & { readonly sides: readonly [first: ComparedSide, second: ComparedSide] },
    AlignmentComparison
  >;
}

export interface MemberWeights {
  readonly weights: readonly number[];
  /** Images that they are made from. */
  readonly images: number;
  /** Where they were learned from labels: from which images, and what all backbones together are worth on others. */
  readonly learned?: LearnedRecord | undefined;
}

/** What is known of images whatever their labels, in no order. */
export interface ExaminedImages {
  readonly paths: readonly string[];
  /** Per image the number of its group of near-duplicates, -1 for none. */
  readonly groups: Int32Array;
  /** Per image what it is of `LOOK`, as bits. */
  readonly looks: Uint8Array;
  /** Pixels, 0 where nobody noted them. */
  readonly widths: Int32Array;
  readonly heights: Int32Array;
}

/** One of two alignments that are compared, and its backbone. */
export interface ComparedSide {
  readonly backbone: BackboneRef;
  readonly sidecar?: BackboneSidecar | undefined;
  readonly alignment: AlignmentDocument;
}
