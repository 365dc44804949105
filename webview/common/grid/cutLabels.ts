import { oneLine } from '../../../src/core/text/plainText.ts';
import type { DrawingContext } from './frame.ts';

/** Cuts a label to a width in the context's present font. */
export type LabelCutter = (context: DrawingContext, label: string, width: number) => string;

/** A cutter that remembers; make a new one when fonts change. */
export function labelCutter(): LabelCutter {
  const known = new Map<string, string>();
  return (context, label, width) => {
    const key = `${context.font}\n${Math.round(width)}\n${label}`;
    let text = known.get(key);
    if (text === undefined) {
      text = cutToWidth(label, width, (part) => context.measureText(part).width);
      if (known.size > 5000) known.clear();
      known.set(key, text);
    }
    return text;
  };
}

/** `label` on one line, shortened with an ellipsis so that `measure` stays within `width`. */
export function cutToWidth(label: string, width: number, measure: (text: string) => number): string {
  // No label on a screen is longer than this: measuring a megabyte of text would take seconds.
  const line = oneLine(label, 400);
  const symbols = [...line];
  const whole = symbols.join('');
  if (whole.length === line.length && measure(whole) <= width) return whole;
  let low = 0;
  let high = symbols.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measure(`${symbols.slice(0, middle).join('')}…`) <= width) low = middle;
    else high = middle - 1;
  }
  return `${symbols.slice(0, low).join('').trimEnd()}…`;
}
