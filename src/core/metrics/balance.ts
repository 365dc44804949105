/** Labels that contradict the promise that all of them are about equally frequent. */
export interface ContradictedPromise {
  /** Indices of labels that hardly any image, or far more images than others, seem to have. */
  readonly rare: readonly number[];
  readonly frequent: readonly number[];
}

/**
 * Of the labels, as many as could be told from each other by their shares (the perplexity of these), that must at least
 * be left for the promise to stand. Measured on settled folders of four sets and three backbones: whole ones, of equal
 * shares, have .87 to 1, those with three labels of ten .48 to .91, with a single one .27 to .79.
 */
const LEAST = 0.85;
/** Shares, in those of equal ones, that are named. */
const RARE = 1 / 3;
const FREQUENT = 1.7;

/**
 * What contradicts the promise that labels are about equally frequent: nothing where shares differ little.
 * @param shares of each label, the mean of the probabilities that settling without that promise gives it
 */
export function contradictedPromise(shares: ArrayLike<number>, images: number): ContradictedPromise {
  const share = Array.from({ length: shares.length }, (_, label) => shares[label] ?? 0);
  const entropy = -share.reduce((sum, one) => sum + (one > 0 ? one * Math.log(one) : 0), 0);
  // Fewer images than labels cannot have all of them.
  if (Math.exp(entropy) >= LEAST * Math.min(share.length, images)) return { rare: [], frequent: [] };
  const labels = [...share.keys()];
  const most = Math.max(...share);
  return {
    rare: labels.filter((label) => share[label] * share.length < RARE),
    frequent: labels.filter((label) => share[label] === most || share[label] * share.length > FREQUENT),
  };
}
