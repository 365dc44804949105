import { type PassedOver, passedOverCount, passedOverWords } from '../core/images/imageFiles.ts';
import type { MeasuredOn } from '../core/metrics/measuredOn.ts';
import { measuredLines } from '../core/metrics/measuredText.ts';
import type { SkippedImage } from '../core/runs/run.ts';
import { imageCount } from '../core/text/numbers.ts';
import { plural, say, type Text } from '../core/text/text.ts';
import { printable, type Terminal } from './terminal.ts';

/** What a person must know beside an accuracy, a line each. @param folders as {@link measuredLines} has them */
export function measuredNotes(on: MeasuredOn, folders?: readonly string[]): string {
  return measuredLines(on, folders)
    .map((line) => `${printable(say(line))}\n`)
    .join('');
}

/** Tells all that could not be read as problems of files, where those are wanted. */
export function tellSkipped(skipped: readonly SkippedImage[], terminal: Terminal): void {
  for (const { path, reason } of skipped)
    terminal.problem({ file: path, severity: 'warning', message: `Cannot read it: ${say(reason)}` });
}

/** Folders and images that could not be read, the first `most` of each with their reasons. */
export function skippedLines(skipped: readonly SkippedImage[], most: number): string[] {
  const folders = skipped.filter(({ folder }) => folder);
  const images = skipped.filter(({ folder }) => !folder);
  return [...partLines(folders, folderCount, most), ...partLines(images, imageCount, most)];
}

function folderCount(count: number): Text {
  return plural(count, '{0} folder', '{0} folders');
}

function partLines(part: readonly SkippedImage[], counted: (count: number) => Text, most: number): string[] {
  if (part.length === 0) return [];
  const lines = [`\nCannot read ${say(counted(part.length))}:\n`];
  for (const { path, reason } of part.slice(0, most)) {
    lines.push(`  ${printable(path)}\n      ${printable(say(reason))}\n`);
  }
  const more = part.length - most;
  if (more > 0) lines.push(`  and ${say(counted(more))} more (--json lists all)\n`);
  return lines;
}

/** One line about what lies beside the images and is not read. */
export function passedOverLine(passedOver: PassedOver): string {
  const count = say(plural(passedOverCount(passedOver), '{0} item', '{0} items'));
  return `\nPassed over ${count} that SeMap does not read: ${say(passedOverWords(passedOver))} (--json lists them)\n`;
}
