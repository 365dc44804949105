import type { ChartContent, ChartOptions } from './content.ts';

/**
 * Where a key moves the cursor: to the next multiple of a step by arrows, further by pages.
 * @returns undefined = the cursor goes away; null = the key is none of these
 */
export function placeAfterKey(
  key: string,
  at: number | undefined,
  { series, end }: Pick<ChartContent, 'series' | 'end'>,
  { step, page }: Pick<ChartOptions['x'], 'step' | 'page'>,
): number | undefined | null {
  const last = Math.max(0, ...series.map(({ samples }) => samples.at(-1)?.at ?? 0));
  const first = Math.min(last, ...series.map(({ samples }) => samples[0]?.at ?? last));
  // 7 * .01 is .07000000000000001: steps are counted, then multiplied.
  const steps = Number(((at ?? last) / step).toFixed(6));
  const pages = Math.round(page / step);
  const moves: Record<string, number> = {
    ArrowLeft: Math.ceil(steps) - 1,
    ArrowDown: Math.ceil(steps) - 1,
    ArrowRight: Math.floor(steps) + 1,
    ArrowUp: Math.floor(steps) + 1,
    PageDown: Math.ceil(steps) - pages,
    PageUp: Math.floor(steps) + pages,
  };
  if (key === 'Escape') return undefined;
  if (key === 'Home') return first;
  if (key === 'End') return last;
  const to = moves[key];
  if (to === undefined) return null;
  // The first press says where one is: at the newest value.
  if (at === undefined && key.startsWith('Arrow')) return last;
  const most = Math.min(end, Math.ceil(Number((last / step).toFixed(6))) * step);
  return Number(Math.min(Math.max(first, to * step), most).toPrecision(12));
}
