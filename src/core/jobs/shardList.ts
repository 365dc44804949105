import { SemapError } from '../errors.ts';
import { isSplitName, type SplitName } from '../folders/layout.ts';
import { phrase } from '../text/text.ts';
import type { ImageTruth } from '../truths/imageTruths.ts';

/*
 * The list of a shard: a JSON array a line, `[name, bytes, modified]` of an image, and `[name, bytes, modified, folder, more]`
 * where it is of another folder than the first, or a table says something of it.
 */

/** An image of a shard, as it was when the job was planned. */
export interface ListedImage {
  /** Relative to its folder, with `/`. */
  readonly name: string;
  /** Index of its folder in the job. */
  readonly folder: number;
  readonly bytes: number;
  /** Milliseconds since 1970, cut: file systems differ in what they keep of the rest. */
  readonly modified: number;
  /** The split that a table says. */
  readonly split?: SplitName | undefined;
  /** What persons and tables said. */
  readonly truth?: ImageTruth | undefined;
}

type More = Pick<ListedImage, 'split' | 'truth'>;

export function listLine({ name, folder, bytes, modified, split, truth }: ListedImage): string {
  const start = `[${JSON.stringify(name)},${bytes},${modified}`;
  if (split === undefined && truth === undefined)
    return folder === 0 ? `${start}]\n` : `${start},${folder}]\n`;
  const more: More = { ...(split && { split }), ...(truth && { truth }) };
  return `${start},${folder},${JSON.stringify(more)}]\n`;
}

/**
 * The images of a list.
 * @param folders how many the job has
 * @throws {SemapError} `invalid-document`
 */
export function parseList(text: string, folders: number): readonly ListedImage[] {
  const images: ListedImage[] = [];
  for (const line of text.split('\n')) if (line !== '') images.push(readLine(line, folders));
  return images;
}

function readLine(line: string, folders: number): ListedImage {
  let data: unknown;
  try {
    data = JSON.parse(line);
  } catch (error) {
    throw broken(error);
  }
  if (!Array.isArray(data)) throw broken();
  const [name, bytes, modified, folder = 0, more] = data as readonly unknown[];
  const isWhole =
    typeof name === 'string' &&
    isBelow(name) &&
    Number.isSafeInteger(bytes) &&
    Number.isSafeInteger(modified) &&
    Number.isSafeInteger(folder) &&
    (folder as number) >= 0 &&
    (folder as number) < folders;
  if (!isWhole) throw broken();
  const { split, truth } = (more ?? {}) as Readonly<Record<keyof More, unknown>>;
  return {
    name,
    bytes: bytes as number,
    modified: modified as number,
    folder: folder as number,
    ...(isSplitName(split) && { split }),
    ...(isTruth(truth) && { truth }),
  };
}

/** Whether a name leads to something in its folder. */
function isBelow(name: string): boolean {
  return (
    name !== '' &&
    !name.includes('\0') &&
    name.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}

function isTruth(value: unknown): value is ImageTruth {
  const { label, how, by, judges } = (value ?? {}) as Partial<Record<keyof ImageTruth, unknown>>;
  return (
    (label === undefined || typeof label === 'string') &&
    (how === 'labeled' || how === 'accepted' || how === 'none') &&
    (by === 'person' || by === 'table') &&
    typeof judges === 'boolean'
  );
}

function broken(cause?: unknown): SemapError {
  return new SemapError('invalid-document', phrase('The list of a shard is damaged.'), {
    hint: phrase('Plan the job again with semap plan.'),
    cause,
  });
}
