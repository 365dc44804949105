/** The 1-based line of an offset of a text, in UTF-16 units: the text is gone over once, however many are asked for. */
export function lineFinder(text: string): (offset: number) => number {
  let breaks: number[] | undefined;
  return (offset) => {
    breaks ??= Array.from(text.matchAll(/\n/g), ({ index }) => index);
    let [from, to] = [0, breaks.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (breaks[middle] < offset) from = middle + 1;
      else to = middle;
    }
    return from + 1;
  };
}
