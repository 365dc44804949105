import type { AlignmentDocument, AlignmentTarget } from './alignment.ts';
import { recallOf } from './expectedRecall.ts';

/** A recall that differs by less is as before. */
const TOLD = 0.02;

/** What another version of an alignment makes of one of its target labels. */
export interface LabelChange {
  /** Index in both. */
  readonly target: number;
  readonly label: string;
  /** What to expect of its recall, in [0, 1]. */
  readonly recall: readonly [before: number, after: number];
  /** Source labels that it has only afterwards, the heaviest first. */
  readonly come: readonly string[];
  /** Source labels that it has only before. */
  readonly go: readonly string[];
  /** How many it keeps. */
  readonly kept: number;
}

/**
 * What two versions of an alignment with the same targets make of each, where that is not the same: other source labels, or
 * another recall to expect. Weights alone may shift everywhere; they are not told.
 */
export function labelChanges(before: AlignmentDocument, after: AlignmentDocument): LabelChange[] {
  return after.targets.flatMap((next, target): LabelChange[] => {
    const now = before.targets[target];
    if (now?.label !== next.label) return [];
    const change = changeOf(now, next, target);
    const [first, second] = change.recall;
    const isSame = Math.abs(first - second) < TOLD && change.come.length === 0 && change.go.length === 0;
    return isSame ? [] : [change];
  });
}

function changeOf(before: AlignmentTarget, after: AlignmentTarget, target: number): LabelChange {
  const come = only(after, before);
  return {
    target,
    label: after.label,
    recall: [recallOf(before), recallOf(after)],
    come,
    go: only(before, after),
    kept: after.sources.length - come.length,
  };
}

/** The source labels of one that the other has not, the heaviest first. */
function only(one: AlignmentTarget, other: AlignmentTarget): string[] {
  const had = new Set(other.sources.map(({ index }) => index));
  return one.sources
    .filter(({ index }) => !had.has(index))
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ label }) => label);
}
