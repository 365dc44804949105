import type { AlignmentDocument, HeadRecord } from '../core/alignments/alignment.ts';
import type { LearnedHeadKind } from '../core/heads/learnHead.ts';
import type { CachedImages } from './evidence.ts';
import type { Call } from './rpc.ts';
import type { SettleProgress } from './settling.ts';

export interface LearnHeadParams extends CachedImages {
  /** Its head, if it has one, is replaced. */
  readonly alignment: AlignmentDocument;
  readonly kind: LearnedHeadKind;
  /** A table of labels that people gave, instead of those that lie in the folders. */
  readonly truths?: string | undefined;
  /** A mixture: a person promised that the labels are about equally frequent. */
  readonly balanced?: boolean | undefined;
  /** At most so many images of each class folder, and never more than three of four; absent: 20. */
  readonly perLabel?: number | undefined;
}

export interface LearnedHeadFile {
  /** For the document, which says where the file is. */
  readonly head: Omit<HeadRecord, 'file'>;
  /** Of the file. */
  readonly bytes: Uint8Array;
}

/** What the engine offers for keeping what a folder taught. */
export interface LearningMethods {
  /**
   * Learns a head from what is known of the images of folders: labels that persons gave, and class folders. Runs the
   * backbone for those images whose features are missing; images without outputs are left out.
   */
  learnHead: Call<LearnHeadParams, LearnedHeadFile, SettleProgress>;
}
