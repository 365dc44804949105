import type { AlignmentDocument, AlignmentTarget } from '../../src/core/alignments/alignment.ts';
import { alignmentWarnings } from '../../src/core/alignments/alignmentBuilding.ts';

import { qualityName } from '../../src/core/alignments/expectedQuality.ts';
import { listed } from '../../src/core/text/text.ts';
import { plural, say, t } from '../common/language.ts';

/** A label in a warning, and what it leads to. */
export interface WarnedLabel {
  readonly name: string;
  readonly note?: string;
  readonly target?: number;
  /** A source that is shared, by the backbone's index. */
  readonly source?: number;
  /** A source that can be included again, by the backbone's index. */
  readonly excluded?: number;
}

/** One thing that a person should know about an alignment before they rely on it. */
export interface AlignmentWarning {
  /** It costs accuracy; otherwise it is good to know. */
  readonly severe: boolean;
  readonly text: string;
  readonly labels: readonly WarnedLabel[];
}

/** What is amiss with an alignment, the worst first. */
export function warningsOf(document: AlignmentDocument): AlignmentWarning[] {
  const { unmapped, shared, duplicates, nothingFits } = alignmentWarnings(document);
  const { targets, excluded = [] } = document;
  const warnings: AlignmentWarning[] = [];
  const warn = (severe: boolean, text: string, labels: readonly WarnedLabel[]) => {
    warnings.push({ severe, text, labels });
  };
  if (nothingFits && document.method.name !== 'random') {
    warn(
      true,
      t(
        'Most labels have no close match in this backbone. Accuracy may be near chance. Choose senses, add hints, use simpler labels, or try another backbone.',
      ),
      [],
    );
  }
  if (unmapped.length > 0) {
    warn(
      true,
      plural(unmapped.length, '{0} label is never predicted:', '{0} labels are never predicted:'),
      targetsWhere(targets, ({ sources }) => sources.length === 0),
    );
  }
  const weak = targetsWhere(targets, isWeak).map((one) => ({
    ...one,
    note: say(qualityName(targets[one.target].expected)),
  }));
  if (weak.length > 0) {
    warn(true, plural(weak.length, '{0} target label is weak:', '{0} target labels are weak:'), weak);
  }
  if (duplicates.length > 0) {
    const names = duplicates.map((name) => ({
      name,
      target: targets.findLastIndex(({ label }) => label === name),
    }));
    warn(true, plural(names.length, '{0} label appears twice:', '{0} labels appear twice:'), names);
  }
  const groups = sharedGroups(shared);
  if (groups.length > 0) {
    warn(false, t('Hard to tell apart because they share source labels:'), groups);
  }
  if (excluded.length > 0) {
    warn(
      false,
      plural(excluded.length, '{0} source label is excluded:', '{0} source labels are excluded:'),
      excluded.map(({ label, index }) => ({ name: label, excluded: index })),
    );
  }
  return warnings;
}

function isWeak({ expected, sources }: AlignmentTarget): boolean {
  return sources.length > 0 && (expected === 'weak' || expected === 'poor' || expected === 'none');
}

function targetsWhere(
  targets: readonly AlignmentTarget[],
  matches: (target: AlignmentTarget) => boolean,
): (WarnedLabel & { readonly target: number })[] {
  return [...targets.entries()].flatMap(([target, each]) =>
    matches(each) ? [{ name: each.label, target }] : [],
  );
}

/** The targets that share sources, each group once, with what they share. */
function sharedGroups(
  shared: readonly { readonly source: string; readonly index: number; readonly targets: readonly string[] }[],
): WarnedLabel[] {
  const groups = new Map<string, { readonly first: number; readonly sources: string[] }>();
  for (const { source, index, targets } of shared) {
    const name = targets.join(' + ');
    const group = groups.get(name) ?? { first: index, sources: [] };
    group.sources.push(source);
    groups.set(name, group);
  }
  return [...groups].map(([name, { first, sources }]) => ({
    name,
    source: first,
    note: say(listed(sources, 2)),
  }));
}
