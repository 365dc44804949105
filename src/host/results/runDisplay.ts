import type { ClassifyRun } from './classifyRun.ts';

/** Where runs are shown, each in a tab of its own. */
export interface RunDisplay {
  /** @param after the run whose tab is taken */
  show(run: ClassifyRun, after?: ClassifyRun): void;
  /** The run of a record that is shown already. */
  shownIn(folder: string): ClassifyRun | undefined;
  /** A run that is shown, is over, and asked the same. */
  alike(asked: Pick<ClassifyRun, 'images' | 'alignmentPath' | 'backbone'>): ClassifyRun | undefined;
  /** Shows a run, and asks as what and where to it is exported. */
  export(run: ClassifyRun): Promise<void>;
  /** The run that the person looks at. */
  readonly inFront: ClassifyRun | undefined;
  /** Records that are shown. */
  readonly shown: readonly string[];
  /** Whether the person sees a run. */
  sees(run: ClassifyRun): boolean;
}
