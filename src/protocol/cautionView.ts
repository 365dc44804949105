import type {
  CautionMeasured,
  CautionSettings,
  CautiousAnswers,
  NoneBound,
} from '../core/caution/cautiousAnswers.ts';
import type { Ancestor } from '../core/caution/rollUp.ts';

/** What is said of an image in place of a label; from 0 on: the index of a common kind. `gone`: it is shown no longer. */
export const SHOWN = { label: -1, notSure: -2, none: -3, gone: -4 } as const;

/** What is said of the images of a run where answers must be sure. */
export interface CautionState {
  readonly settings: CautionSettings;
  /** While it is being worked out. */
  readonly busy: boolean;
  /** Why it could not be. */
  readonly problem?: string | undefined;
  /** What is said of images that cannot be told apart any better. */
  readonly kinds: readonly Ancestor[];
  readonly counts?: CautiousAnswers['counts'] | undefined;
  readonly none?: NoneBound | undefined;
  readonly measured?: CautionMeasured | undefined;
}
