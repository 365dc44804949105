import type { ImageFacts, Look } from '../images/imageFacts.ts';

/** Grey levels: of a page without anything on it, a lens with its cap on, a sky and nothing else. */
const BLANK_SPREAD = 3;
/** Noise and compression alone; of anything that is drawn or written there is more. */
const BLANK_DETAIL = 1.5;
/** Shorter edges below which a picture is tiny, and below which it is where the others are so many times larger. */
const TINY = 16;
const SMALL = 64;
const TIMES = 4;

/** Whether there is nothing in a picture but one color, noise or a slight gradient. */
export function isBlank({ spread, detail }: Look): boolean {
  return spread < BLANK_SPREAD && detail < BLANK_DETAIL;
}

/** Tells of a picture whether it is tiny: by itself, or beside the other pictures of its folder. */
export function tinyAmong(all: readonly ImageFacts[]): (facts: ImageFacts) => boolean {
  const edges = Float64Array.from(all, shorterEdge).sort();
  const usual = edges.length > 0 ? edges[edges.length >> 1] : 0;
  return (facts) => {
    const edge = shorterEdge(facts);
    return edge < TINY || (edge < SMALL && edge * TIMES <= usual);
  };
}

function shorterEdge({ width, height }: Pick<ImageFacts, 'width' | 'height'>): number {
  return Math.min(width, height);
}

/** What a picture may be, whatever it shows; as bits. */
export const LOOK = { odd: 1, blank: 2, tiny: 4 } as const;

/** What pictures are of {@link LOOK}. @param odd the images that are unlike all others */
export function looksOf(facts: readonly (ImageFacts | undefined)[], odd: Int32Array): Uint8Array {
  const isTiny = tinyAmong(facts.filter((one) => one !== undefined));
  const looks = Uint8Array.from(
    facts,
    (one) => (one && isBlank(one) ? LOOK.blank : 0) | (one && isTiny(one) ? LOOK.tiny : 0),
  );
  for (const image of odd) looks[image] |= LOOK.odd;
  return looks;
}

/** How many images are what: nearly the same as another one, unlike all others, empty, or of few pixels. */
export interface LookCounts {
  readonly alike: number;
  readonly odd: number;
  readonly blank: number;
  readonly tiny: number;
}

/** @param images the group of each (negative for none), and what it is of {@link LOOK} */
export function lookCounts(images: Iterable<{ readonly group: number; readonly looks: number }>): LookCounts {
  const counts = { alike: 0, odd: 0, blank: 0, tiny: 0 };
  for (const { group, looks } of images) {
    if (group >= 0) counts.alike++;
    for (const name of ['odd', 'blank', 'tiny'] as const) if ((looks & LOOK[name]) !== 0) counts[name]++;
  }
  return counts;
}

/** So few images are looked at before anybody asks: of more it takes a while. */
export const LOOKED_AT_UNASKED = 10_000;

/** What an image is whatever its label. */
export interface LooksOfImage {
  /** The number of its group of near-duplicates, negative for none. */
  readonly group: number;
  /** What it is of {@link LOOK}, as bits. */
  readonly looks: number;
  /** Pixels, 0 where nobody noted them. */
  readonly width: number;
  readonly height: number;
}

/** The columns of {@link looksInCells}. */
export const LOOKS_COLUMNS = ['duplicate_group', 'odd', 'blank', 'tiny', 'width', 'height'] as const;

/** As cells of an export; empty where it is not known. Groups are counted from 1. */
export function looksInCells(image: LooksOfImage | undefined): readonly string[] {
  if (!image) return LOOKS_COLUMNS.map(() => '');
  const { group, looks, width, height } = image;
  const answer = (look: number, isKnown: boolean) => (isKnown ? ((looks & look) !== 0 ? 'yes' : 'no') : '');
  const isSeen = width > 0;
  return [
    group < 0 ? '' : String(group + 1),
    answer(LOOK.odd, true),
    answer(LOOK.blank, isSeen),
    answer(LOOK.tiny, isSeen),
    isSeen ? String(width) : '',
    isSeen ? String(height) : '',
  ];
}

/** The same as JSON. */
export function looksInJson(image: LooksOfImage | undefined): object {
  if (!image) return {};
  const { group, looks, width, height } = image;
  return {
    ...(group < 0 ? {} : { duplicateGroup: group + 1 }),
    odd: (looks & LOOK.odd) !== 0,
    ...(width > 0
      ? { blank: (looks & LOOK.blank) !== 0, tiny: (looks & LOOK.tiny) !== 0, width, height }
      : {}),
  };
}
