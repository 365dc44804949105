import type { AlignmentDifference, CellDifference } from '../../src/core/alignments/alignmentDifference.ts';
import type { TargetRecall } from '../../src/core/evidence/comparison.ts';

/** A cell that differs, and its place in the list of all of them. */
export interface PlacedCell {
  readonly at: number;
  readonly cell: CellDifference;
}

/** What is another for one target label. */
export interface TargetChange {
  readonly target: string;
  readonly cells: readonly PlacedCell[];
  /** Cells that are only mapped first, only mapped second, mapped by both with another weight. */
  readonly lost: number;
  readonly gained: number;
  readonly reweighted: number;
  /** Sum of the differences of weights. */
  readonly moved: number;
  /** The only side that has this target. */
  readonly onlyIn: 0 | 1 | undefined;
  /** Recall of both sides in [0, 1] on the same images, and how many these are; absent where no truth is known. */
  readonly recall?: { readonly images: number; readonly shares: readonly [first: number, second: number] };
}

export type ChangeOrder = 'worst' | 'most' | 'name';
/** Which targets are listed. */
export type TargetFilter = 'all' | 'worse' | 'better' | 'mapped';

/** What differs by target: those whose cells differ, whose recall differs, or that only one side has. */
export function targetChanges(
  { cells, onlyTargets }: Pick<AlignmentDifference, 'cells' | 'onlyTargets'>,
  recalls: readonly TargetRecall[],
): TargetChange[] {
  const byTarget = new Map<string, PlacedCell[]>();
  const cellsOf = (target: string) => {
    const known = byTarget.get(target) ?? [];
    byTarget.set(target, known);
    return known;
  };
  for (const [at, cell] of cells.entries()) cellsOf(cell.target).push({ at, cell });
  for (const target of onlyTargets.flat()) cellsOf(target);
  const known = new Map(recalls.map((recall) => [recall.label, recall]));
  for (const { label, right } of recalls) if (right[0] !== right[1]) cellsOf(label);
  const only = onlyTargets.map((targets) => new Set(targets));
  return [...byTarget].map(([target, own]) => {
    const count = (is: (first: number, second: number) => boolean) =>
      own.filter(({ cell: { weights } }) => is(...weights)).length;
    const recall = known.get(target);
    return {
      target,
      cells: own,
      lost: count((_, second) => second === 0),
      gained: count((first) => first === 0),
      reweighted: count((first, second) => first > 0 && second > 0),
      moved: own.reduce((sum, { cell: { weights } }) => sum + Math.abs(weights[0] - weights[1]), 0),
      onlyIn: only[0].has(target) ? 0 : only[1].has(target) ? 1 : undefined,
      ...(recall && recall.images > 0
        ? {
            recall: {
              images: recall.images,
              shares: [recall.right[0] / recall.images, recall.right[1] / recall.images] as const,
            },
          }
        : {}),
    };
  });
}

/** How many shares of recall the second has more. */
export function gainOf({ recall }: TargetChange): number {
  return recall ? recall.shares[1] - recall.shares[0] : 0;
}

/** The listed targets in order. `text` is looked for in labels of target and sources, whatever the case. */
export function listedChanges(
  changes: readonly TargetChange[],
  {
    order,
    filter,
    text,
  }: { readonly order: ChangeOrder; readonly filter: TargetFilter; readonly text: string },
): TargetChange[] {
  const wanted = text.trim().toLocaleLowerCase();
  const has = (label: string) => label.toLocaleLowerCase().includes(wanted);
  const passes: Record<TargetFilter, (change: TargetChange) => boolean> = {
    all: () => true,
    worse: (change) => gainOf(change) < 0,
    better: (change) => gainOf(change) > 0,
    mapped: ({ cells }) => cells.length > 0,
  };
  const orders: Record<ChangeOrder, (a: TargetChange, b: TargetChange) => number> = {
    worst: (a, b) => gainOf(a) - gainOf(b) || b.moved - a.moved,
    most: (a, b) => b.moved - a.moved || Math.abs(gainOf(b)) - Math.abs(gainOf(a)),
    name: (a, b) => a.target.localeCompare(b.target, undefined, { numeric: true }),
  };
  return changes
    .filter(passes[filter])
    .filter(({ target, cells }) => has(target) || cells.some(({ cell }) => has(cell.source)))
    .sort(orders[order]);
}
