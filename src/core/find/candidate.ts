import type { Problem } from '../errors.ts';
import type { ReuseCost, ReusedBackbone, ReuseFigure, ReuseWay } from '../reuse/reuse.ts';
import type { Text } from '../text/text.ts';
import type { FindWay, LabelBudget } from './findWays.ts';
import type { Outcomes } from './outcomes.ts';

/** What a way answered of some labeled images. */
export interface Tried {
  /** Right (1) or wrong (0) at the first parting or draw of labels; NaN where it was not asked. */
  readonly once: Outcomes;
  /** The mean over all partings or draws. */
  readonly mean: Outcomes;
}

/** A way of reusing some backbones with so many labels, on its way through a search. */
export interface Candidate {
  readonly id: string;
  readonly way: ReuseWay;
  /** How it answers from cached outputs; undefined for a prompt. */
  readonly find?: FindWay | undefined;
  readonly budget: LabelBudget;
  readonly backbones: readonly ReusedBackbone[];
  /** Under which the outputs of its backbones are kept. */
  readonly key: string;
  readonly cost: ReuseCost;
  readonly round: number;
  readonly ended?: Text | undefined;
  readonly problem?: Problem | undefined;
  readonly note?: Text | undefined;
  /** On the search part, each image answered by what had not learned from it. */
  readonly search?: Tried | undefined;
  /** On the images that were held out. */
  readonly heldOut?: Tried | undefined;
  /** Judged without labels. */
  readonly expected?: Pick<ReuseFigure, 'value' | 'low' | 'high'> | undefined;
  /** Folder of its training, relative to that of the search. */
  readonly training?: string | undefined;
}

/** The same way, backbones and labels are the same candidate in every search of a folder. */
export function candidateId(way: string, budget: LabelBudget, key: string): string {
  return budget === 0 ? `${way}@${key}` : `${way}/${budget}@${key}`;
}

/** Numbers of a head or mapping that was learned, as files keep them: 4 bytes for each label and input. */
export function learnedBytes(find: FindWay, targetCount: number, width: number, sourceCount: number): number {
  if (find.least === 0) return 0;
  const { scores } = find.way;
  const inputs =
    scores === 'prototypes' || scores === 'linear-probe' || scores === 'mixture' ? width : sourceCount;
  return 4 * targetCount * (inputs + 1);
}
