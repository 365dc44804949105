import { imageCount } from '../text/numbers.ts';
import { phrase, type Text } from '../text/text.ts';
import { wholeGroups } from '../wholeGroups.ts';
import { mcnemarExact } from './significance.ts';

/** Images that stand or fall together: near-duplicates are one draw, not several. */
export type Units = readonly (readonly number[])[];

/** @param groups per image the number of its group of near-duplicates, negative for none */
export function unitsOf(groups: ArrayLike<number>): Units {
  return wholeGroups(
    Array.from({ length: groups.length }, (_, i) => i),
    (i) => groups[i],
  );
}

/** How many units some images are of. */
export function unitCount(groups: ArrayLike<number>, counts: (image: number) => boolean): number {
  const seen = new Set<number>();
  let alone = 0;
  for (let i = 0; i < groups.length; i++) {
    if (!counts(i)) continue;
    if (groups[i] < 0) alone++;
    else seen.add(groups[i]);
  }
  return alone + seen.size;
}

/** The sum of a number over the images of each unit, those left out for which it is none. */
export function unitSums(
  units: Units,
  of: (image: number) => number,
): { readonly sum: number; readonly images: number }[] {
  return units.flatMap((unit) => {
    const known = unit.map(of).filter((value) => !Number.isNaN(value));
    return known.length === 0
      ? []
      : [{ sum: known.reduce((sum, one) => sum + one, 0), images: known.length }];
  });
}

/**
 * McNemar's exact test, in which near-duplicates count as one image: it is for whoever has more of them right. Images
 * without near-duplicates count as ever.
 * @param a shares of right answers of the first; NaN where it was not asked
 * @param b those of the second, over the same images
 */
export function pairedP(a: ArrayLike<number>, b: ArrayLike<number>, units: Units): number {
  const sums = unitSums(units, (i) => a[i] - b[i]).map(({ sum }) => sum);
  return mcnemarExact(
    sums.map((sum) => Number(sum > 0)),
    sums.map((sum) => Number(sum < 0)),
  );
}

/** What must be said beside an interval or a test where there are near-duplicates; none where there are none, or nobody looked. */
export function unitsText(images: number, units: number | undefined): Text[] {
  if (units === undefined || units >= images) return [];
  return [
    phrase(
      'Intervals and tests count near-duplicates as one image, which leaves {0} of {1}.',
      units,
      imageCount(images),
    ),
  ];
}
