import { invalidLabels } from '../errors.ts';
import { phrase, type Text } from '../text/text.ts';
import type { LabelEntry } from './labelEntry.ts';

/** A line that begins so is no label; `#1` and `#hashtag` are. */
const COMMENT = /^\s*(?:#(?:[\s#!]|$)|\/\/)/;
/** Quotation marks, each with the one that closes it. */
const QUOTES: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '“': '”',
  '„': '“',
  '‘': '’',
  '«': '»',
  '`': '`',
};
const FIRST_LINE_HEADERS = /^(?:labels?|class(?:es|_?names?)?|names?|categor(?:y|ies))$/i;

const LONGEST_LINE = 2000;

/** The lines of a text without comments and what follows the last label; blank ones stay, for they are told. */
export function contentLines(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/).filter((line) => !COMMENT.test(line));
  while (lines.length > 0 && lines.at(-1)?.trim() === '') lines.pop();
  return lines;
}

/**
 * One label per line: quotes around them, commas after them, dashes or numbers before or after them are left out where
 * every line has them, a comment after a label is, and so is a first line that is a header.
 */
export function labelsOfLines(lines: readonly string[]): LabelEntry[] {
  const body = FIRST_LINE_HEADERS.test(lines[0]?.trim() ?? '') && lines.length > 1 ? lines.slice(1) : lines;
  let texts = body.map((line) => withoutComment(line).trim());
  const every = (is: RegExp) =>
    texts.some((text) => text !== '') && texts.every((text) => text === '' || is.test(text));
  if (every(/^'.*[^']'$/) && texts.length > 1)
    texts = texts.map((text) => text.slice(1, -1).replaceAll("''", "'"));
  if (every(/^[^:]+:\d*(?:,\d+){2}:[^:]*:[^:]*$/))
    texts = texts.map((text) => text.slice(0, text.indexOf(':')));
  // Scenes lie below their first letter: `/a/airfield`.
  if (every(/^\/([a-z])\/\1/)) texts = texts.map((text) => text.slice(3));
  // As `ls -p` lists folders.
  if (every(/^[^\\/]+\/$/)) texts = texts.map((text) => text.slice(0, -1));
  if (every(/^[-*•] \s*\S/)) texts = texts.map((text) => text.slice(2).trim());
  if (texts.length > 1 && texts.slice(0, -1).every((text) => text === '' || /[,;]$/.test(text))) {
    texts = texts.map((text) => text.replace(/[,;]$/, '').trimEnd());
  }
  return (
    numberedLines(texts) ??
    imageNumbers(texts) ??
    synsetNumbers(texts) ??
    texts.map((text) => ({ name: unquoted(text) }))
  );
}

/** A text without the quotes that stand around the whole of it. */
export function unquoted(text: string): string {
  const close = QUOTES[text[0] ?? ''];
  if (close === undefined || text.length < 2 || !text.endsWith(close)) return text;
  const inner = text.slice(1, -1);
  // `"a" and "b"` is no quotation.
  return inner.includes(close) && inner.replaceAll(close + close, '').includes(close)
    ? text
    : inner.replaceAll(close + close, close).trim();
}

/** `horse # big`: what follows a blank, a `#` and a blank is a comment; not within quotes. */
function withoutComment(line: string): string {
  if (/^\s*["'“„‘«]/.test(line)) return line;
  const at = line.search(/\s#\s/);
  return at < 0 ? line : line.slice(0, at);
}

/** `1025794 707-320`: the labels of images that numbers stand for, each once. */
function imageNumbers(texts: readonly string[]): LabelEntry[] | undefined {
  const given = texts.filter((text) => text !== '');
  if (given.length < 2 || !given.every((text) => text.length <= LONGEST_LINE && /^\d{5,}\s+\S/.test(text)))
    return undefined;
  return [...new Set(given.map((text) => text.replace(/^\d+\s+/, '')))].map((name) => ({ name }));
}

/** `n02119789 1 kit_fox`, as ImageNet numbers its synsets. */
function synsetNumbers(texts: readonly string[]): LabelEntry[] | undefined {
  const matches = texts
    .filter((text) => text !== '')
    .map((text) => (text.length <= LONGEST_LINE ? /^(n\d{8})\s+(\d+)\s+(\S.*)$/.exec(text) : null));
  if (matches.length === 0 || !matches.every((match) => match !== null)) return undefined;
  return matches.map(([, wnid, index, name]) => ({ name, index: Number(index), wnid }));
}

/** `0 tench`, `0: 'tench',`, `tench 0` on every line, counting; undefined where numbers may be part of the labels. */
function numberedLines(texts: readonly string[]): LabelEntry[] | undefined {
  const given = texts.filter((text) => text !== '');
  // Matching takes time as the square of a line's length, and a longer line is no label.
  if (given.length < 2 || given.some((text) => text.length > LONGEST_LINE)) return undefined;
  for (const pattern of [
    /^[{(]?\s*["']?(\d{1,9})["']?(\s*[:;,.)=|\t]\s*|\s+[-–]\s+|\s+)(\S.*)$/,
    /^(\S.*?)(\s*[:;,=\t]\s*|\s+)(\d{1,9})$/,
  ]) {
    const [number, name] = pattern.source.startsWith('^[') ? [1, 3] : [3, 1];
    const matches = given.map((text) => pattern.exec(text));
    if (!matches.every((match) => match !== null)) continue;
    const entries = matches.map((match) => ({
      name: unquoted(match[name].replace(/[,}\s]+$/, '')),
      index: Number(match[number]),
    }));
    const first = entries[0].index;
    const counting = (first === 0 || first === 1) && entries.every(({ index }, i) => index === first + i);
    // "1 euro", "2 euro", "5 euro" are labels; so are those that differ by their numbers alone.
    const marked = matches.every((match) => match[2].trim() !== '' || match[2].includes('\t'));
    const distinct = new Set(entries.map((entry) => entry.name)).size === entries.length;
    if (distinct && (counting || marked)) return entries;
  }
  return undefined;
}

/** Kinds of lists whose lines look like labels and are none. */
const OTHER_LISTS: readonly (readonly [line: RegExp, what: Text])[] = [
  [/^[+-]?\d+(?:\.\d+)?(?:[\s,;]+[+-]?\d+(?:\.\d+)?)+$/, phrase('rows of numbers')],
  [/^\S+(?:\s+[+-]?\d+(?:\.\d+)?){2,}$/, phrase('names with rows of numbers')],
  [/^\S*\d\S*\s+[+-]?[01]$/, phrase('ids with marks of a single class')],
  [/^(?:[a-z]:\\|\\\\|~?\/)(?!\/).+[\\/].+$/i, phrase('paths')],
  [
    /^\S+\.(?:txt|csv|tsv|json|xml|ya?ml|npy|tfrecord|mp4|zip|jpe?g|png|webp|bmp|gif|tiff?)$/i,
    phrase('names of files'),
  ],
  [/^\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?$/i, phrase('ids')],
  [/^(?=.*\d)[0-9a-f]{16,}$/i, phrase('ids')],
  [/^LABEL_\d+$/, phrase('placeholders such as LABEL_0')],
];
/** So many lines may be of another kind, as headers are. */
const SHARE = 0.9;

/**
 * Refuses lines that are numbers, paths or ids, as lists beside the images of data sets hold them.
 * @throws {SemapError} `invalid-labels`, by what they are
 */
export function mustBeNames(lines: readonly string[], name: string): void {
  const given = lines.filter((line) => line.trim() !== '');
  for (const [pattern, what] of OTHER_LISTS) {
    // Matching may take time as the square of a line's length, and a longer line is no such thing.
    const found = given.filter((line) => line.length <= 4096 && pattern.test(line.trim()));
    if (found.length > 0 && found.length >= SHARE * given.length) refuse(name, what);
  }
  const numbers = given.filter((line) => /^[+-]?\d+(?:\.\d+)?$/.test(line.trim()));
  // Digits are labels, each once; classes of images, one after the other, come again.
  if (numbers.length === given.length && new Set(numbers).size < numbers.length) {
    refuse(name, phrase('numbers that repeat'));
  }
}

function refuse(name: string, what: Text): never {
  throw invalidLabels(phrase('{0} holds {1}, not labels.', name, what), {
    hint: phrase('Give a file with the names of the labels, one per line.'),
  });
}
