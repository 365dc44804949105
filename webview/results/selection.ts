import type { ResultTable } from './resultTable.ts';

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
