import type { Problem } from '../errors.ts';
import type { ImageFolders } from '../folders/layout.ts';
import type { TargetLabel } from '../labels/targetLabels.ts';
import type { MeasuredOn } from '../metrics/measuredOn.ts';
import type { ReuseResult } from '../reuse/reuse.ts';
import type { DeviceInfo, RunStatus, SkippedImage } from '../runs/run.ts';
import type { Text } from '../text/text.ts';

/*
 * A search for the best reuse. A run has a folder of its own, `.semap/runs/<time>-find-<name>/`:
 *
 *   run.json       FindRecord, rewritten after every step
 *   search.jsonl   what was tried, one line each: a resumed search goes on behind the last one
 *   <id>/          a training of it, as a run of its own, where a prompt was trained
 */

/** Minutes; nobody waits for two years, and a record counts no further. */
export const LONGEST_BUDGET = 1_000_000;

export interface FindParams extends ImageFolders {
  readonly targets: readonly TargetLabel[];
  /** Absolute paths or names; absent = all installed ones. */
  readonly backbones?: readonly string[] | undefined;
  /** Absent: 5. Cached outputs count, too: what has been computed costs nothing. */
  readonly budgetMinutes?: number | undefined;
  /** Decides splits and draws; absent: 0. */
  readonly seed?: number | undefined;
  /** A table of labels that stands for those that people gave. */
  readonly truths?: string | undefined;
  /** Without prompts, which take longest; absent: with them. */
  readonly withoutPrompts?: true | undefined;
  /** Absolute; made if it is not there. Identifies the run. */
  readonly runFolder: string;
}

/** What part the images play. */
export interface FindParts {
  /** Labeled images that teach and choose, in turns. */
  readonly search: number;
  /** Labeled images that are touched once, at the end, by what is on the frontier; 0 = too few labels: figures are corrected instead. */
  readonly heldOut: number;
  /** Images without a label. */
  readonly unlabeled: number;
}

/** Something that was tried, as far as it got. */
export interface FindPoint extends ReuseResult {
  /** How many rounds of halving it survived. */
  readonly round: number;
  /** Where it fell out, or why it was not tried on. */
  readonly ended?: Text | undefined;
  /** Mean share that was right while choosing, over repeated splits of the search part; null before. */
  readonly searched: number | null;
  /** Not beaten by anything that costs no more: in labels, in seconds, in images a second, in bytes. */
  readonly frontier: readonly FindCost[];
  /** Run folder of its training, relative to the run folder of the search. */
  readonly training?: string | undefined;
}

/** What accuracy can be weighed against. */
export const findCosts = ['labels', 'seconds', 'speed', 'bytes'] as const;
export type FindCost = (typeof findCosts)[number];

/** Two points compared on the same images. */
export interface FindDifference {
  /** Ids of points: `than` is the cheaper one. */
  readonly of: string;
  readonly than: string;
  /** Points of accuracy in [-1, 1], with the ends of a 95% interval. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** McNemar's exact test, or one of the best of many, corrected for all comparisons of this table (Holm). */
  readonly p: number;
  readonly images: number;
}

/** What run.json holds. */
export interface FindRecord {
  readonly version: 1;
  readonly kind: 'find';
  /** ISO time of the start. */
  readonly time: string;
  readonly name?: string | undefined;
  readonly status: RunStatus;
  readonly pid?: number | undefined;
  readonly params: FindParams;
  readonly labels: readonly string[];
  readonly parts: FindParts;
  readonly measuredOn?: MeasuredOn | undefined;
  readonly seed: number;
  readonly device: DeviceInfo;
  /** What looked best while choosing first; tables are ordered by what they show (`foundRows`). */
  readonly points: readonly FindPoint[];
  readonly differences: readonly FindDifference[];
  /** In plain words: "With no labels: 61%." Cheapest first, then what is recommended, then what limits this. */
  readonly verdict: readonly Text[];
  /** Id of what is recommended. */
  readonly recommended?: string | undefined;
  /** How many ways were compared: what choosing is corrected for. */
  readonly tried: number;
  /** Of search, pauses left out. */
  readonly seconds: number;
  /** Why it ended: budget used up, everything tried. */
  readonly ended?: Text | undefined;
  readonly problem?: Problem | undefined;
  readonly skipped: readonly SkippedImage[];
}
