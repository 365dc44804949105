import type { AlignmentDocument } from '../alignments/alignment.ts';
import { recallOf } from '../alignments/expectedRecall.ts';
import { logistic, logit } from '../logistic.ts';
import type { ExpectedAccuracy } from './expectedAccuracy.ts';

/** How far the logit is off in four of five folders: `npm run bench:marks`. */
const OFF = 1.5;
/** Keeps a mean that is 0 or 1 from being certain. */
const LEAST = 0.01;

/**
 * The share of answers that is probably right by the marks of the labels alone, before any image: the mean of their recalls,
 * with a wide range, since names say nothing of what pictures look like.
 */
export function accuracyByLabels(targets: AlignmentDocument['targets']): ExpectedAccuracy {
  const mean = targets.reduce((sum, target) => sum + recallOf(target), 0) / Math.max(1, targets.length);
  const around = (off: number) => logistic(logit(mean, LEAST) + off);
  return { accuracy: around(0), low: around(-OFF), high: around(OFF) };
}
