import { phrase, type Text } from '../text/text.ts';
import type { LearnedSplits, SplitRoles } from './splitRoles.ts';

/** `train to learn, val to choose, test to measure`: what the splits of a data set are used for. */
export function rolesText({ learn, choose, measure }: SplitRoles): Text {
  if (choose === undefined) return phrase('{0} to learn, {1} to measure', learn, measure);
  return choose === measure
    ? phrase('{0} to learn, {1} to choose and to measure', learn, choose)
    : phrase('{0} to learn, {1} to choose, {2} to measure', learn, choose, measure);
}

/** `learned from train, measured on test`. */
export function learnedSplitsText({ learned, measured }: LearnedSplits): Text {
  return phrase('learned from {0}, measured on {1}', learned, measured);
}
