import type { FindDifference, FindPoint } from '../core/find/findRecord.ts';
import type { Text } from '../core/text/text.ts';
import type { FindActivity } from './find.ts';
import type { Call } from './rpc.ts';
import type { OfRun, RunState, RunSummary, RunViewApi } from './runView.ts';

/** Something that was tried, and what the person can do with it. */
export interface FoundPoint extends FindPoint {
  /** Name of the alignment that it was kept as in this window. */
  readonly kept?: string | undefined;
}

/** A search as its page shows it; sent whole, because it is small. */
export interface FindSummary extends RunSummary {
  readonly kind: 'find';
  /** What is done now. */
  readonly activity?: FindActivity | undefined;
  /** Of the budget. */
  readonly secondsLeft?: number | undefined;
  readonly budgetMinutes: number;
  /** Best first. */
  readonly points: readonly FoundPoint[];
  readonly differences: readonly FindDifference[];
  readonly verdict: readonly Text[];
  /** Id of the point that is recommended. */
  readonly recommended?: string | undefined;
  /** How many ways were compared. */
  readonly tried: number;
  /** Id of the point that is being learned again to be kept. */
  readonly keeping?: string | undefined;
  readonly ended?: Text | undefined;
  readonly seed?: number | undefined;
}

export type FindState = RunState<FindSummary>;

interface OfPoint extends OfRun {
  readonly point: string;
}

/** What the page of a search may ask of the extension host. */
export interface FindViewApi extends RunViewApi<FindState> {
  /** Asks for a folder to search on. */
  find: Call<null>;
  /** Opens the alignment that a point was kept as. */
  openKept: Call<OfPoint>;
  /** Shows the training of a point. */
  showTraining: Call<OfPoint>;
  /** Makes an alignment document of a point, and opens it. */
  keep: Call<OfPoint>;
  /** Keeps a point, and asks to classify with it. */
  keepAndClassify: Call<OfPoint>;
  /** Shows a backbone of a point in its view. */
  showBackbone: Call<OfPoint & { readonly path: string }>;
}
