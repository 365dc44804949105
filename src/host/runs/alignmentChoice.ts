import type { AlignmentDocument } from '../../core/documents/alignment.ts';

/**
 * Whether an alignment is about folders with these classes: half of the classes or more are among its targets.
 * Folders without classes say nothing against it.
 */
export function fittingLabels({ targets }: AlignmentDocument, classes: readonly string[]): boolean {
  if (classes.length < 2) return true;
  const known = new Set(targets.map(({ label }) => plain(label)));
  return classes.filter((label) => known.has(plain(label))).length * 2 >= classes.length;
}

function plain(label: string): string {
  return label
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ');
}
