import {
  type AlignmentDocument,
  type AlignmentTarget,
  type HeadRecord,
  headNames,
} from '../../src/core/alignments/alignment.ts';
import { alignmentWarnings, weakTargets } from '../../src/core/alignments/alignmentBuilding.ts';
import { qualityName } from '../../src/core/alignments/expectedQuality.ts';
import { recallOf } from '../../src/core/alignments/expectedRecall.ts';
import { roleNotes } from '../../src/core/alignments/roleTexts.ts';
import { learnedSplitsText } from '../../src/core/folders/splitTexts.ts';
import { firstAmiss, noteInFull } from '../../src/core/similarity/labelNoteTexts.ts';
import { percent } from '../../src/core/text/numbers.ts';
import { listed } from '../../src/core/text/text.ts';
import type { LabelMeaning } from '../../src/protocol/alignments.ts';
import { plural, say, t } from '../common/language.ts';

/** A label in a warning, and what it leads to. */
export interface WarnedLabel {
  readonly name: string;
  /** What is amiss with it. */
  readonly note: string;
  /** The same with what to do. */
  readonly help?: string;
  readonly target?: number;
  /** A source that is shared, by its joined index. */
  readonly source?: number;
  /** A source that can be included again, by its joined index. */
  readonly excluded?: number;
}

/** One thing that a person should know about an alignment before they rely on it. */
export interface AlignmentWarning {
  /** It costs accuracy; otherwise it is good to know. */
  readonly severe: boolean;
  readonly text: string;
  /** What to do, where that is no matter of single labels. */
  readonly advice?: string;
  readonly labels: readonly WarnedLabel[];
  /** Hints may mend it. */
  readonly hints?: true;
}

/** What is amiss with an alignment, the worst first. */
export function warningsOf(
  document: AlignmentDocument,
  meanings: readonly LabelMeaning[] = [],
): AlignmentWarning[] {
  const { unmapped, shared, duplicates, nothingFits } = alignmentWarnings(document);
  const { targets, excluded = [] } = document;
  const warnings: AlignmentWarning[] = [];
  const warn = (severe: boolean, text: string, labels: readonly WarnedLabel[], advice?: string) => {
    warnings.push({ severe, text, labels, ...(advice === undefined ? {} : { advice }) });
  };
  if (nothingFits && document.method.name !== 'random') {
    warn(
      true,
      t('Most labels have no close match in this backbone'),
      [],
      t(
        'Accuracy may be near chance. Choose senses, add hints, use simpler labels, or try another backbone.',
      ),
    );
  }
  const misread = document.head ? [] : misreadLabels(document, meanings);
  // Each label is listed once, with what helps most to mend it.
  const reading = new Map(misread.map((each) => [each.target, each]));
  if (unmapped.length > 0) {
    warn(
      true,
      plural(unmapped.length, '{0} label is never predicted', '{0} labels are never predicted'),
      targetsWhere(targets, ({ label }) => unmapped.includes(label)).map((one) => ({
        ...(reading.get(one.target) ?? { ...one, note: t('never predicted') }),
      })),
    );
  }
  if (misread.length > 0) {
    warnings.push({
      severe: true,
      hints: true,
      text: plural(misread.length, '{0} label may be misunderstood', '{0} labels may be misunderstood'),
      labels: misread.filter(({ name }) => !unmapped.includes(name)),
    });
  }
  const defined = roleLabels(document);
  if (defined.length > 0) {
    warn(
      false,
      plural(defined.length, '{0} label is defined by the others', '{0} labels are defined by the others'),
      defined,
    );
  }
  if (document.head) warn(false, t('A head decides, not the mapping'), [], headWords(document.head));
  const recall = ({ target }: { readonly target: number }) => recallOf(targets[target]);
  const weak = weakTargets(document)
    .map((target) => ({ name: targets[target].label, target }))
    .sort((a, b) => recall(a) - recall(b));
  if (weak.length > 0) {
    warnings.push({
      severe: true,
      hints: true,
      text: plural(weak.length, '{0} label is weak', '{0} labels are weak'),
      labels: weak
        .filter(({ target }) => !reading.has(target))
        .map((one) => ({ ...one, note: say(qualityName(targets[one.target].expected)) })),
    });
  }
  if (duplicates.length > 0) {
    warn(
      true,
      plural(duplicates.length, '{0} label appears twice', '{0} labels appear twice'),
      duplicates.map((name) => ({
        name,
        note: t('appears twice'),
        target: targets.findLastIndex(({ label }) => label === name),
      })),
    );
  }
  const groups = sharedGroups(shared);
  if (groups.length > 0) {
    warn(
      false,
      plural(
        groups.length,
        '{0} group of labels is hard to tell apart',
        '{0} groups of labels are hard to tell apart',
      ),
      groups,
    );
  }
  if (excluded.length > 0) {
    warn(
      false,
      plural(excluded.length, '{0} source label is excluded', '{0} source labels are excluded'),
      excluded.map(({ label, index }) => ({
        name: label,
        note: t('excluded'),
        excluded: index,
      })),
    );
  }
  return warnings;
}

/** What the head is, what it is worth, and what the grid says beside it. */
function headWords({ kind, learned: { images, splits, validation } }: HeadRecord): string {
  const worth =
    validation.accuracy === null
      ? ''
      : plural(
          validation.images,
          'Its accuracy is {1}, measured on {0} image that was left out of learning.',
          'Its accuracy is {1}, measured on {0} images that were left out of learning.',
          percent(validation.accuracy),
        );
  return [
    plural(
      images,
      'It was learned from {0} labeled image ({1}).',
      'It was learned from {0} labeled images ({1}).',
      say(headNames[kind]),
    ),
    worth,
    splits ? t('Splits: {0}.', learnedSplitsText(splits)) : '',
    t('The grid shows the mapping, which is at most a part of its scores.'),
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}

/** The labels that were not read as they are written, with the first reason. */
function misreadLabels(document: AlignmentDocument, meanings: readonly LabelMeaning[]): WarnedLabel[] {
  const roles = roleNotes(document);
  return document.targets.flatMap(({ label: name, pinned }, target): WarnedLabel[] => {
    const role = roles[target];
    const note = pinned ? undefined : role?.amiss ? role : firstAmiss(meanings[target]?.notes ?? []);
    return note ? [{ name, target, note: say(note.said), help: say(noteInFull(note)) }] : [];
  });
}

/** The labels that say something by way of the others, with what that is. */
function roleLabels(document: AlignmentDocument): WarnedLabel[] {
  return roleNotes(document).flatMap((note, target): WarnedLabel[] => {
    if (!note || note.amiss) return [];
    return [
      { name: document.targets[target].label, target, note: say(note.said), help: say(noteInFull(note)) },
    ];
  });
}

function targetsWhere(
  targets: readonly AlignmentTarget[],
  matches: (target: AlignmentTarget) => boolean,
): { readonly name: string; readonly target: number }[] {
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
    note: t('share {0}', say(listed(sources, 2))),
  }));
}
