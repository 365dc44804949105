/** Partings of the labels that a way was tried on, after each round. */
export const ROUNDS = [1, 2, 4] as const;
/** Of ways by equally many labels at least so many go on. */
const FEWEST = 2;

/** A way in a round. */
export interface Contender {
  /** Mean share that was right; null where it could not be tried. */
  readonly searched: number | null;
  /** What it is tried against: ways by as many labels. */
  readonly bucket: string;
}

/**
 * Which go on to the next round (successive halving; Jamieson, Talwalkar 2016): of those by as many labels the better half.
 * Equal ones stand in the order in which they came, the cheaper first.
 */
export function survivors<One extends Contender>(contenders: readonly One[]): Set<One> {
  const buckets = new Map<string, One[]>();
  for (const one of contenders) {
    if (one.searched === null) continue;
    buckets.set(one.bucket, [...(buckets.get(one.bucket) ?? []), one]);
  }
  const left = new Set<One>();
  for (const own of buckets.values()) {
    const count = Math.max(FEWEST, Math.ceil(own.length / 2));
    for (const one of own.sort((a, b) => b.searched! - a.searched!).slice(0, count)) left.add(one);
  }
  return left;
}
