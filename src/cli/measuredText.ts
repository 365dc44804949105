import type { MeasuredOn } from '../core/metrics/measuredOn.ts';
import { measuredLines } from '../core/metrics/measuredText.ts';
import { printable } from './terminal.ts';

/** What a person must know beside an accuracy, a line each. */
export function measuredNotes(on: MeasuredOn): string {
  return measuredLines(on)
    .map((line) => `${printable(line)}\n`)
    .join('');
}
