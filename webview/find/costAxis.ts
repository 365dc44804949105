import { type FindCost, findCosts } from '../../src/core/find/findRecord.ts';
import type { ReuseCost } from '../../src/core/reuse/reuse.ts';
import { duration, fileSize, speed } from '../../src/core/text/numbers.ts';
import { count, plural, say, t } from '../common/language.ts';

/** An axis of a cost: by powers of ten, cheaper to the left, with a place of its own for what costs nothing. */
export interface CostAxis {
  /** Pixels of a cost. */
  readonly place: (value: number) => number;
  readonly ticks: readonly { readonly value: number; readonly at: number; readonly text: string }[];
}

/** What can be weighed against accuracy, and how it is said. */
interface CostWords {
  /** In the list of costs, and below the axis. */
  readonly title: string;
  readonly short: (value: number) => string;
  readonly long: (value: number) => string;
  /** Null where it was not measured. */
  readonly of: (cost: ReuseCost) => number | null;
  /** More costs less. */
  readonly turned?: true;
  /** Least value that is more than nothing. */
  readonly least: number;
}

/** In the order in which they are offered. */
export function costWords(): Readonly<Record<FindCost, CostWords>> {
  return {
    labels: {
      title: t('Labeled images'),
      short: (value) => (value === 0 ? t('none') : count(value)),
      long: (value) =>
        value === 0 ? t('no labels') : plural(value, '{0} labeled image', '{0} labeled images'),
      of: ({ labels }) => labels,
      least: 1,
    },
    seconds: {
      title: t('Time to learn'),
      short: (value) => (value === 0 ? '0' : say(duration(value))),
      long: (value) =>
        value === 0 ? t('nothing to learn') : t('{0} to learn', say(duration(Math.max(0.1, value)))),
      of: ({ seconds }) => seconds,
      least: 0.05,
    },
    speed: {
      title: t('Images per second, fastest first'),
      short: (value) => (value >= 10 ? count(Math.round(value)) : value.toFixed(1)),
      long: (value) => say(speed(value)),
      of: ({ imagesPerSecond }) => imagesPerSecond,
      turned: true,
      least: 0,
    },
    bytes: {
      title: t('Size'),
      short: (value) => say(fileSize(value)),
      long: (value) => say(fileSize(value)),
      of: ({ bytes }) => bytes,
      least: 0,
    },
  };
}

/**
 * What accuracy is weighed against as long as nobody chose: labels, or else the first cost by which these ways differ.
 * @param live while it searches, a way that learns from labels may still come
 */
export function usualCost(points: readonly { readonly cost: ReuseCost }[], live: boolean): FindCost {
  if (live) return 'labels';
  const words = costWords();
  const differ = (cost: FindCost) => {
    const { of, least } = words[cost];
    const values = points.map((point) => of(point.cost)).filter((value) => value !== null);
    return new Set(values.map((value) => (value < least ? 0 : value))).size > 1;
  };
  return findCosts.find(differ) ?? 'labels';
}

/** Share of the axis that stands for what costs nothing, where something else costs more. */
const NOTHING_SHARE = 0.12;
/** Of the logarithm, beyond the ends. */
const AIR = 0.04;
/** Where all costs are equal, the axis goes this far to each side: a factor of two. */
const LONE = Math.log10(2);

/**
 * The axis for these costs.
 * @param start pixels where it begins
 * @param room ticks that have room on it
 */
export function costAxis(
  values: readonly number[],
  { turned, least, short }: Pick<CostWords, 'turned' | 'least' | 'short'>,
  { start, end, room }: { readonly start: number; readonly end: number; readonly room: number },
): CostAxis {
  const isNothing = (value: number) => value < least || value <= 0;
  const logs = values.filter((value) => !isNothing(value)).map(Math.log10);
  const hasNothing = logs.length < values.length;
  if (logs.length === 0) {
    const middle = (start + end) / 2;
    return {
      place: () => middle,
      ticks: values.length === 0 ? [] : [{ value: 0, at: middle, text: short(0) }],
    };
  }
  const low = Math.min(...logs);
  const high = Math.max(...logs);
  const air = high === low ? LONE : AIR * (high - low);
  const [from, to] = [low - air, high + air];
  const begin = hasNothing ? start + NOTHING_SHARE * (end - start) : start;
  const nothing = start + (NOTHING_SHARE / 3) * (end - start);
  const place = (value: number) => {
    if (isNothing(value)) return nothing;
    const share = (Math.log10(value) - from) / (to - from);
    return turned ? end - share * (end - begin) : begin + share * (end - begin);
  };
  const round = logTicks(from, to, Math.max(1, room - (hasNothing ? 1 : 0)));
  // Between two round numbers there may be none: the cost itself is one, then.
  const marks = round.length > 0 ? round : [values.find((value) => !isNothing(value)) ?? 1];
  return {
    place,
    ticks: [...(hasNothing ? [0] : []), ...marks].map((value) => ({
      value,
      at: place(value),
      text: short(value),
    })),
  };
}

/** Digits that a decade is parted at, from many to few. */
const DIGITS = [[1, 2, 5], [1, 3], [1]] as const;

/**
 * Round values between powers of ten, at most `room` of them.
 * @param from decimal logarithm of the least
 */
export function logTicks(from: number, to: number, room: number): number[] {
  const decades = Array.from(
    { length: Math.ceil(to) - Math.floor(from) + 1 },
    (_, i) => Math.floor(from) + i,
  );
  let marks: number[] = [];
  for (const digits of DIGITS) {
    marks = decades
      .flatMap((power) => digits.map((digit) => Number(`${digit}e${power}`)))
      .filter((value) => Math.log10(value) >= from - 1e-9 && Math.log10(value) <= to + 1e-9);
    if (marks.length <= room) return marks;
  }
  const step = Math.ceil(marks.length / room);
  return marks.filter((_, i) => i % step === 0);
}
