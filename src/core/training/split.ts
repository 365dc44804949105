import { invalidLabels, SemapError } from '../errors.ts';
import type { SplitName } from '../folders/layout.ts';
import { seededRandom, shuffle } from '../random.ts';
import { listed, phrase } from '../text/text.ts';
import { wholeGroups } from '../wholeGroups.ts';

/** An image with a known truth. */
export interface LabelledImage {
  readonly path: string;
  readonly truth: number;
  /** What decides its place in the split, the same on every machine: {@link nameInDataSet}. */
  readonly key: string;
  /** The split that it is of, where the layout of its folder says one. */
  readonly split?: SplitName | undefined;
}

export interface Split<Image> {
  readonly train: readonly Image[];
  readonly validation: readonly Image[];
}

/** Which images a training learns and validates with. */
export type RunImages = Split<LabelledImage>;

/** @throws {SemapError} `no-images`, `invalid-labels` when that is not enough to train and to validate */
export function mustSuffice({ train, validation }: RunImages, labels: readonly string[]): void {
  const trained = new Set(train.map(({ truth }) => truth));
  const empty = labels.filter((_, t) => !trained.has(t));
  if (empty.length > 0) {
    throw new SemapError('no-images', phrase('There are no images to train {0} with.', listed(empty, 5)), {
      hint: phrase('Add images to the class folders, or leave these labels out, then train or resume again.'),
    });
  }
  if (labels.length < 2) throw invalidLabels(phrase('Training needs at least two class folders.'));
  if (validation.length === 0) {
    throw new SemapError(
      'no-images',
      phrase('There are no validation images: every class has only one image.'),
      { hint: phrase('Add images: at least two to each class.') },
    );
  }
}

/**
 * Parts images into training and validation, each class by the same share. Where an image goes depends on the seed, its
 * class and its name only. A class of one image only trains; of two or more, at least one validates. Near-duplicates stay
 * together, unless a class is nothing but one picture.
 * @param share of each class for validation, in [0, 1)
 * @param groups per image the number of its group of near-duplicates, negative for none; absent = there are none
 */
export function stratifiedSplit<Image extends LabelledImage>(
  images: readonly Image[],
  share: number,
  seed: number,
  groups?: ArrayLike<number>,
): Split<Image> {
  const groupOf = new Map(images.map((image, i) => [image, groups?.[i] ?? -1]));
  const classes = new Map<number, Image[]>();
  for (const image of images) {
    const group = classes.get(image.truth);
    if (group) group.push(image);
    else classes.set(image.truth, [image]);
  }
  const drawn = [...classes]
    .sort(([a], [b]) => a - b)
    .flatMap(([, group]) =>
      group
        .map((image) => ({ image, order: orderOf(image.key, seed) }))
        .sort((a, b) => a.order - b.order || (a.image.key < b.image.key ? -1 : 1))
        .map(({ image }) => image),
    );
  const unitsOf = new Map<number, Image[][]>();
  for (const unit of wholeGroups(drawn, (image) => groupOf.get(image)!)) {
    const own = unitsOf.get(unit[0].truth);
    if (own) own.push(unit);
    else unitsOf.set(unit[0].truth, [unit]);
  }
  const train: Image[] = [];
  const validation: Image[] = [];
  for (const [truth, units] of unitsOf) {
    const { length } = classes.get(truth)!;
    const wanted = share > 0 ? Math.min(length - 1, Math.max(1, Math.round(share * length))) : 0;
    // Images of which each is nearly the same as another are parted all the same: nothing could be told of them otherwise.
    const parts = [units, units.flat().map((image) => [image])].map((some) =>
      parted(some, wanted, length - 1),
    );
    const held = parts.find(([first]) => first.length > 0) ?? parts[0];
    // One by one: a class may have more images than a call takes arguments.
    for (const image of held[0]) validation.push(image);
    for (const image of held[1]) train.push(image);
  }
  return { train, validation };
}

/** Takes whole units for validation until so many images are held; none that is far too large. */
function parted<Image>(
  units: readonly Image[][],
  wanted: number,
  most: number,
): [held: Image[], rest: Image[]] {
  const held: Image[] = [];
  const rest: Image[] = [];
  for (const unit of units) {
    const fits = held.length + unit.length <= Math.min(most, 2 * wanted);
    const part = held.length < wanted && fits ? held : rest;
    for (const image of unit) part.push(image);
  }
  return [held, rest];
}

/** The order of an epoch's `count` images: a function of seed and epoch, so that nothing has to be remembered. */
export function epochOrder(count: number, seed: number, epoch: number): number[] {
  return shuffle(
    Array.from({ length: count }, (_, i) => i),
    epochRandom(seed, epoch),
  );
}

/** Numbers for what is drawn in an epoch, by the same rule. */
export function epochRandom(seed: number, epoch: number, stream = 0): () => number {
  return seededRandom(
    mixed(mixed(seed >>> 0) ^ Math.imul(epoch + 1, 0x9e3779b1) ^ Math.imul(stream, 0x85ebca6b)),
  );
}

/** A number in [0, 2^32) that looks random: FNV-1a, then murmur3's finaliser. */
function orderOf(text: string, seed: number): number {
  let hash = (0x811c9dc5 ^ mixed(seed >>> 0)) >>> 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mixed(hash);
}

function mixed(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
