import type { AlignmentDocument } from '../core/alignments/alignment.ts';
import type { BackboneSidecar } from '../core/backbones/backboneSidecar.ts';
import type { Prediction } from '../core/evidence/imageScorer.ts';
import type { ImageFolders } from '../core/folders/layout.ts';
import type { ClassificationFigures } from '../core/runs/classificationRecord.ts';
import type { SkippedImage } from '../core/runs/run.ts';
import type { Text } from '../core/text/text.ts';
import type { BackboneRef } from './models.ts';
import type { Call } from './rpc.ts';

export interface ClassifyParams extends ImageFolders {
  readonly backbone: BackboneRef;
  readonly sidecar?: BackboneSidecar | undefined;
  readonly alignment: AlignmentDocument;
  /** Goes on with what arrives and changes in the folders until it is cancelled, which is then no failure. */
  readonly watch?: true | undefined;
}

/**
 * Sent when the backbone is described, and then at most ten times a second; `predictions` and `skipped` are what is new since the last one.
 */
export interface ClassifyProgress {
  readonly total: number;
  /** False while the folders are still being listed and `total` may grow. */
  readonly listed: boolean;
  readonly done: number;
  /** Of `done`, how many came from the cache of outputs. */
  readonly cached: number;
  /**
   * Whether what is done is a mixture of all images: accuracy so far is then about them all. Not where so many are being
   * listed that the first had to begin before.
   */
  readonly mixed?: boolean | undefined;
  readonly predictions: readonly Prediction[];
  /** Where the image of each prediction stands in the folders: they come in another order. */
  readonly places?: readonly number[] | undefined;
  readonly skipped: readonly SkippedImage[];
  /** Names of the source labels, in the first one. */
  readonly sources?: readonly string[] | undefined;
  readonly imagesPerSecond: number;
  readonly secondsLeft?: number | undefined;
  /** Why nothing happens for now, as a sentence: a folder cannot be reached and is waited for. */
  readonly paused?: Text | undefined;
  /** While folders are watched: all that is there is done, and what comes will be. */
  readonly waiting?: true | undefined;
  /** While folders are watched: images that are no longer there. What was changed is predicted once more. */
  readonly gone?: readonly string[] | undefined;
}

/** What came of a classification. */
export interface ClassifyResult extends ClassificationFigures {
  readonly skipped: readonly SkippedImage[];
}

/** How folders differ from what they were: numbers of images. */
export interface ChangedFolders {
  readonly arrived: number;
  readonly changed: number;
  readonly gone: number;
}

/** What the engine offers for classifying folders. */
export interface ClassificationMethods {
  classify: Call<ClassifyParams, ClassifyResult, ClassifyProgress>;
  /** Scores cached outputs under another alignment without running the backbone; unseen images are left out. */
  rescore: Call<
    ClassifyParams,
    ClassifyResult & {
      readonly predictions: readonly Prediction[];
      /** Names of the source labels. */
      readonly sources: readonly string[];
      /** Images of the folders that were left out: not run yet, or unreadable. */
      readonly unseen: number;
    }
  >;
  /** How the folders differ from what a run saw. @param since when it ended, in milliseconds since 1970 */
  changesSince: Call<
    ClassifyParams & { readonly paths: readonly string[]; readonly since: number },
    ChangedFolders
  >;
  /** Whether most images of the folders are photographs, as far as a few of them tell. */
  arePhotographs: Call<ImageFolders, boolean>;
  /** A small upright JPEG or PNG of an image. */
  thumbnail: Call<
    { readonly path: string; readonly size: number },
    { readonly type: string; readonly bytes: Uint8Array }
  >;
}
