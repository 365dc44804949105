/** `1 image`, `1,200 images`: for English texts of the engine and the command line. */
export function countOf(count: number, thing: string): string {
  return `${count.toLocaleString('en')} ${thing}${count === 1 ? '' : 's'}`;
}
