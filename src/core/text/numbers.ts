import { phrase, plural, type Text } from './text.ts';

/** `84.1%`; a dash where a share is not known. */
export function percent(share: number | null | undefined): string {
  return share === null || share === undefined ? '–' : `${(100 * share).toFixed(1)}%`;
}

/** `80.2 to 87.3%`: the interval of a share. */
export function intervalText({ low, high }: { readonly low: number; readonly high: number }): Text {
  return phrase('{0} to {1}%', (100 * low).toFixed(1), (100 * high).toFixed(1));
}

/** A share that was estimated, and where it lies for most; all in [0, 1]. */
export interface EstimatedShare {
  readonly accuracy: number;
  readonly low: number;
  readonly high: number;
}

/** A range of more percent than this helps nobody by itself. */
const WIDE = 40;

/** `60 to 75%`, in steps of 5: an estimate says no more. What is hardly known begins with its middle: `about 45% (10 to 80%)`. */
export function shareRange({ accuracy, low, high }: EstimatedShare): Text {
  const from = Math.floor(20 * low) * 5;
  const to = Math.ceil(20 * high) * 5;
  return to - from > WIDE
    ? phrase('about {0}% ({1} to {2}%)', Math.round(20 * accuracy) * 5, from, to)
    : phrase('{0} to {1}%', from, to);
}

/** `84%`, where a decimal would promise too much; a dash where a share is not known. */
export function wholePercent(share: number | null | undefined): string {
  return share === null || share === undefined ? '–' : `${Math.round(100 * share)}%`;
}

/** A share as a number of fixed width: `.93`, `1.0`. */
export function shortShare(share: number): string {
  return share >= 0.995 ? '1.0' : share.toFixed(2).slice(1);
}

/** `1 image`, `1,200 images`. */
export function imageCount(count: number): Text {
  return plural(count, '{0} image', '{0} images');
}

/** `3 of 12 images`, for progress; until it is known how many there are, that they are looked for. */
export function imagesDone(done: number, total: number): Text {
  return total === 0
    ? phrase('Looking for images...')
    : plural(total, '{1} of {0} image', '{1} of {0} images', done);
}

/** `3.4 s`, `50 s`, `4 min`, `1.5 h`. */
export function duration(seconds: number): Text {
  if (seconds < 10) return phrase('{0} s', seconds.toFixed(1));
  if (seconds < 90) return phrase('{0} s', Math.round(seconds));
  if (seconds < 90 * 60) return phrase('{0} min', Math.round(seconds / 60));
  return phrase('{0} h', (seconds / 3600).toFixed(1));
}

/** `12 s left`, `4 min left`: never less than a second. */
export function timeLeft(seconds: number): Text {
  return phrase(
    '{0} left',
    seconds < 10 ? phrase('{0} s', Math.max(1, Math.round(seconds))) : duration(seconds),
  );
}

/** `0.125`, `2`: a weight in at most three figures. */
export function weightText(weight: number): string {
  return String(Number(weight.toPrecision(3)));
}

/** `31 images/s`. */
export function speed(imagesPerSecond: number): Text {
  return phrase(
    '{0} images/s',
    imagesPerSecond >= 10 ? Math.round(imagesPerSecond) : imagesPerSecond.toFixed(1),
  );
}

/** Decimal units, as systems show them: `912 kB`, `4.9 MB`, `1.2 GB`. */
export function fileSize(bytes: number): Text {
  if (bytes < 1e6) return phrase('{0} kB', Math.max(Math.min(1, bytes), Math.round(bytes / 1e3)));
  if (bytes < 1e9) return phrase('{0} MB', (bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0));
  return phrase('{0} GB', (bytes / 1e9).toFixed(1));
}
