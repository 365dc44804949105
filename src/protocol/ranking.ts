import type { TargetLabel } from '../core/labels/targetLabels.ts';
import type { MeasuredOn } from '../core/metrics/measuredOn.ts';
import type { RankingRow } from '../core/ranking/ranking.ts';
import type { Verdict } from '../core/ranking/verdict.ts';
import type { DeviceInfo, SkippedImage } from '../core/runs/run.ts';

export interface RankParams {
  /** Folders of images; the first folder below each tells the truth where it is one of the targets. */
  readonly folders: readonly string[];
  readonly targets: readonly TargetLabel[];
  /** Absolute paths or names; absent = all installed ones. */
  readonly backbones?: readonly string[];
  /** Images of each class to look at, first and then again with more; default 20 and 100. The total is bounded. */
  readonly imagesPerClass?: readonly [first: number, refined: number];
  /** Decides which images are drawn; default 0. */
  readonly seed?: number;
}

/** What a run of `rank` looks at now. */
export interface RankActivity {
  readonly backbone: string;
  /** 1 = first look, 2 = with more images. */
  readonly round: 1 | 2;
  readonly done: number;
  readonly total: number;
}

/** Rows in ranked order, and what they say so far; the whole table each time, because it is small. */
export interface RankProgress {
  readonly activity?: RankActivity;
  readonly rows: readonly RankingRow[];
  readonly verdict: Verdict;
}

export interface RankResult {
  readonly rows: readonly RankingRow[];
  readonly verdict: Verdict;
  readonly targets: readonly string[];
  /** Images in the folders. */
  readonly found: number;
  /**
   * Of the images in the folders, those that the accuracies are drawn from, and which folders are left out; each row says
   * how many were drawn (`scores.labelled`). Absent in records of earlier versions.
   */
  readonly measuredOn?: MeasuredOn;
  readonly skipped: readonly SkippedImage[];
  readonly seed: number;
  /** How target labels were compared with source labels. */
  readonly method: { readonly name: 'semap'; readonly similarity: string };
  readonly device: DeviceInfo;
  readonly seconds: number;
  /** True when it was cancelled: the rows are what had been done by then. */
  readonly cancelled: boolean;
}

/** What the engine offers for choosing a backbone. */
export interface RankingMethods {
  /** Compares backbones on a folder: a sample first, refined afterwards. Outputs are kept for `classify`. */
  rank: { params: RankParams; result: RankResult; progress: RankProgress };
}
