import type { AlignmentDocument } from './alignment.ts';

/**
 * Whether an alignment is about folders with these classes: half of the classes or more are among its targets.
 * Folders without classes say nothing against it.
 */
export function fittingLabels({ targets }: AlignmentDocument, classes: readonly string[]): boolean {
  if (classes.length < 2) return true;
  const known = new Set(targets.map(({ label }) => plainLabel(label)));
  return classes.filter((label) => known.has(plainLabel(label))).length * 2 >= classes.length;
}

/** A label as it is compared with others. */
export function plainLabel(label: string): string {
  return label
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ');
}
