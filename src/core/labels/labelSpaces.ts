import { SemapError } from '../errors.ts';
import type { Label, LabelSpace } from './labelSpace.ts';
import type { WordNet } from './wordnet.ts';

const wnidPattern = /^n\d{8}$/;
const backgroundPattern = /^(?:_*background_*|backgrounds?|dummy|__ignore__|unnamed \d+)$/i;
/** Of names in the places of ImageNet's, how many must be ImageNet's for all to be. */
const IMAGENET_SHARE = 0.5;

/** What an output is called that has a number but no name: as a background class, it is never mapped. */
export function unnamedLabel(index: number): string {
  return `unnamed ${index}`;
}

/**
 * The labels in a labels file, in the order of a backbone's outputs: one name or wnid a line, `n01440764 tench, Tinca
 * tinca` lines, numbered lines, CSV, a JSON array, an `id2label` object or a `config.json` that holds one.
 *
 * @throws {SemapError} `invalid-labels` when nothing can be read, or the numbers have gaps.
 */
export function parseLabels(text: string): Label[] {
  const clean = text.replace(/^\uFEFF/, '');
  // A Python dictionary, `{0: 'tench',`, is read as numbered lines.
  const isJson = /^\s*[[{]/.test(clean) && !/^\s*\{\s*\d+\s*:/.test(clean);
  const entries = isJson ? jsonEntries(clean) : lineEntries(clean);
  if (entries.length === 0) {
    throw new SemapError('invalid-labels', 'The labels file holds no labels.', {
      hint: 'Write one label a line, in the order of the outputs.',
    });
  }
  return entries.map(labelOf);
}

/** A label space of parsed labels; wnids get their WordNet names, a background class is found by its name. */
export function labelSpaceOf(name: string, labels: readonly Label[], wordnet: WordNet): LabelSpace {
  return {
    name,
    labels: labels.map((label) => named(label, wordnet)),
    background: labels.flatMap((label, i) => (backgroundPattern.test(label.name) ? [i] : [])),
  };
}

/**
 * ImageNet-1k in the standard order (sorted wnids).
 * @param wnids the text of `models/label-spaces/imagenet-1k.txt`.
 */
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

function labelOf(entry: string): Label {
  const trimmed = entry.trim();
  if (wnidPattern.test(trimmed)) return { name: trimmed, wnid: trimmed };
  const [, wnid, rest] = /^(n\d{8})[\s:,]+(.*)$/.exec(trimmed) ?? [];
  // "tench, Tinca tinca": a comma and a space part synonyms, here as in ImageNet's own lists.
  const [name = trimmed, ...synonyms] = (rest ?? trimmed)
    .split(/, +/)
    .map((part) => part.trim())
    .filter(Boolean);
  return { name, ...(wnid ? { wnid } : {}), ...(synonyms.length > 0 ? { synonyms } : {}) };
}

function jsonEntries(text: string): string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SemapError('invalid-labels', `The labels file is not valid JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if (isRecord(value) && isRecord(value['id2label'])) value = value['id2label'];
  if (Array.isArray(value)) return value.map(jsonEntry);
  const table = value as Record<string, unknown>;
  const numbered = Object.values(table).every((entry) => typeof entry === 'number')
    ? Object.entries(table).map(([name, index]) => [Number(index), name] as const)
    : Object.entries(table).map(([index, entry]) => [Number(index), jsonEntry(entry)] as const);
  return inOrder(numbered);
}

/** A string, `["n01440764", "tench"]`, or an object with a name. */
function jsonEntry(entry: unknown): string {
  if (typeof entry === 'string') return entry;
  if (Array.isArray(entry) && entry.every((part) => typeof part === 'string')) return entry.join(' ');
  if (isRecord(entry)) {
    const name = entry['name'] ?? entry['label'];
    const wnid = entry['wnid'] ?? entry['id'];
    if (typeof name === 'string') {
      return typeof wnid === 'string' && wnidPattern.test(wnid) ? `${wnid} ${name}` : name;
    }
  }
  throw new SemapError(
    'invalid-labels',
    'A label in the labels file is neither a text nor an object with a "name".',
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function inOrder(numbered: readonly (readonly [number, string])[]): string[] {
  const sorted = [...numbered].sort(([a], [b]) => a - b);
  const first = sorted[0]?.[0] ?? 0;
  if ((first !== 0 && first !== 1) || sorted.some(([index], i) => index !== first + i)) {
    throw new SemapError('invalid-labels', 'The numbers of the labels have gaps or repeat.', {
      hint: 'Number the labels from 0 in the order of the outputs, or leave the numbers out.',
    });
  }
  return sorted.map(([, name]) => name);
}

function lineEntries(text: string): string[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const table = csvEntries(lines);
  if (table) return table;
  // Numbered lines: "0 tench", "0: 'tench'," and the like, when every line counts on from 0 or 1.
  const numbered = lines.map((line) => /^\s*[{]?\s*["']?(\d+)["']?\s*[:;,\t ]\s*(.+)$/.exec(line));
  const first = Number(numbered[0]?.[1]);
  if (
    lines.length > 1 &&
    (first === 0 || first === 1) &&
    numbered.every((match, i) => Number(match?.[1]) === first + i)
  ) {
    return numbered.map((match) => unquote(match![2]!.replace(/[,}\s]+$/, '')));
  }
  return lines.map(unquote);
}

/** Rows under a header that names a label column; undefined when there is no such header. */
function csvEntries(lines: readonly string[]): string[] | undefined {
  const delimiter = [',', ';', '\t'].find((mark) => lines[0]?.includes(mark));
  if (!delimiter) return undefined;
  const header = csvFields(lines[0]!, delimiter).map((field) => field.trim().toLowerCase());
  const column = ['name', 'label', 'class', 'class_name', 'classname', 'category', 'species']
    .map((title) => header.indexOf(title))
    .find((at) => at >= 0);
  if (column === undefined) return undefined;
  const rows = lines.slice(1).map((line) => csvFields(line, delimiter));
  const names = rows.map((row) => (row[column] ?? '').trim());
  const wnids = header.findIndex((title) => title === 'wnid' || title === 'synset');
  const entries = names.map((name, i) => {
    const wnid = rows[i]![wnids]?.trim() ?? '';
    return wnidPattern.test(wnid) ? `${wnid} ${name}` : name;
  });
  const index = header.findIndex((title) => title === 'index' || title === 'id' || title === 'idx');
  if (index < 0 || !rows.every((row) => /^\s*\d+\s*$/.test(row[index] ?? ''))) return entries;
  return inOrder(entries.map((entry, i) => [Number(rows[i]![index]), entry]));
}

function csvFields(line: string, delimiter: string): string[] {
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const mark = line[i]!;
    if (mark === '"' && quoted && line[i + 1] === '"') {
      field += '"';
      i++;
    } else if (mark === '"') quoted = !quoted;
    else if (mark === delimiter && !quoted) {
      fields.push(field);
      field = '';
    } else field += mark;
  }
  return [...fields, field];
}

function unquote(text: string): string {
  const trimmed = text.trim();
  return /^(["']).*\1$/.test(trimmed) && trimmed.length > 1 ? trimmed.slice(1, -1) : trimmed;
}
