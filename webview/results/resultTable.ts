import type { ResultColumns } from '../../src/protocol/resultsView.ts';

/** All predictions of a run in the order in which they arrived, as columns that grow. */
export class ResultTable {
  #predicted = new Int32Array(1024);
  #truth = new Int32Array(1024);
  #confidence = new Float32Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append({ predicted, truth, confidence }: ResultColumns): void {
    const length = this.#length + predicted.length;
    if (length > this.#predicted.length) {
      const capacity = Math.max(length, 2 * this.#predicted.length);
      this.#predicted = grown(this.#predicted, new Int32Array(capacity));
      this.#truth = grown(this.#truth, new Int32Array(capacity));
      this.#confidence = grown(this.#confidence, new Float32Array(capacity));
    }
    this.#predicted.set(predicted, this.#length);
    this.#truth.set(truth, this.#length);
    this.#confidence.set(confidence, this.#length);
    this.#length = length;
  }

  /** -1 where nothing is decided. */
  predicted(image: number): number {
    return this.#predicted[image];
  }

  /** -1 where the truth is not known. */
  truth(image: number): number {
    return this.#truth[image];
  }

  confidence(image: number): number {
    return this.#confidence[image];
  }

  /** Whether the truth is known and another label was predicted. */
  wrong(image: number): boolean {
    return this.#truth[image] >= 0 && this.#truth[image] !== this.#predicted[image];
  }
}

function grown<T extends Int32Array | Float32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

export type Sort = 'arrival' | 'least-sure' | 'most-sure' | 'wrong-first' | 'name';

export type Kind = 'all' | 'wrong' | 'right' | 'unsure';

/** Which images are shown. */
export interface Filter {
  readonly kind: Kind;
  /** True label, by index; undefined = any. */
  readonly truth: number | undefined;
  /** Predicted label, by index; undefined = any. */
  readonly predicted: number | undefined;
  /** Confidence below which an answer counts as "not sure". */
  readonly threshold: number;
}

function passes(table: ResultTable, image: number, filter: Filter): boolean {
  if (filter.truth !== undefined && table.truth(image) !== filter.truth) return false;
  if (filter.predicted !== undefined && table.predicted(image) !== filter.predicted) return false;
  switch (filter.kind) {
    case 'all':
      return true;
    case 'wrong':
      return table.wrong(image);
    case 'right':
      return table.truth(image) >= 0 && !table.wrong(image);
    case 'unsure':
      return table.confidence(image) < filter.threshold;
  }
}

/** Images `from..to` (of the order of arrival) that pass, in that order. */
export function arrivals(table: ResultTable, filter: Filter, from: number, to: number): number[] {
  const images: number[] = [];
  for (let image = from; image < to; image++) if (passes(table, image, filter)) images.push(image);
  return images;
}

/** Puts images in an order; ties stay in the order of arrival. `names` is needed for `name` only. */
export function sorted(
  table: ResultTable,
  images: readonly number[],
  sort: Sort,
  names: readonly string[],
): number[] {
  switch (sort) {
    case 'arrival':
      return [...images];
    case 'least-sure':
      return [...images].sort((a, b) => table.confidence(a) - table.confidence(b) || a - b);
    case 'most-sure':
      return [...images].sort((a, b) => table.confidence(b) - table.confidence(a) || a - b);
    case 'wrong-first':
      // The surest mistakes come first: they tell most about the alignment.
      return [...images].sort(
        (a, b) =>
          Number(table.wrong(b)) - Number(table.wrong(a)) ||
          table.confidence(b) - table.confidence(a) ||
          a - b,
      );
    case 'name': {
      const { compare } = new Intl.Collator(undefined, { numeric: true });
      return [...images].sort((a, b) => compare(names[a] ?? '', names[b] ?? '') || a - b);
    }
  }
}
