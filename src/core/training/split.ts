import { invalidLabels, SemapError } from '../errors.ts';
import type { SplitName } from '../folders/layout.ts';
import { seededRandom, shuffle } from '../random.ts';
import { listed, phrase } from '../text/text.ts';

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
 * class and its name only. A class of one image only trains; of two or more, at least one validates.
 * @param share of each class for validation, in [0, 1)
 */
export function stratifiedSplit<Image extends LabelledImage>(
  images: readonly Image[],
  share: number,
  seed: number,
): Split<Image> {
  const classes = new Map<number, Image[]>();
  for (const image of images) {
    const group = classes.get(image.truth);
    if (group) group.push(image);
    else classes.set(image.truth, [image]);
  }
  const train: Image[] = [];
  const validation: Image[] = [];
  for (const [, group] of [...classes].sort(([a], [b]) => a - b)) {
    const drawn = group
      .map((image) => ({ image, order: orderOf(image.key, seed) }))
      .sort((a, b) => a.order - b.order || (a.image.key < b.image.key ? -1 : 1))
      .map(({ image }) => image);
    const wanted = share > 0 ? Math.max(1, Math.round(share * drawn.length)) : 0;
    const held = Math.min(drawn.length - 1, wanted);
    // One by one: a class may have more images than a call takes arguments.
    for (const [i, image] of drawn.entries()) (i < held ? validation : train).push(image);
  }
  return { train, validation };
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
