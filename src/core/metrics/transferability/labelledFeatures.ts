import { SemapError } from '../../errors.ts';
import { phrase } from '../../text/text.ts';

/** Penultimate features of images whose target labels are known. */
export interface LabelledFeatures {
  /** Row-major [N, D]. */
  readonly features: Float32Array | Float64Array;
  /** Length N, values 0..T-1. */
  readonly truths: ArrayLike<number>;
  /** T. */
  readonly targetCount: number;
}

/** D. @throws {SemapError} `invalid-argument` without images or when shapes do not fit or a truth is no target */
export function featureCount({ features, truths, targetCount }: LabelledFeatures): number {
  const count = features.length / truths.length;
  if (!Number.isInteger(count) || count === 0) {
    throw new SemapError(
      'invalid-argument',
      phrase('{0} features are not those of {1} images.', features.length, truths.length),
    );
  }
  const wrong = Array.from(truths).find((t) => !(Number.isInteger(t) && t >= 0 && t < targetCount));
  if (wrong !== undefined) {
    throw new SemapError(
      'invalid-argument',
      phrase('An image has label {0}; there are {1} labels.', wrong, targetCount),
    );
  }
  return count;
}
