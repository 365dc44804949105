import type { Text } from '../text/text.ts';

/** What a cell says where there is nothing to say. */
export const NOTHING = '–';

/** A number of a row, and which end of it is better. */
export interface Criterion<Row> {
  readonly value: (row: Row) => number | null;
  readonly better: 'higher' | 'lower';
}

/** A column of a results table, for pages and terminals alike. */
export interface ResultColumn<Row> {
  readonly id: string;
  readonly title: Text;
  readonly meaning: Text;
  /** What a cell says; {@link NOTHING} where it has nothing to say. */
  readonly text: (row: Row) => Text | string;
  /** What stands beside it, quietly: an interval. */
  readonly beside?: ((row: Row) => Text | undefined) | undefined;
  /** Explains one cell. */
  readonly explain?: ((row: Row) => Text | undefined) | undefined;
  /** Numbers, by which rows can be sorted; absent: words. */
  readonly by?: Criterion<Row> | undefined;
  /** Left out where it says the same of all rows. */
  readonly onlyIfDifferent?: true | undefined;
}

/**
 * The columns that say something about these rows; the first one names them and always stays.
 * @param keep ids of columns that stay although they say the same of all rows, so that a table that grows keeps its shape
 */
export function tellingColumns<Row>(
  columns: readonly ResultColumn<Row>[],
  rows: readonly Row[],
  keep: readonly string[] = [],
): readonly ResultColumn<Row>[] {
  return columns.filter(({ id, text, onlyIfDifferent }, place) => {
    if (place === 0 || keep.includes(id)) return true;
    const said = new Set(rows.map((row) => JSON.stringify(text(row))));
    if (said.size === 0 || (said.size === 1 && said.has(JSON.stringify(NOTHING)))) return false;
    return !(onlyIfDifferent && rows.length > 1 && said.size === 1);
  });
}

/** The rows by one criterion after the other, the best first; those without a value come last, in their order. */
export function sortRows<Row>(rows: readonly Row[], by: readonly Criterion<Row>[]): Row[] {
  const compare = (a: Row, b: Row): number => {
    for (const { value, better } of by) {
      const [x, y] = [value(a), value(b)];
      if (x === y) continue;
      if (x === null) return 1;
      if (y === null) return -1;
      return better === 'higher' ? y - x : x - y;
    }
    return 0;
  };
  return [...rows].sort(compare);
}
