import type { HeadKind } from '../alignments/alignment.ts';
import { invalidArgument, toSemapError } from '../errors.ts';
import { decidedTarget } from '../mapping/scoring.ts';
import { seededRandom, shuffle } from '../random.ts';
import { phrase } from '../text/text.ts';
import { wholeGroups } from '../wholeGroups.ts';
import type { Work } from '../work.ts';
import { type FolderBasis, rowsOf } from './folderBasis.ts';
import { fitImageHead } from './imageHead.ts';
import { type LabelledImages, type SettleOptions, settle } from './settle.ts';
import { type MixtureTerms, scoreByTerms } from './terms.ts';

/** What a person can have learned from a folder. */
export const learnedHeads = ['mixture', 'linear-probe', 'prototypes'] as const satisfies readonly HeadKind[];
export type LearnedHeadKind = (typeof learnedHeads)[number];

/** A folder, and what is known of its images. */
export interface Lesson {
  readonly kind: LearnedHeadKind;
  readonly basis: FolderBasis;
  /** Mapped scores, row-major [N, T]. */
  readonly scores: Float32Array;
  readonly targetCount: number;
  /** Images to learn from, and others to measure by. */
  readonly learn: LabelledImages;
  readonly measure: LabelledImages;
  /** Images that taught the mapping or the prompts before it: a head on these is not measured on them. */
  readonly seen?: Int32Array | undefined;
  /** Per image the number of its group of near-duplicates, negative for none; absent = there are none. */
  readonly groups?: Int32Array | undefined;
  readonly balanced?: boolean | undefined;
  /** See {@link SettleOptions}. */
  readonly sourceInformation?: number | undefined;
}

/** A head for images that come later, without the folder. */
export interface LearnedHead {
  /** A linear probe needs two images of each target: of fewer, prototypes are learned. */
  readonly kind: LearnedHeadKind;
  readonly terms: MixtureTerms;
  /** On images that it was not learned from. */
  readonly validation: { readonly images: number; readonly accuracy: number | null };
}

/** Images to measure by, below which the images to learn from are left out in turn instead. */
const ENOUGH = 10;
/** Parts that are left out in turn. */
const FOLDS = 5;
/** Images with which one learns too little for another part to be told anything. */
const FEWEST_FOLDED = 5;

/**
 * Learns a head, and measures it on images that it did not learn from: those to measure by where there are enough, else
 * the ones to learn from, left out a fifth at a time (cross-validation), of which those count that nothing else learned from.
 * @throws {SemapError} `invalid-argument` where there is nothing to learn from; cancelled
 */
export async function learnHead(lesson: Lesson, work: Work = {}): Promise<LearnedHead> {
  const { learn, measure } = lesson;
  const learned = await taught(lesson, learn, work);
  if (measure.images.length >= ENOUGH)
    return { ...learned, validation: await measured(lesson, [[learned.terms, measure]], work) };
  const parts: [MixtureTerms, LabelledImages][] = [];
  if (learn.images.length >= FEWEST_FOLDED) {
    for (const [kept, left] of folds(lesson)) {
      if (left.images.length === 0) continue;
      const { terms } = await taught(lesson, kept, work).catch((error) => {
        if (toSemapError(error).reason !== 'invalid-argument') throw error;
        return { terms: undefined };
      });
      if (terms) parts.push([terms, left]);
    }
  }
  if (parts.length === 0) parts.push([learned.terms, measure]);
  return { ...learned, validation: await measured(lesson, parts, work) };
}

async function taught(
  { kind, basis, scores, targetCount: T, balanced, sourceInformation }: Lesson,
  labelled: LabelledImages,
  work: Work,
): Promise<Pick<LearnedHead, 'kind' | 'terms'>> {
  if (kind === 'mixture') {
    const { terms } = await settle(scores, T, basis, { ...work, labelled, balanced, sourceInformation });
    if (terms) return { kind, terms };
    throw invalidArgument(phrase('The images say too little about each other to learn from them alone.'), {
      hint: phrase('Label some images of at least two labels, then learn again.'),
    });
  }
  const images = Int32Array.from(labelled.images);
  if (new Set(Array.from(labelled.targets)).size < 2) {
    throw invalidArgument(phrase('There are no images of two labels to learn from.'), {
      hint: phrase('Label some images of at least two labels, then learn again.'),
    });
  }
  const { source } = basis;
  return fitImageHead(
    {
      kind: source.kind,
      features: await rowsOf(source, images, work),
      scores: scoresOf(scores, images, T),
      targets: labelled.targets,
      targetCount: T,
      prototypes: kind === 'prototypes',
    },
    work,
  );
}

/** How many images heads answer right that they did not learn from. */
async function measured(
  { basis, scores, targetCount: T }: Lesson,
  parts: readonly (readonly [MixtureTerms, LabelledImages])[],
  work: Work,
): Promise<LearnedHead['validation']> {
  let images = 0;
  let right = 0;
  for (const [terms, { images: some, targets }] of parts) {
    const at = Int32Array.from(some);
    const rows = await rowsOf(basis.source, at, work);
    const out = await scoreByTerms(terms, scoresOf(scores, at, T), rows, work);
    images += at.length;
    for (let i = 0; i < at.length; i++) if (decidedTarget(out, i * T, T) === targets[i]) right++;
  }
  return { images, accuracy: images === 0 ? null : right / images };
}

function scoresOf(scores: Float32Array, images: Int32Array, T: number): Float32Array {
  const out = new Float32Array(images.length * T);
  for (const [to, from] of images.entries()) out.set(scores.subarray(from * T, (from + 1) * T), to * T);
  return out;
}

/** Each fifth of the images, with all others; images of a target are spread over them, near-duplicates stay together. */
function folds({
  learn: { images, targets },
  groups,
  seen,
}: Lesson): [kept: LabelledImages, left: LabelledImages][] {
  const known = new Set(seen);
  const order = shuffle(
    Array.from({ length: images.length }, (_, i) => i),
    seededRandom(0),
  ).sort((a, b) => targets[a] - targets[b]);
  const some = (places: readonly number[]) => ({
    images: places.map((i) => images[i]),
    targets: places.map((i) => targets[i]),
  });
  const units = wholeGroups(order, (i) => groups?.[images[i]] ?? -1);
  return Array.from({ length: FOLDS }, (_, fold) => [
    some(units.filter((_, at) => at % FOLDS !== fold).flat()),
    some(
      units
        .filter((_, at) => at % FOLDS === fold)
        .flat()
        .filter((i) => !known.has(images[i])),
    ),
  ]);
}
