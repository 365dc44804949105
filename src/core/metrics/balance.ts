/** Labels of which there are too few, or too many, images for all labels to be about equally frequent. */
export interface ContradictedPromise {
  /** Indices of labels. */
  readonly rare: readonly number[];
  readonly frequent: readonly number[];
}

/** How many times rarer, or more frequent, than all others a label is where the promise does not hold. */
const FAR = 3;
/** Standard deviations of a count that are chance. */
const CHANCE = 3;

/**
 * What contradicts the promise that labels are about equally frequent.
 * @param shares of the images, one for each label
 */
export function contradictedPromise(shares: ArrayLike<number>, images: number): ContradictedPromise {
  const expected = images / shares.length;
  const chance = CHANCE * Math.sqrt(expected);
  const rare: number[] = [];
  const frequent: number[] = [];
  for (let label = 0; label < shares.length; label++) {
    const count = shares[label] * images;
    if (Math.abs(count - expected) <= chance) continue;
    if (count * FAR < expected) rare.push(label);
    if (count > expected * FAR) frequent.push(label);
  }
  return { rare, frequent };
}
