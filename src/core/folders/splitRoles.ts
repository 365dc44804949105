import { isSplitName, type SplitName, splitNames } from './layout.ts';

/** What the splits of a data set are for, where it has several. */
export interface SplitRoles {
  /** Learned from. */
  readonly learn: SplitName;
  /** Chosen by while learning; absent: a part of what is learned from is kept for it. */
  readonly choose?: SplitName | undefined;
  /** Measured on. */
  readonly measure: SplitName;
}

/**
 * Learns on `train`, chooses by `val`, measures on `test`, or on `val` where there is no `test`. Undefined where there are
 * not two splits to keep apart: then images are drawn.
 * @param present splits with images
 */
export function splitRoles(present: Iterable<SplitName | undefined>): SplitRoles | undefined {
  const there = new Set(present);
  const [learn, choose, measure] = splitNames.filter((name) => there.has(name));
  if (choose === undefined) return undefined;
  if (measure !== undefined) return { learn, choose, measure };
  return choose === 'val' ? { learn, choose, measure: choose } : { learn, measure: choose };
}

/** What was learned from and measured on, as documents and records keep it. */
export interface LearnedSplits {
  readonly learned: SplitName;
  readonly measured: SplitName;
}

/** The roles in a record, which may be of anyone; undefined for what is none. */
export function readSplitRoles(data: unknown): SplitRoles | undefined {
  const { learn, choose, measure } = (data ?? {}) as Readonly<Record<string, unknown>>;
  if (!isSplitName(learn) || !isSplitName(measure)) return undefined;
  return { learn, ...(isSplitName(choose) && { choose }), measure };
}
