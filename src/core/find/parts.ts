import type { SplitRoles } from '../folders/splitRoles.ts';
import { seededRandom, shuffle } from '../random.ts';
import { type LabelledImage, stratifiedSplit } from '../training/split.ts';
import { wholeGroups } from '../wholeGroups.ts';
import type { LabelBudget } from './findWays.ts';

/** An image of a search. */
export interface SearchImage extends LabelledImage {
  /** Target index, -1 where unknown. */
  readonly truth: number;
  /** The number of its group of near-duplicates, negative for none. */
  readonly group: number;
}

/** Labeled images that what is kept learns from at most, as many as learned mappings take. */
export const MOST_TAUGHT = 20_000;

/** Places of images in the list of a search, by the part that they play. */
export interface ImageParts {
  readonly search: readonly number[];
  readonly heldOut: readonly number[];
  readonly unlabelled: readonly number[];
}

/**
 * Labeled images from which on some are held out. Of 200, 60 are, which tell a share to about 12 points; where there are
 * fewer, all of them teach and choose, and figures are corrected for that instead.
 */
export const ENOUGH_TO_HOLD = 200;
/** The share of each class that is held out. */
const HELD_SHARE = 0.3;

/** Parts the images of a search. Near-duplicates stay together; splits that a person made stay as they are. */
export function partImages(
  images: readonly SearchImage[],
  { seed, roles, most }: { seed: number; roles?: SplitRoles | undefined; most: number },
): ImageParts {
  const places = new Map(images.map((image, at) => [image, at]));
  const labelled = images.filter(({ truth }) => truth >= 0);
  const unlabelled = [...images.keys()].filter((at) => images[at].truth < 0);
  const at = (some: readonly SearchImage[]) => some.map((image) => places.get(image)!).sort((a, b) => a - b);
  if (roles && roles.measure !== roles.learn) {
    return {
      search: at(labelled.filter(({ split }) => split !== roles.measure)),
      heldOut: at(labelled.filter(({ split }) => split === roles.measure)),
      unlabelled,
    };
  }
  const classes = new Set(labelled.map(({ truth }) => truth));
  if (labelled.length < ENOUGH_TO_HOLD || classes.size < 2)
    return { search: at(labelled), heldOut: [], unlabelled };
  const groups = labelled.map(({ group }) => group);
  const { train, validation } = stratifiedSplit(labelled, HELD_SHARE, seed, groups);
  // Of a class of one image nothing is held out, and of very many images no more than tells a share to a point.
  const held =
    validation.length > most ? stratifiedSplit(validation, most / validation.length, seed + 1) : undefined;
  // A class that is one picture again and again cannot be parted: all of it teaches.
  const taught = new Set(train.map(({ group }) => group));
  const straddles = ({ group }: SearchImage) => group >= 0 && taught.has(group);
  return {
    search: at([...train, ...validation.filter(straddles)]),
    heldOut: at((held?.validation ?? validation).filter((image) => !straddles(image))),
    unlabelled,
  };
}

/** Parts that are left out in turn: what is learned from has four fifths of the labels. */
const FOLDS = 5;

/**
 * The labeled images of a search in parts that are left out in turn, another parting for each repeat. Images of a class are
 * spread over them, near-duplicates stay together. The order of `images` decides nothing.
 */
export function foldsOf(
  images: readonly SearchImage[],
  search: readonly number[],
  repeat: number,
  seed: number,
): number[][] {
  const drawn = shuffle(byKey(images, search), seededRandom(streamOf(seed, repeat)));
  drawn.sort((a, b) => images[a].truth - images[b].truth);
  const folds = Array.from({ length: FOLDS }, (): number[] => []);
  for (const [at, unit] of wholeGroups(drawn, (place) => images[place].group).entries())
    folds[at % FOLDS].push(...unit);
  return folds.map((fold) => fold.sort((a, b) => a - b));
}

/**
 * At most so many images of each class, drawn from those that may be learned from; fewer are the first of more, so that
 * budgets differ in what they add.
 */
export function drawnOf(
  images: readonly SearchImage[],
  learnable: readonly number[],
  budget: LabelBudget,
  stream: number,
): number[] {
  if (budget === 'all') return [...learnable];
  const left = new Map<number, number>();
  const drawn = shuffle(byKey(images, learnable), seededRandom(stream)).filter((at) => {
    const count = left.get(images[at].truth) ?? 0;
    left.set(images[at].truth, count + 1);
    return count < budget;
  });
  return drawn.sort((a, b) => a - b);
}

/** The seed of what is drawn in a repeat. */
export function streamOf(seed: number, repeat: number, draw = 0): number {
  return (
    (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(repeat + 1, 0x85ebca6b) ^ Math.imul(draw, 0xc2b2ae35)) >>> 0
  );
}

function byKey(images: readonly SearchImage[], places: readonly number[]): number[] {
  return [...places].sort((a, b) =>
    images[a].key < images[b].key ? -1 : images[a].key > images[b].key ? 1 : a - b,
  );
}

/** Labeled images of each class. */
export function perClassOf(
  images: readonly SearchImage[],
  places: readonly number[],
  targetCount: number,
): number[] {
  const counts = new Array<number>(targetCount).fill(0);
  for (const at of places) counts[images[at].truth]++;
  return counts;
}
