/**
 * Reads indexes as schedulers write them: `3`, `0-9`, `3,7-9`.
 * @param count indexes are below it
 * @returns in their order; undefined for what is no such list, `beyond` where one is not below the count
 */
export function indexesOf(text: string, count: number): readonly number[] | 'beyond' | undefined {
  const indexes: number[] = [];
  for (const part of text.split(',')) {
    const [, first, last = first] = /^\s*(\d{1,9})(?:-(\d{1,9}))?\s*$/.exec(part) ?? [];
    if (first === undefined || Number(last) < Number(first)) return undefined;
    if (Number(last) >= count) return 'beyond';
    for (let index = Number(first); index <= Number(last); index++) indexes.push(index);
  }
  return [...new Set(indexes)];
}

/** Ascending indexes in the same form. */
export function indexText(indexes: readonly number[]): string {
  const parts: string[] = [];
  for (let from = 0; from < indexes.length; ) {
    let to = from;
    while (indexes[to + 1] === indexes[to] + 1) to++;
    parts.push(to > from ? `${indexes[from]}-${indexes[to]}` : String(indexes[from]));
    from = to + 1;
  }
  return parts.join(',');
}
