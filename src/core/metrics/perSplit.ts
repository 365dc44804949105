import { isSplitName, type SplitName, splitNames } from '../folders/layout.ts';
import { ACCURACY, isWithinRange } from '../mapping/ranges.ts';

/** How good answers are in one split of a data set. */
export interface SplitScore {
  readonly split: SplitName;
  readonly images: number;
  /** Of them, those that the accuracy is about. */
  readonly measured: number;
  /** Null where none are, or accuracy is withheld at all. */
  readonly accuracy: number | null;
  readonly balancedAccuracy: number | null;
}

interface Count {
  images: number;
  measured: number;
  right: number;
  readonly of: Map<number, { images: number; right: number }>;
}

/** Counts answers by split. */
export class SplitCounts {
  readonly #counts = new Map<SplitName | undefined, Count>();

  /** @param truth the target that the image is judged by; -1 for none */
  add(split: SplitName | undefined, truth: number, answer: number): void {
    const count = this.#counts.get(split) ?? { images: 0, measured: 0, right: 0, of: new Map() };
    this.#counts.set(split, count);
    count.images++;
    if (truth < 0) return;
    const right = truth === answer ? 1 : 0;
    count.measured++;
    count.right += right;
    const known = count.of.get(truth);
    if (known) {
      known.images++;
      known.right += right;
    } else count.of.set(truth, { images: 1, right });
  }

  /** Of each split, where there are several. @param withheld whether accuracy says nothing */
  result(withheld: boolean): readonly SplitScore[] | undefined {
    const found = splitNames.filter((split) => this.#counts.has(split));
    if (found.length < 2) return undefined;
    return found.map((split): SplitScore => {
      const { images, measured, right, of } = this.#counts.get(split)!;
      const none = withheld || measured === 0;
      const recalls = [...of.values()].map((one) => one.right / one.images);
      return {
        split,
        images,
        measured,
        accuracy: none ? null : right / measured,
        balancedAccuracy: none ? null : recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length,
      };
    });
  }
}

/** Whether `data`, which may be of anyone, is that. */
export function isSplitScores(data: unknown): data is readonly SplitScore[] {
  return (
    Array.isArray(data) &&
    data.every((one) => {
      const { split, images, measured, accuracy, balancedAccuracy } = (one ?? {}) as Readonly<
        Record<string, unknown>
      >;
      return (
        isSplitName(split) &&
        [images, measured].every((count) => Number.isSafeInteger(count) && (count as number) >= 0) &&
        [accuracy, balancedAccuracy].every((value) => value === null || isWithinRange(value, ACCURACY))
      );
    })
  );
}
