/** What every row has under `key`, so that an assertion about a list stays one line. */
export function column<Row, Key extends keyof Row>(rows: Iterable<Row>, key: Key): Row[Key][] {
  return Array.from(rows, (row) => row[key]);
}
