/** A row of a table of labels that may be about an image of another name now. */
interface Row {
  readonly name: string;
  /** What is in the image that was labelled. */
  readonly content: string;
}

/** An image has another name than its row says. */
export interface Moved {
  readonly from: string;
  readonly to: string;
}

/**
 * Which images rows are about whose images are gone, or hold something else now: those with the same content. Of several
 * copies one gets the row, first one of the same file name, then the first.
 * @param free names without a row that fits, by what is in them; in order
 */
export function movedRows(
  rows: readonly Row[],
  free: ReadonlyMap<string, readonly string[]>,
): readonly Moved[] {
  const taken = new Set<string>();
  const moved: Moved[] = [];
  const baseName = (name: string) => name.slice(name.lastIndexOf('/') + 1);
  const move = (fits: (from: string, to: string) => boolean) => (row: Row) => {
    const to = free.get(row.content)?.find((name) => !taken.has(name) && fits(row.name, name));
    if (to === undefined) return true;
    taken.add(to);
    moved.push({ from: row.name, to });
    return false;
  };
  // All of the same file name first: none of them is to be taken by another row.
  const left = rows.filter(move((from, to) => baseName(from) === baseName(to)));
  left.filter(move(() => true));
  return moved;
}
