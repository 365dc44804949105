import { phrase, type Text } from '../text/text.ts';
import type { ExpectedQuality } from './alignment.ts';

/** Mean recall measured per mark, in percent; for documents of earlier versions, which have marks only. */
export const recallOfMark: Readonly<Record<ExpectedQuality, number>> = {
  good: 75,
  fair: 50,
  weak: 30,
  poor: 15,
  none: 5,
};

/** Labels that are less similar have hardly anything to do with each other. */
export const LEAST_SIMILARITY = 0.123;

/** From which recall on a label has a mark. */
const BANDS: readonly (readonly [ExpectedQuality, number])[] = [
  ['good', 0.6],
  ['fair', 0.38],
  ['weak', 0.2],
  ['poor', 0.1],
];

/** The mark of a recall, expected or measured, in [0, 1]. */
export function qualityOfRecall(recall: number): ExpectedQuality {
  return BANDS.find(([, from]) => recall >= from)?.[0] ?? 'none';
}

/** The marks as people read them. */
const NAMES: Readonly<Record<ExpectedQuality, Text>> = {
  good: phrase('good'),
  fair: phrase('fair'),
  weak: phrase('weak'),
  poor: phrase('poor'),
  none: phrase('no match'),
};

export function qualityName(mark: ExpectedQuality): Text {
  return NAMES[mark];
}
