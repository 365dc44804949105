import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { ParityPart } from '../core/backbones/parityParts.ts';
import type { RowsDistance } from '../core/backbones/referenceForms.ts';
import { SemapError } from '../core/errors.ts';
import { isImageFile } from '../core/images/imageFiles.ts';
import { inNaturalOrder } from '../core/text/naturalOrder.ts';
import { percent } from '../core/text/numbers.ts';
import { shellWord } from '../core/text/shellWords.ts';
import { phrase } from '../core/text/text.ts';
import { readRegularFile } from '../files/regularFile.ts';
import type { BackboneParity, ReferenceOf } from '../protocol/backbones.ts';
import { optionsFor, trialImagesOf } from './backboneTrial.ts';
import type { Arguments, OptionTable } from './commandLine.ts';
import { UsageError } from './commandLine.ts';
import { stateOf } from './folderArguments.ts';
import { type ReferenceRows, readReference } from './referenceRows.ts';
import { printable } from './terminal.ts';

export const parityOptions = {
  reference: {
    value: 'FILE',
    text: 'Scores that another program computed with this model for the images, one row each: .npy, .npz, .csv or .json. Reports where the two part.',
  },
  'reference-input': {
    value: 'FILE',
    text: 'The tensor that another program made of the images, instead of scores.',
  },
  image: {
    value: 'FILE|FOLDER',
    text: 'The images of the reference, in its order; those of a folder by name. Can be repeated.',
    multiple: true,
  },
} as const satisfies OptionTable;

/** A buffer of Node holds about so much, and no reference of a few hundred images needs it. */
const LARGEST_REFERENCE = 2 ** 31 - 1;

/** A reference and its images, row by row; undefined where none is asked for. @throws {SemapError} where they do not fit */
export async function referenceOf(
  args: Arguments,
): Promise<
  | { readonly images: readonly string[]; readonly reference: Float32Array; readonly of: ReferenceOf }
  | undefined
> {
  const of: ReferenceOf = args.text('reference-input') === undefined ? 'output' : 'input';
  const file = args.text('reference-input') ?? args.text('reference');
  const given = args.texts('image');
  if (file === undefined) {
    if (given.length > 0) throw new UsageError('--image of backbones check goes with --reference FILE.');
    return undefined;
  }
  if (args.text('reference') !== undefined && of === 'input')
    throw new UsageError('Give --reference or --reference-input, not both.');
  if (given.length === 0)
    throw new UsageError('--reference needs the images that it is of: --image FILE|FOLDER.');
  if (!stateOf(file)?.isFile()) {
    throw new SemapError('not-found', phrase('{0} is not a file.', file), {
      hint: phrase('Give the path of a .npy, .npz, .csv or .json file.'),
    });
  }
  trialImagesOf(args);
  const images = given.flatMap(imagesOf);
  const bytes = await readRegularFile(file, { limit: LARGEST_REFERENCE });
  const rows = readReference(bytes, path.basename(file));
  return { images: inRowOrder(images, rows, file), reference: rows.values, of };
}

/** An image, or all images of a folder and below it by their names. */
function imagesOf(given: string): readonly string[] {
  const whole = path.resolve(given);
  if (!stateOf(whole)?.isDirectory()) return [whole];
  return readdirSync(whole, { recursive: true, encoding: 'utf8' })
    .filter((name) => isImageFile(path.basename(name)))
    .sort(inNaturalOrder)
    .map((name) => path.join(whole, name));
}

function inRowOrder(
  images: readonly string[],
  { count, names }: ReferenceRows,
  file: string,
): readonly string[] {
  if (names) {
    return names.map((name) => {
      const wanted = name.replaceAll('\\', '/');
      const found = images.filter((image) => `/${image.replaceAll('\\', '/')}`.endsWith(`/${wanted}`));
      if (found.length === 1) return found[0];
      throw new SemapError(
        'invalid-argument',
        found.length === 0
          ? phrase('{0} names {1}, which is none of the images.', file, name)
          : phrase('{0} names {1}, which are {2} of the images.', file, name, found.length),
        { hint: phrase('Name images by their paths below the folder.') },
      );
    });
  }
  if (images.length === count) return images;
  throw new SemapError(
    'invalid-argument',
    phrase('{0} has {1} rows, and there are {2} images.', file, count, images.length),
    { hint: phrase('Give the images of the reference, one for each row, in its order.') },
  );
}

/** Where the two part, in words. @param backbone as the command named it */
export function parityText(parity: BackboneParity, backbone: string): string {
  const { images, same, closes, described, closest, differences, order } = parity;
  if (order) return `${orderText(order)}\n`;
  const lines = [
    ...readingLines(parity),
    same
      ? `SeMap agrees with the reference on ${images === 1 ? 'the image' : `${images} images`}: ${figures(described, parity)}.`
      : `SeMap differs from the reference as the backbone is described: ${figures(described, parity)}.`,
    ...(same || differences.length === 0
      ? []
      : [`${closes ? 'They agree' : 'They are nearer'} with other settings: ${figures(closest, parity)}.`]),
    ...(same
      ? []
      : differences.map(
          ({ part, described: own, found }) => `  ${part.padEnd(12)} ${found} (described: ${own})`,
        )),
    ...(same ? [] : advice(parity, backbone)),
  ];
  return lines.map((line) => `${printable(line)}\n`).join('');
}

function orderText(order: readonly number[]): string {
  const first = order.findIndex((of, row) => of !== row);
  return `SeMap agrees with the reference, but its rows are of the images in another order: row ${first + 1} is of image ${order[first] + 1}. Give the images in the order of the rows.`;
}

function readingLines({ reading, output }: BackboneParity): readonly string[] {
  if (!reading) return [];
  const words = {
    same: 'is',
    softmax: 'is the softmax of',
    sigmoid: 'is the sigmoid of',
    'log-softmax': 'is the log-softmax of',
    log: 'is the logarithm of, up to a constant for each image,',
  } as const;
  const left =
    reading.before > 0
      ? ' without its first number (a background class?)'
      : reading.after > 0
        ? ' without its last number (a background class?)'
        : '';
  return [`The reference ${words[reading.form]} the output "${output}"${left}.`];
}

function figures({ relative, largest, sameTop }: RowsDistance, { reading }: BackboneParity): string {
  const apart = `differences are ${percent(Math.min(relative, 1))} of the spread, at most ${largest.toPrecision(2)}`;
  // Of a tensor of pixels, the largest number is nothing.
  return reading ? `${apart}; the strongest score is the same for ${percent(sameTop)}` : apart;
}

/** What options can say of every backbone: none takes back an inversion or turns antialiasing on. */
const BY_OPTIONS: readonly ParityPart[] = ['scaling', 'colors'];

function advice({ closes, differences, preprocessing }: BackboneParity, backbone: string): readonly string[] {
  if (differences.length === 0)
    return [
      'No other scaling, order of colors, geometry or filter is nearer. Compare the tensors with --reference-input, and check that the images are the same and in this order.',
    ];
  const how = closes ? 'Describe it so' : 'Not all of the difference is explained. The nearest description';
  const sayable = differences.every(
    ({ part, described }) => BY_OPTIONS.includes(part) && !described.includes('inverted'),
  );
  return [
    `${how}, in the .backbone.json beside the model: "preprocessing": ${JSON.stringify(preprocessing)}`,
    ...(sayable
      ? [
          `Or, if there is no such file: semap backbones describe ${shellWord(backbone)} ${optionsFor(preprocessing)} --remember`,
        ]
      : []),
  ];
}
