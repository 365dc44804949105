import type { SurveyedSidecars } from '../core/exports/sidecars/sidecarSurvey.ts';
import type { SidecarOptions, TaggedFolder } from '../core/exports/sidecars/xmpFormat.ts';
import type { PlanOutcome, PlanProgress } from '../core/plans/filePlan.ts';
import type { Call } from './rpc.ts';

interface JournalParams {
  /** Absolute path of a journal of files to be placed. */
  readonly journal: string;
}

interface SidecarsParams {
  readonly folders: readonly TaggedFolder[];
  readonly options: SidecarOptions;
}

/** What the engine offers for files that are placed: the host copies nothing itself. */
export interface FilePlanMethods {
  /**
   * Carries out a plan, or goes on with it.
   * @throws {SemapError} `cancelled`, `out-of-space`, `not-writable`: what was done is in the journal; `busy`
   */
  carryOutPlan: Call<JournalParams, PlanOutcome, PlanProgress>;
  /** Brings back what was moved, and removes what was made. @throws {SemapError} as `carryOutPlan` */
  undoPlan: Call<JournalParams, PlanOutcome, PlanProgress>;
  /** What writing sidecars beside images would do; nothing is written. */
  surveySidecars: Call<SidecarsParams, SurveyedSidecars, { readonly done: number; readonly total: number }>;
  /** Writes that down as journals, one for each folder in which anything changes; nothing else is written. */
  planSidecars: Call<SidecarsParams, { readonly journals: readonly string[] }>;
}
