/** A linear map of values to pixels. */
export interface Scale {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly end: number;
}

export function place(scale: Scale, value: number): number {
  const { from, to, start, end } = scale;
  return to === from ? (start + end) / 2 : start + ((value - from) / (to - from)) * (end - start);
}

/** The value at a pixel, within the scale. */
export function valueAt(scale: Scale, pixel: number): number {
  const { from, to, start, end } = scale;
  const share = end === start ? 0 : (pixel - start) / (end - start);
  return from + Math.min(1, Math.max(0, share)) * (to - from);
}

/**
 * Round values within `from..to`, at most `count` of them, in steps of 1, 2 or 5 times a power of ten.
 * @param least the smallest step: 1 for whole epochs
 */
export function ticks(from: number, to: number, count: number, least = 0): number[] {
  if (!(to > from) || count < 1) return [from];
  const rough = (to - from) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough * (1 - 1e-9)) ?? 10;
  const step = Math.max(least, factor * power);
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  // Multiplied, not summed: ten steps of .1 are 1.
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Bounds of finite values with a little air; `fallback` without any. */
export function bounds(values: Iterable<number>, fallback: readonly [number, number]): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [...fallback];
  const air = (high - low) * 0.05 || Math.abs(high) * 0.05 || 0.5;
  return [low - air, high + air];
}

/**
 * Moves places apart that are nearer than `gap`, as little as may be, within `first..last` as far as they fit.
 * @param wanted in ascending order
 */
export function spread(wanted: readonly number[], gap: number, first: number, last: number): number[] {
  const places: number[] = [];
  for (const place of wanted) places.push(Math.max(place, first, (places.at(-1) ?? first - gap) + gap));
  for (let i = places.length - 1, most = last; i >= 0; i--, most -= gap) {
    if (places[i] <= most) break;
    places[i] = most;
  }
  return places;
}
