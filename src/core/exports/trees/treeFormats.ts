import { invalidArgument } from '../../errors.ts';
import { type PlaceMode, placeModes } from '../../plans/filePlan.ts';
import { phrase, type Text, verbatim } from '../../text/text.ts';
import type { FormatOption, FormatOptions, TreeFormat } from '../format.ts';
import { type TreeLayoutId, treeLayouts } from './treeLayouts.ts';
import type { TreeOptions } from './treePlan.ts';

const MODE_TITLES: Readonly<Record<PlaceMode, Text>> = {
  copy: phrase('Copy'),
  hardlink: phrase('Hard links'),
  symlink: phrase('Symbolic links'),
  move: phrase('Move'),
};

const mode: FormatOption = {
  name: 'mode',
  title: phrase('How images get there'),
  detail: phrase('Copies, links that take no space, or the images themselves'),
  choices: placeModes.map((id) => ({ id, title: MODE_TITLES[id] })),
};

const splits: FormatOption = {
  name: 'splits',
  title: phrase('Train, validation and test split'),
  detail: phrase('Shares such as 80/10/10, keep (what images have), or none'),
  value: 'keep|none|A/B/C',
};

const seed: FormatOption = {
  name: 'split-seed',
  title: phrase('Seed of the split'),
  detail: phrase('A number that decides which images are drawn for which split (default 0)'),
  value: 'N',
};

const unlabeled: FormatOption = {
  name: 'unlabeled',
  title: phrase('Folder for images without a label'),
  detail: phrase('Without one, these images are left out'),
  value: 'FOLDER',
};

const add: FormatOption = {
  name: 'add',
  title: phrase('Add to a folder that is not empty'),
  detail: phrase('Nothing in it is overwritten'),
};

const metadata: FormatOption = {
  name: 'metadata',
  title: phrase('Table of labels'),
  detail: phrase('It has confidences, too. Without one, the folders are the labels'),
  choices: [
    { id: 'jsonl', title: verbatim('metadata.jsonl') },
    { id: 'csv', title: verbatim('metadata.csv') },
    { id: 'none', title: phrase('None') },
  ],
};

/** Exports that place the images themselves. */
export const treeFormats: readonly TreeFormat[] = Object.entries(treeLayouts).map(
  ([id, { title, detail }]) => ({
    kind: 'tree',
    id,
    title,
    detail,
    options: [mode, splits, seed, unlabeled, ...(id === 'huggingface' ? [metadata] : []), add],
  }),
);

/**
 * What was answered to the questions of a format, as the plan takes it.
 * @throws {SemapError} `invalid-argument`
 */
export function treeOptions(format: TreeFormat, options: FormatOptions): TreeOptions & { add: boolean } {
  const { mode, splits, unlabeled, metadata, add } = options;
  const seed = options['split-seed'];
  return {
    layout: format.id as TreeLayoutId,
    mode: placeModes.find((one) => one === mode) ?? 'copy',
    splits: typeof splits === 'string' ? splitsOf(splits) : undefined,
    seed: typeof seed === 'string' ? seedOf(seed) : undefined,
    unlabeled: typeof unlabeled === 'string' && unlabeled !== '' ? unlabeled : undefined,
    metadata: metadata as TreeOptions['metadata'],
    add: add === true,
  };
}

function splitsOf(text: string): TreeOptions['splits'] {
  const words = text.trim();
  if (words === '') return undefined;
  if (words === 'keep' || words === 'none') return words;
  const shares = words
    .split('/')
    .map((part) => (/^\d+(?:\.\d+)?%?$/.test(part.trim()) ? Number.parseFloat(part) : -1));
  const [train, val = 0, test = 0] = shares;
  if (shares.length < 2 || shares.length > 3 || shares.includes(-1) || train <= 0 || val + test <= 0)
    throw invalidArgument(
      phrase('"{0}" is not a split. Enter keep, none, or shares such as 80/10/10.', text),
    );
  return { train, val, test };
}

function seedOf(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text.trim()) && seed < 2 ** 32) return seed;
  throw invalidArgument(phrase('"{0}" is not a seed. Enter a whole number.', text));
}
