import type { PlanOutcome, PlanProgress } from '../core/exports/filePlan.ts';
import type { Call } from './rpc.ts';

interface JournalParams {
  /** Absolute path of a journal of files to be placed. */
  readonly journal: string;
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
}
