/** Which numbers are black and white. */
export interface SampleRange {
  readonly low: number;
  readonly high: number;
}

/** Whites that pictures of any numbers go by, when they come at least half way to them. */
const USUAL_WHITES = [1, 255, 65535];

/** Of numbers that no type gives a range: a usual one, or their own. */
export function ownRange({ low, high }: SampleRange): SampleRange {
  if (!(low <= high)) return { low: 0, high: 1 };
  const white = low >= 0 ? USUAL_WHITES.find((usual) => high <= usual && high >= usual / 2) : undefined;
  return white === undefined ? { low, high } : { low: 0, high: white };
}

/** What cameras and instruments put into 16 bits. */
const USUAL_BITS = [8, 10, 12, 14] as const;

/**
 * Of 16-bit numbers up to `highest`, which may be those of fewer bits, so that white is far below 65,535.
 * @param stated as many bits as the file says to have, where it does
 */
export function rangeOf16Bits(highest: number, stated?: number): SampleRange {
  const bits = (stated === undefined ? USUAL_BITS : [stated]).find((n) => highest < 2 ** n);
  return { low: 0, high: highest === 0 || bits === undefined ? 65535 : 2 ** bits - 1 };
}
