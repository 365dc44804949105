import { SemapError } from '../../core/errors.ts';

/** The error for a picture that cannot be used; `why` is a sentence for the list of skipped images. */
export function unreadable(why: string, cause?: unknown): SemapError {
  return new SemapError('unreadable-image', why, cause === undefined ? {} : { cause });
}

export const cutShort = (): SemapError => unreadable('The file is cut short.');
export const damaged = (cause?: unknown): SemapError => unreadable('The picture data is damaged.', cause);

export const outOfMemory = (cause?: unknown): SemapError =>
  new SemapError('out-of-memory', 'There is not enough memory for this picture.', { cause });
