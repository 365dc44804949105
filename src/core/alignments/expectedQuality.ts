import { phrase, type Text } from '../text/text.ts';
import type { ExpectedQuality } from './alignment.ts';

/** Mean recall measured per mark on real images with ImageNet backbones, in percent; for texts that explain a mark. */
export const expectedRecall: Readonly<Record<ExpectedQuality, number>> = {
  good: 79,
  fair: 43,
  weak: 28,
  poor: 12,
  none: 7,
};

/** Labels that are less similar have hardly anything to do with each other. */
export const LEAST_SIMILARITY = 0.123;

/**
 * The mark of a target.
 * @param score its best WordNet similarity, in [0, 1].
 * @param certain whether the whole label is a WordNet lemma with source labels below it.
 */
export function expectedQuality(score: number, certain: boolean): ExpectedQuality {
  if (certain) return 'good';
  if (score >= 0.247) return 'fair';
  if (score >= 0.185) return 'weak';
  return score >= LEAST_SIMILARITY ? 'poor' : 'none';
}

/** The mark whose recall is nearest to one that was measured, in [0, 1]. */
export function qualityOfRecall(recall: number): ExpectedQuality {
  const marks = Object.keys(expectedRecall) as ExpectedQuality[];
  const gap = (mark: ExpectedQuality) => Math.abs(expectedRecall[mark] - 100 * recall);
  return marks.reduce((best, mark) => (gap(mark) < gap(best) ? mark : best));
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
