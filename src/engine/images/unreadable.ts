import { SemapError } from '../../core/errors.ts';
import { phrase, verbatim } from '../../core/text/text.ts';
import { MAX_PIXELS } from './codec.ts';

/** The error for a picture that cannot be used; `why` is a sentence for the list of skipped images. */
export function unreadable(why: string, cause?: unknown): SemapError {
  return new SemapError('unreadable-image', verbatim(why), cause === undefined ? {} : { cause });
}

export const cutShort = (): SemapError => unreadable('The file is cut short.');
export const damaged = (cause?: unknown): SemapError => unreadable('The picture data is damaged.', cause);

export const outOfMemory = (cause?: unknown): SemapError =>
  new SemapError('out-of-memory', phrase('There is not enough memory for this picture.'), { cause });

export const tooBig = (width: number, height: number, maxPixels = MAX_PIXELS): SemapError =>
  unreadable(
    `The picture is too big: ${width} x ${height} pixels, and the limit is ${Math.round(maxPixels / 1e6)} megapixels.`,
  );

/** @param what begins the sentence, such as `The file` */
export const needsTooMuch = (what: string, bytes: number, limit: number): SemapError =>
  unreadable(
    `${what} takes about ${gigabytes(bytes)} of memory, and pictures may take ${gigabytes(limit)} on this computer.`,
  );

function gigabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
