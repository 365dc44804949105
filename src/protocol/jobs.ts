import type { AlignmentDocument } from '../core/alignments/alignment.ts';
import type { BackboneSidecar } from '../core/backbones/backboneSidecar.ts';
import type { Prediction } from '../core/evidence/imageScorer.ts';
import type { ImageFolders, Layout } from '../core/folders/layout.ts';
import type { Drift } from '../core/jobs/drift.ts';
import type { ResultFormat } from '../core/jobs/job.ts';
import type { ResultFacts } from '../core/jobs/shardResult.ts';
import type { SkippedImage } from '../core/runs/run.ts';
import type { ClassifyParams, ClassifyResult } from './classification.ts';
import type { BackboneRef } from './models.ts';
import type { Call } from './rpc.ts';

/** A file that names images, a path in each line. */
export interface ImageList {
  readonly file: string;
  /** Absolute; what relative paths are relative to. */
  readonly root: string;
  /** Of the images below the root. */
  readonly layout: Layout;
}

export interface PlanParams {
  /** Of the job: new or empty. */
  readonly folder: string;
  readonly images: ImageFolders;
  /** In place of what lies in the folders. */
  readonly list?: ImageList | undefined;
  readonly backbone: BackboneRef;
  readonly sidecar?: BackboneSidecar | undefined;
  readonly alignment: AlignmentDocument;
  readonly imagesPerShard: number;
  readonly format: ResultFormat;
  readonly lean: boolean;
  /** Version of SeMap. */
  readonly semap: string;
}

export interface PlannedJob {
  readonly id: string;
  readonly images: number;
  readonly shards: number;
  readonly skipped: number;
}

export interface ShardParams {
  /** Folder of the job. */
  readonly job: string;
  readonly shard: number;
  /** Where this machine has the first folders of the job. */
  readonly roots?: readonly string[] | undefined;
  /** Where this machine has the first backbones of the job. */
  readonly backbones?: readonly BackboneRef[] | undefined;
  readonly semap: string;
}

export interface ShardDone extends ResultFacts {
  /** Absolute path of the result. */
  readonly result: string;
  /** Whether it was there before. */
  readonly already: boolean;
}

export interface ShardProgress {
  readonly done: number;
  readonly total: number;
  readonly cached: number;
}

/** What there is of a job. */
export interface CheckedJob {
  readonly images: number;
  /** Of shards whose results are there and whole. */
  readonly shards: readonly ResultFacts[];
  readonly missing: readonly number[];
  /** Torn, or changed since they were written. */
  readonly damaged: readonly number[];
  /** Of another job. */
  readonly foreign: readonly number[];
  readonly skipped: readonly SkippedImage[];
  /** Images that were others when the job was planned. */
  readonly changed: number;
  readonly drift: readonly Drift[];
}

/** What the engine offers for jobs of many machines. */
export interface JobMethods {
  planJob: Call<PlanParams, PlannedJob, { readonly images: number }>;
  runShard: Call<ShardParams, ShardDone, ShardProgress>;
  /**
   * What the shards said of each image alone, in any number of them; `predictions` are what is new since the last report.
   * The answers are those in the results: to be used where outputs are not there, or too many.
   */
  answerJob: Call<
    ClassifyParams & { readonly job: string },
    ClassifyResult,
    { readonly predictions: readonly Prediction[]; readonly done: number; readonly total: number }
  >;
  /** Reads all results of a job. */
  checkJob: Call<{ readonly job: string }, CheckedJob, { readonly done: number; readonly total: number }>;
}
