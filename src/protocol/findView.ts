import type { FindDifference, FindPoint } from '../core/find/findRecord.ts';
import type { RunPhase } from '../core/runs/run.ts';
import type { Text } from '../core/text/text.ts';
import type { FindActivity } from './find.ts';
import type { PageProblem } from './pageProblem.ts';
import type { Call } from './rpc.ts';

/** Something that was tried, and what the person can do with it. */
export interface FoundPoint extends FindPoint {
  /** Name of the alignment that it was kept as in this window. */
  readonly kept?: string | undefined;
}

/** A search as its page shows it; sent whole, because it is small. */
export interface FindSummary {
  readonly kind: 'find';
  readonly id: string;
  /** What the run is called. */
  readonly name: string;
  /** The folders, as people call them: `photos and 2 more`. */
  readonly title: string;
  readonly phase: RunPhase;
  /** Whether this window holds it, so that it can be paused and stopped. */
  readonly live: boolean;
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
  /** What is worth knowing: images that could not be read, who runs it. */
  readonly notes: readonly string[];
  readonly ended?: Text | undefined;
  readonly seconds?: number | undefined;
  readonly device?: string | undefined;
  readonly seed?: number | undefined;
  /** The run's folder, relative to the workspace where it lies in it. */
  readonly folder?: string | undefined;
  /** When it failed or was interrupted. */
  readonly problem?: PageProblem | undefined;
}

export type FindState =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'damaged'; readonly name: string; readonly problem: PageProblem }
  | FindSummary;

interface OfSearch {
  readonly id: string;
}

interface OfPoint extends OfSearch {
  readonly point: string;
}

/** What the page of a search may ask of the extension host. */
export interface FindViewApi {
  /** Reports the state at once and after every change, for as long as the page lives. */
  watch: Call<null, never, FindState>;
  pause: Call<OfSearch>;
  /** Goes on after a pause or an interruption. */
  resume: Call<OfSearch>;
  /** Ends it with what there is. */
  stop: Call<OfSearch>;
  /** Searches again with the same settings, which can be changed. */
  again: Call<OfSearch>;
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
  /** Opens the record of the run. */
  openRecord: Call<OfSearch>;
  /** Runs a button of the problem in the state. */
  act: Call<{ readonly action: number }>;
}
