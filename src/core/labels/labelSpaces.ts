import { invalidLabels } from '../errors.ts';
import { phrase } from '../text/text.ts';
import { type LabelEntry, type LabelFile, mustBeShort, WNID } from './labelEntry.ts';
import { labelsOfText, unclearColumn } from './labelFile.ts';
import type { Label, LabelSpace } from './labelSpace.ts';
import type { WordNet } from './wordnet.ts';

/** Label spaces that are known by name. */
export const BUILT_IN_LABEL_SPACES = ['imagenet-1k', 'imagenet-1k-background'] as const;

const backgroundPattern = /^(?:_*background_*|backgrounds?|dummy|__ignore__|unnamed \d+)$/i;
/** Of names in the places of ImageNet's, how many must be ImageNet's for all to be. */
const IMAGENET_SHARE = 0.5;

/** What an output is called that has a number but no name: as a background class, it is never mapped. */
export function unnamedLabel(index: number): string {
  return `unnamed ${index}`;
}

/**
 * The labels in a text, in the order of a backbone's outputs, as {@link sourceLabels} has them.
 * @throws {SemapError} `invalid-labels`
 */
export function parseLabels(text: string, name = 'The list of labels'): Label[] {
  return sourceLabels(labelsOfText(text, { name }), name);
}

/**
 * The labels of a file, in the order of a backbone's outputs: by their numbers where it has them.
 * @throws {SemapError} `invalid-labels` when the numbers have gaps or repeat, or the file is a table of images
 */
export function sourceLabels(file: LabelFile, name: string): Label[] {
  if (file.kind === 'unclear')
    throw unclearColumn(file.columns, name, phrase('Give a file with that column only.'));
  if (file.kind === 'images') {
    throw invalidLabels(phrase('{0} lists images with their labels, not the outputs of a model.', name), {
      hint: phrase('Write one label per line, in the order of the outputs.'),
    });
  }
  const { entries } = file;
  if (entries.length > 0 && entries.every(({ index }) => index !== undefined))
    return inOrder(entries.map((entry) => [entry.index!, entry])).map(labelOf);
  const given = entries.filter((entry) => entry.name.trim() !== '');
  if (given.length === 0) {
    throw invalidLabels(phrase('{0} holds no labels.', name), {
      hint: phrase('Write one label per line, in the order of the outputs.'),
    });
  }
  for (const [i, label] of given.entries()) mustBeShort(label.name, i, name);
  return given.map(labelOf);
}

/** A label space of parsed labels; wnids get their WordNet names, a background class is found by its name. */
export function labelSpaceOf(name: string, labels: readonly Label[], wordnet: WordNet): LabelSpace {
  return {
    name,
    labels: labels.map((label) => named(label, wordnet)),
    background: labels.flatMap((label, i) => (backgroundPattern.test(label.name) ? [i] : [])),
  };
}

/** ImageNet-1k in the standard order (sorted wnids). @param wnids the text of `models/label-spaces/imagenet-1k.txt`. */
export function imagenet1k(wnids: string, wordnet: WordNet): LabelSpace {
  return labelSpaceOf('imagenet-1k', parseLabels(wnids), wordnet);
}

/** ImageNet-1k behind a background class at index 0, as the 1001-way models have it. */
export function imagenet1kBackground(wnids: string, wordnet: WordNet): LabelSpace {
  const labels = [{ name: 'background' }, ...parseLabels(wnids)];
  return labelSpaceOf('imagenet-1k-background', labels, wordnet);
}

/**
 * Whether labels are those of a built-in space under names of their own, each in its place (`tench, Tinca tinca`): then
 * the built-in space serves better, for its labels carry their wnids. Another order of the same names is not the same.
 */
export function isSameSpace(labels: readonly Label[], known: LabelSpace): boolean {
  if (labels.length !== known.labels.length) return false;
  let same = 0;
  for (const [i, { name, wnid, synonyms = [] }] of labels.entries()) {
    const of = known.labels[i];
    if (wnid !== undefined && of.wnid !== undefined && wnid !== of.wnid) return false;
    const names = new Set([of.name, ...(of.synonyms ?? [])].map(plainName));
    if ([name, ...synonyms].some((one) => names.has(plainName(one)))) same++;
  }
  return same >= IMAGENET_SHARE * labels.length;
}

function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

function named(label: Label, wordnet: WordNet): Label {
  const synset = wordnet.synsetOfWnid(label.wnid ?? '');
  if (synset === undefined || label.name !== label.wnid) return label;
  const [name = label.name, ...synonyms] = wordnet.lemmas(synset);
  return { name, ...(label.wnid ? { wnid: label.wnid } : {}), ...(synonyms.length > 0 ? { synonyms } : {}) };
}

function labelOf({ name: written, wnid: given }: LabelEntry): Label {
  const trimmed = written.trim();
  if (WNID.test(trimmed)) return { name: trimmed, wnid: trimmed };
  const [, leading, rest] = /^(n\d{8})[\s:,]+(.*)$/.exec(trimmed) ?? [];
  const wnid = given ?? leading;
  // "tench, Tinca tinca": a comma and a space part synonyms, here as in ImageNet's own lists.
  const [name = trimmed, ...synonyms] = (rest ?? trimmed)
    .split(/, +/)
    .map((part) => part.trim())
    .filter(Boolean);
  return { name, ...(wnid ? { wnid } : {}), ...(synonyms.length > 0 ? { synonyms } : {}) };
}

/** By their numbers, which count from 0 or 1. */
function inOrder<T>(numbered: readonly (readonly [number, T])[]): T[] {
  const sorted = [...numbered].sort(([a], [b]) => a - b);
  const first = sorted[0]?.[0] ?? 0;
  const hint = phrase('Number the labels from 0 in the order of the outputs, or leave the numbers out.');
  if (first !== 0 && first !== 1) {
    throw invalidLabels(phrase('The numbers of the labels begin with {0}, not with 0 or 1.', first), {
      hint,
    });
  }
  for (const [i, [index]] of sorted.entries()) {
    if (index === first + i) continue;
    const what =
      index === sorted[i - 1]?.[0]
        ? phrase('{0} appears twice', String(index))
        : phrase('{0} is missing', String(first + i));
    throw invalidLabels(phrase('The numbers of the labels have gaps or repeat: {0}.', what), { hint });
  }
  return sorted.map(([, value]) => value);
}
