import type { HeadKind } from '../alignments/alignment.ts';
import type { LearnedMethod, MappingMethod } from '../mapping/methods.ts';
import type { ReuseWay } from '../reuse/reuse.ts';

/** Labels of each class that a way learns from: none, so many, or all that there are. */
export const labelBudgets = [0, 1, 5, 20, 'all'] as const;
export type LabelBudget = (typeof labelBudgets)[number];

/** A way that answers from cached outputs. */
export interface FindWay {
  /** The same in every search. */
  readonly id: string;
  readonly way: ReuseWay;
  /** Labels of each class below which it is another way, or none; 0 = it learns from no labels. */
  readonly least: number;
  /** Whether several backbones can answer by it. */
  readonly together?: true;
}

const mapping = (scores: MappingMethod & LearnedMethod, least: number): FindWay => ({
  id: scores,
  way: { scores },
  least,
});

const head = (scores: HeadKind, least: number): FindWay => ({
  id: scores,
  way: { scores },
  least,
  together: true,
});

/** By meaning alone: what every folder gets first. */
export const ZERO_SHOT: FindWay = { id: 'zero-shot', way: { scores: 'semap' }, least: 0, together: true };

/** The images of the folder together, without a label. */
const SETTLED: FindWay = {
  id: 'settled',
  way: { scores: 'mixture', settled: true },
  least: 0,
  together: true,
};

/** Every way that needs no training by gradients, the quick ones first. */
export const findWays: readonly FindWay[] = [
  ZERO_SHOT,
  SETTLED,
  mapping('blm+', 1),
  head('prototypes', 1),
  mapping('semap-labels', 1),
  // With one image of each class it would be prototypes.
  head('linear-probe', 2),
  { ...SETTLED, id: 'settled-labels', least: 1 },
  mapping('linear', 5),
];

/** A way by the number of labels that it learns from. */
export interface BudgetedWay {
  readonly find: FindWay;
  readonly budget: LabelBudget;
}

/**
 * The ways that some labels allow, those without labels first.
 * @param perClass labeled images of each class that there are to learn from; classes without any left out
 */
export function budgetedWays(perClass: readonly number[]): BudgetedWay[] {
  const known = perClass.filter((count) => count > 0).sort((a, b) => a - b);
  const median = known[known.length >> 1] ?? 0;
  return labelBudgets.flatMap((budget) => {
    const count = budget === 'all' ? median : budget;
    // One label alone teaches nothing; so many labels as there are anyway are all of them.
    if (budget !== 0 && (known.length < 2 || (budget !== 'all' && 1.5 * budget > median))) return [];
    return findWays
      .filter(({ least }) => (budget === 0 ? least === 0 : least > 0 && least <= count))
      .map((find) => ({ find, budget }));
  });
}
