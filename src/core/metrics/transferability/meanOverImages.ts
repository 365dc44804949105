import { SemapError } from '../../errors.ts';
import { phrase } from '../../text/text.ts';

/** The mean of a value of each image. @throws {SemapError} `invalid-argument` without images */
export function meanOverImages(count: number, value: (image: number) => number): number {
  if (count === 0)
    throw new SemapError('invalid-argument', phrase('There are no labelled images to measure on.'));
  let sum = 0;
  for (let i = 0; i < count; i++) sum += value(i);
  return sum / count;
}
