import { SemapError } from '../errors.ts';
import { phrase } from '../text/text.ts';

/** Kinds of lists whose lines look like labels and are none. */
const OTHER_LISTS: readonly (readonly [line: RegExp, what: string])[] = [
  [/^[+-]?\d+(?:\.\d+)?(?:[\s,;]+[+-]?\d+(?:\.\d+)?)+$/, 'rows of numbers'],
  [/^\S+(?:\s+[+-]?\d+(?:\.\d+)?){2,}$/, 'names with rows of numbers'],
  [/^\S*\d\S*\s+[+-]?[01]$/, 'ids with marks of a single class'],
  [/^(?:[a-z]:\\|\\\\|~?\/)(?!\/).+[\\/].+$/i, 'paths'],
  [
    /^\S+\.(?:txt|csv|tsv|json|xml|ya?ml|npy|tfrecord|mp4|zip|jpe?g|png|webp|bmp|gif|tiff?)$/i,
    'names of files',
  ],
  [/^\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?$/i, 'ids'],
  [/^(?=.*\d)[0-9a-f]{16,}$/i, 'ids'],
  [/^LABEL_\d+$/, 'placeholders such as LABEL_0'],
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
    refuse(name, 'numbers that come again');
  }
}

function refuse(name: string, what: string): never {
  throw new SemapError('invalid-labels', phrase('{0} holds {1}, not labels.', name, what), {
    hint: phrase('Give a file with the names of the labels, one per line.'),
  });
}
