import { SemapError } from '../../core/errors.ts';
import { phrase, type Text } from '../../core/text/text.ts';
import { MAX_PIXELS } from './codec.ts';

/** The error for a picture that cannot be used; `why` is a sentence for the list of skipped images. */
export function unreadable(why: Text, cause?: unknown): SemapError {
  return new SemapError('unreadable-image', why, { cause });
}

export const cutShort = (): SemapError => unreadable(phrase('The file is cut short.'));
export const damaged = (cause?: unknown): SemapError =>
  unreadable(phrase('The image data is damaged.'), cause);

export const outOfMemory = (cause?: unknown): SemapError =>
  new SemapError('out-of-memory', phrase('There is not enough memory for this image.'), { cause });

export const tooBig = (width: number, height: number, maxPixels = MAX_PIXELS): SemapError =>
  unreadable(
    phrase(
      'The image is too large: {0} x {1} pixels. The limit is {2} megapixels.',
      String(width),
      String(height),
      Math.round(maxPixels / 1e6),
    ),
  );
