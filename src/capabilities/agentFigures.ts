import * as z from 'zod';
import type { MeasuredOn } from '../core/metrics/measuredOn.ts';
import { measuredLines, measuredShare } from '../core/metrics/measuredText.ts';
import { wilson } from '../core/metrics/significance.ts';
import type { ReuseFigure } from '../core/reuse/reuse.ts';
import { measuredText } from '../core/reuse/reuseTable.ts';
import { say } from '../core/text/text.ts';

/** A share with its interval and what it is about, as agents get every accuracy. */
export const figureOutput = z.object({
  value: z.number().describe('In [0, 1].'),
  low: z.number().describe('Lower end of the 95% interval.'),
  high: z.number().describe('Upper end.'),
  images: z.number().int(),
  measuredOn: z.string().describe('Which images it is about, and whether it is an estimate.'),
});

/** What an accuracy is not about, a sentence each. */
export const measuredNotes = z
  .array(z.string())
  .describe('What the accuracy leaves out; report it with the accuracy.');

export type Figure = z.output<typeof figureOutput>;

/**
 * An accuracy with Wilson's interval; null where none was measured.
 * @param sampled of the images with a known label, how many were drawn
 * @param units of these, with near-duplicates as one
 */
export function measuredFigure(
  value: number | null | undefined,
  on: MeasuredOn,
  sampled: number = on.measured,
  units: number = sampled,
): Figure | null {
  if (value === null || value === undefined || sampled === 0) return null;
  const { low, high } = wilson(value, units);
  return {
    ...roundedAll({ value, low, high }),
    images: sampled,
    measuredOn: say(measuredShare(on, sampled)),
  };
}

/** The figure of a reuse; null where nothing tells. */
export function reuseFigure(figure: ReuseFigure | null): Figure | null {
  if (!figure) return null;
  const { value, low, high, images } = figure;
  return { ...roundedAll({ value, low, high }), images, measuredOn: say(measuredText(figure)) };
}

/** What must be said beside an accuracy, in English. */
export function notesOf(on: MeasuredOn | undefined, folders?: readonly string[]): string[] {
  return on ? measuredLines(on, folders).map((line) => say(line)) : [];
}

/** A number as short as it is exact enough for an agent. */
export function rounded(value: number, digits = 4): number {
  return Number(value.toFixed(digits));
}

/** The same where there may be none. */
export function roundedOrNull(value: number | null | undefined, digits = 4): number | null {
  return value === null || value === undefined || !Number.isFinite(value) ? null : rounded(value, digits);
}

function roundedAll<Names extends string>(values: Readonly<Record<Names, number>>): Record<Names, number> {
  return Object.fromEntries(
    Object.entries<number>(values).map(([name, value]) => [name, rounded(value)]),
  ) as Record<Names, number>;
}
