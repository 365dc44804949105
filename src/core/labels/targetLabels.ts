import { invalidLabels, type SemapError } from '../errors.ts';
import { phrase } from '../text/text.ts';
import { visibleText } from './labelBytes.ts';
import type { LabelFile } from './labelEntry.ts';
import { MOST_TARGETS, mustBeShort } from './labelEntry.ts';
import { labelsOfText, unclearColumn } from './labelFile.ts';
import { contentLines, unquoted } from './labelLines.ts';
import { separatorOf, tableRows } from './labelTable.ts';
import { labelKey } from './labelText.ts';
import type { WordNet } from './wordnet.ts';

/** A target label as a person gave it, with what they said about its meaning. */
export interface TargetLabel {
  readonly name: string;
  /** Free text that tells the meaning: `Birman cat`. */
  readonly hint?: string | undefined;
  /** A WordNet sense key that the person chose: `crane%1:05:00::`. */
  readonly sense?: string | undefined;
}

/** What is odd about a list of target labels; nothing here stops anybody. */
export type LabelProblem =
  /** Empty lines, left out. */
  | { readonly kind: 'blank'; readonly count: number }
  /** The same label again, left out. */
  | { readonly kind: 'duplicate'; readonly label: string; readonly count: number }
  /** Labels that differ in case, separators or spaces only; kept. */
  | { readonly kind: 'alike'; readonly labels: readonly string[] };

/** Target labels that can be aligned, and what was odd about the list. */
export interface TargetList {
  readonly targets: readonly TargetLabel[];
  readonly problems: readonly LabelProblem[];
}

/**
 * Reads names that a person or a folder gave. Text is kept as it is, whatever it contains; a name that is a wnid gets
 * its WordNet name and sense, one that begins with a wnid its sense.
 * @throws {SemapError} `invalid-labels` when no label is left, or one is too long
 */
export function readTargets(names: readonly string[], wordnet: WordNet): TargetList {
  const trimmed = names.map((name) => name.trim());
  const given = trimmed.filter((name) => name !== '');
  if (given.length === 0) throw noTargets();
  for (const [i, name] of trimmed.entries()) mustBeShort(name, i, phrase('the list'));
  const counts = countBy(given, (name) => name);
  const unique = [...counts.keys()];
  if (unique.length > MOST_TARGETS) {
    throw invalidLabels(
      phrase('There are {0} target labels: the limit is {1}.', unique.length, MOST_TARGETS),
      { hint: phrase('Is it a list of labels? For a table of images, name the column of the labels.') },
    );
  }
  const problems: LabelProblem[] = [];
  if (given.length < trimmed.length) problems.push({ kind: 'blank', count: trimmed.length - given.length });
  for (const [label, { length }] of counts) {
    if (length > 1) problems.push({ kind: 'duplicate', label, count: length });
  }
  for (const labels of countBy(unique, labelKey).values()) {
    if (labels.length > 1) problems.push({ kind: 'alike', labels });
  }
  return { targets: wnidTargets(unique, wordnet), problems };
}

function wnidTargets(names: readonly string[], wordnet: WordNet): TargetLabel[] {
  const targets = names.map((name): TargetLabel => {
    const [, wnid = '', parted = '', rest] = /^(n\d{8})(?:([\s._-]+)(.*))?$/.exec(name) ?? [];
    const synset = wordnet.synsetOfWnid(wnid);
    if (synset === undefined) return { name };
    if (!rest) return { name: wordnet.lemmas(synset)[0], sense: wordnet.key(synset) };
    // `n02085620-Chihuahua` keeps its name: it is that of its folder. `n01440764 tench` is a line of a list.
    return { name: parted.trim() === '' ? rest : name, sense: wordnet.key(synset) };
  });
  const taken = countBy(targets, (target) => target.name);
  return targets.map((target, i) =>
    target.sense !== undefined && taken.get(target.name)!.length > 1
      ? { ...target, name: `${target.name} (${names[i]})` }
      : target,
  );
}

function countBy<T>(values: readonly T[], key: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(key(value));
    if (group) group.push(value);
    else groups.set(key(value), [value]);
  }
  return groups;
}

/**
 * The labels in a text that a person typed: with commas or semicolons between them, one per line, or as a JSON list.
 * Quotes keep a comma within a label. Blanks and duplicates are kept: whoever reads the targets reports them.
 */
export function parseLabelList(text: string): readonly string[] {
  const plain = visibleText(text);
  if (plain.trim() === '') return [];
  const lines = contentLines(plain);
  if (/^\s*(?:\[|\{[\s\S]*\}\s*$)/.test(plain) || lines.length > 1)
    return targetNames(labelsOfText(plain, { name: 'The list' }), 'the list');
  const [line = ''] = lines;
  const single = unquoted(line.trim());
  if (single !== line.trim() && !line.includes('","')) return [single];
  const separator = separatorOf(line);
  return (tableRows(line, separator === '\t' || separator === ';' ? separator : ',')[0] ?? []).map((label) =>
    unquoted(label.trim()),
  );
}

/** Labels as a text that {@link parseLabelList} reads. */
export function labelList(labels: readonly string[]): string {
  return labels
    .map((label) => (/[,;"\t]/.test(label) ? `"${label.replaceAll('"', '""')}"` : label))
    .join(', ');
}

/**
 * The target labels of a file. Those of a table of images come once each, in the order in which they first appear.
 * @throws {SemapError} `invalid-labels` where it is not clear which column holds them
 */
export function targetNames(
  file: LabelFile,
  name: string,
  hint = phrase('Give a file with that column only.'),
): readonly string[] {
  if (file.kind === 'unclear') throw unclearColumn(file.columns, name, hint);
  const names = file.entries.map((entry) => entry.name);
  if (file.kind !== 'images') return names;
  // An image of several classes: `Mass|Nodule`.
  const each = names.flatMap((label) => label.split('|').map((one) => one.trim()));
  return [...new Set(each.filter((label) => label !== ''))];
}

export function noTargets(): SemapError {
  return invalidLabels(phrase('There are no target labels.'), {
    hint: phrase('Give at least one label, or a folder whose subfolders are the labels.'),
  });
}
