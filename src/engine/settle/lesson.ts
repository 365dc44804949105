import { type ImageScorer, imageKey, type PlacedImage } from '../../core/evidence/imageScorer.ts';
import { type LearnedSplits, splitRoles } from '../../core/folders/splitRoles.ts';
import { seededRandom, shuffle } from '../../core/random.ts';
import { GIVEN } from '../../core/truths/imageTruths.ts';
import { apartFrom } from '../../core/wholeGroups.ts';

/** Images of each class folder that are learned from, as many as learned mappings take. */
const PER_LABEL = 20;
/** The share of the images of a class folder that is learned from, at most. */
const MOST = 0.75;

/** Images and their targets. */
export interface TaughtImages {
  readonly images: Int32Array;
  readonly targets: Int32Array;
}

/** What images teach, and what measures that. */
export interface TaughtAndMeasured {
  readonly learn: TaughtImages;
  readonly measure: TaughtImages;
  readonly splits?: LearnedSplits | undefined;
}

/** What is known of the images of a folder. */
interface LessonLabels {
  readonly given: Int32Array;
  readonly held: Uint8Array;
  readonly groups?: Int32Array | undefined;
}

/**
 * Which images to learn a head from: all that persons labelled, but those that were drawn at random; of class folders a
 * few of each label. The others measure it. Of folders with splits, training images teach and those of `test` measure.
 * @param given what a person said of each image: a target, or one of {@link GIVEN}
 * @param held 1 where that only measures
 * @param groups per image the number of its group of near-duplicates, negative for none: of what is learned from, none
 * measures, unless a person made the splits
 */
export function lessonOf(
  images: readonly PlacedImage[],
  scorer: Pick<ImageScorer, 'truthOf' | 'judgedBy' | 'isFromAgent'>,
  { given, held, groups }: LessonLabels,
  perLabel = PER_LABEL,
): TaughtAndMeasured {
  const learn: number[] = [];
  const measure: number[] = [];
  const targets = new Map<number, number>();
  const classes = new Map<number, number[]>();
  const roles = splitRoles(new Set(images.map(({ split }) => split)));
  for (const [i, image] of images.entries()) {
    if (roles && image.split !== roles.learn) {
      const truth = given[i] >= 0 ? given[i] : scorer.judgedBy(image);
      if (image.split !== roles.measure || truth < 0 || given[i] === GIVEN.noneOfThese) continue;
      if (scorer.isFromAgent(image)) continue;
      measure.push(i);
      targets.set(i, truth);
    } else if (given[i] >= 0) {
      (held[i] === 1 ? measure : learn).push(i);
      targets.set(i, given[i]);
    } else if (given[i] === GIVEN.nothing) {
      const truth = scorer.truthOf(image);
      if (truth < 0) continue;
      targets.set(i, truth);
      const some = classes.get(truth);
      if (some) some.push(i);
      else classes.set(truth, [i]);
    }
  }
  const random = seededRandom(0);
  for (const [, some] of [...classes].sort(([a], [b]) => a - b)) {
    const count = Math.min(perLabel, roles ? some.length : Math.floor(some.length * MOST));
    const drawn = shuffle(some, random);
    learn.push(...drawn.slice(0, count));
    // What the mapping was learned from says nothing about a head on it.
    if (!roles) measure.push(...drawn.slice(count).filter((i) => scorer.judgedBy(images[i]) >= 0));
  }
  const taught = (some: readonly number[]) => {
    const order = Int32Array.from(some).sort();
    return { images: order, targets: order.map((i) => targets.get(i)!) };
  };
  return {
    learn: taught(learn),
    measure: taught(
      roles
        ? measure
        : apartFrom(
            learn,
            measure,
            (i) => groups?.[i] ?? -1,
            (i) => targets.get(i),
          ),
    ),
    ...(roles && { splits: { learned: roles.learn, measured: roles.measure } }),
  };
}

/** The images that something was learned from, as documents keep them. */
export function keysOf(images: readonly PlacedImage[], learned: Int32Array): string {
  return Array.from(learned, (i) => imageKey(images[i]))
    .sort()
    .join(' ');
}
