const natural = new Intl.Collator('en', { numeric: true });

/** The order of names by their numbers: `2.jpg` before `10.jpg`; the same on every machine. */
export function inNaturalOrder(a: string, b: string): number {
  return natural.compare(a, b) || (a < b ? -1 : Number(a > b));
}
