import type { AlignmentDocument, AlignmentSource } from './alignment.ts';
import { recallOf } from './expectedRecall.ts';
import { joinedSources } from './members.ts';

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
  const [sourcesBefore, sourcesAfter] = [joinedSources(before), joinedSources(after)];
  return after.targets.flatMap((next, target): LabelChange[] => {
    const now = before.targets[target];
    if (now?.label !== next.label) return [];
    const come = only(sourcesAfter[target], sourcesBefore[target]);
    const go = only(sourcesBefore[target], sourcesAfter[target]);
    const recall = [recallOf(now), recallOf(next)] as const;
    if (come.length === 0 && go.length === 0 && Math.abs(recall[0] - recall[1]) < TOLD) return [];
    const kept = sourcesAfter[target].length - come.length;
    return [{ target, label: next.label, recall, come: namesOf(come), go: namesOf(go), kept }];
  });
}

/** The sources of one that the other has not, the heaviest first. */
function only(one: readonly AlignmentSource[], other: readonly AlignmentSource[]): AlignmentSource[] {
  const had = new Set(other.map(({ index }) => index));
  return one.filter(({ index }) => !had.has(index)).toSorted((a, b) => b.weight - a.weight);
}

/** Names, each once: several backbones may know the same things. */
function namesOf(sources: readonly AlignmentSource[]): string[] {
  return [...new Set(sources.map(({ label }) => label))];
}
