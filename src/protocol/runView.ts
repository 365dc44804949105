import type { RunPhase } from '../core/runs/run.ts';
import type { PageProblem } from './pageProblem.ts';
import type { Call } from './rpc.ts';

/** What the page of every long run shows of it. */
export interface RunSummary {
  readonly kind: 'find' | 'training';
  readonly id: string;
  /** What the run is called. */
  readonly name: string;
  /** The folders, as people call them: `photos and 2 more`. */
  readonly title: string;
  readonly phase: RunPhase;
  /** Whether this window holds it, so that it can be paused and stopped. */
  readonly live: boolean;
  readonly seconds?: number | undefined;
  readonly device?: string | undefined;
  /** What is worth knowing: images that could not be read, who runs it. */
  readonly notes: readonly string[];
  /** The run's folder, relative to the workspace where it lies in it. */
  readonly folder?: string | undefined;
  /** When it failed or was interrupted. */
  readonly problem?: PageProblem | undefined;
}

/** What a page shows that is about one run at a time. */
export type RunState<Summary extends RunSummary> =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'damaged'; readonly name: string; readonly problem: PageProblem }
  | Summary;

export interface OfRun {
  readonly id: string;
}

/** What the page of a long run may ask of the extension host, whatever it is of. */
export interface RunViewApi<State> {
  /** Reports the state at once and after every change, for as long as the page lives. */
  watch: Call<null, never, State>;
  pause: Call<OfRun>;
  /** Goes on after a pause or an interruption. */
  resume: Call<OfRun>;
  /** Ends it with what there is, or takes it out of the queue. */
  stop: Call<OfRun>;
  /** Asks once more with the same settings, for another run. */
  again: Call<OfRun>;
  /** Opens the record of the run. */
  openRecord: Call<OfRun>;
  /** Runs a button of the problem in the state. */
  act: Call<{ readonly action: number }>;
}
