import { type PassedOver, passedOverCount, passedOverWords } from '../core/images/imageFiles.ts';
import type { SkippedImage } from '../core/runs/run.ts';
import { countOf } from '../core/text/countOf.ts';
import { printable } from './terminal.ts';

/** Folders and images that could not be read, the first `most` of each with their reasons. */
export function skippedLines(skipped: readonly SkippedImage[], most: number): string[] {
  const folders = skipped.filter(({ folder }) => folder);
  const images = skipped.filter(({ folder }) => !folder);
  return [...partLines(folders, 'folder', most), ...partLines(images, 'image', most)];
}

function partLines(part: readonly SkippedImage[], what: string, most: number): string[] {
  if (part.length === 0) return [];
  const lines = [`\n${countOf(part.length, what)} could not be read:\n`];
  for (const { path, reason } of part.slice(0, most))
    lines.push(`  ${printable(path)}\n      ${printable(reason)}\n`);
  const more = part.length - most;
  if (more > 0) lines.push(`  and ${countOf(more, `more ${what}`)} (--json lists all)\n`);
  return lines;
}

/** One line about what lies beside the images and is not read. */
export function passedOverLine(passedOver: PassedOver): string {
  const count = countOf(passedOverCount(passedOver), 'item');
  return `\nPassed over ${count} that SeMap does not read: ${passedOverWords(passedOver)} (--json lists them)\n`;
}
