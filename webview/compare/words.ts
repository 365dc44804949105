import type { BesideCells } from '../../src/core/alignments/alignmentDifference.ts';
import type { AlignmentComparison } from '../../src/core/evidence/comparison.ts';
import { imageCount, weightText } from '../../src/core/text/numbers.ts';
import { t } from '../common/language.ts';

/** A weight; a dash where a source is not mapped. */
export function mappedWeight(weight: number): string {
  return weight === 0 ? '–' : weightText(weight);
}

/** p as people quote it. */
export function pText(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`;
}

/** Why two alignments may answer differently although no cell of theirs differs. */
export function besideText(part: BesideCells): string {
  switch (part) {
    case 'head':
      return t('Their kept classifiers differ, and these answer: the cells do not show that.');
    case 'first-head':
      return t('Only the first has a kept classifier, which answers instead of its cells.');
    case 'second-head':
      return t('Only the second has a kept classifier, which answers instead of its cells.');
    case 'prompt':
      return t('Their prompts differ: the backbone does not see the same images.');
    case 'aggregation':
      return t('They aggregate the scores of source labels differently.');
    case 'weight':
      return t('Their backbones have different weights.');
  }
}

/** What McNemar's test says of two alignments, in a sentence. */
export function verdict({
  judged,
  onlyRight,
  p,
}: Pick<AlignmentComparison, 'judged' | 'onlyRight' | 'p'>): string {
  if (p === null)
    return t('No image has a true label that both are judged by, so neither can be called better.');
  const [first, second] = onlyRight;
  const images = imageCount(judged);
  if (first + second === 0) return t('Both are right on the same images of {0}.', images);
  if (p >= 0.05) {
    return t(
      "Of {0}, only the first is right on {1}, only the second on {2}. The difference may be chance (McNemar's exact test, {3}).",
      images,
      first,
      second,
      pText(p),
    );
  }
  return second > first
    ? t(
        "Of {0}, only the first is right on {1}, only the second on {2}. The second is better (McNemar's exact test, {3}).",
        images,
        first,
        second,
        pText(p),
      )
    : t(
        "Of {0}, only the first is right on {1}, only the second on {2}. The first is better (McNemar's exact test, {3}).",
        images,
        first,
        second,
        pText(p),
      );
}

/** The side that is right on more images; undefined where neither is. */
export function betterSide({
  p,
  onlyRight,
}: Pick<AlignmentComparison, 'onlyRight' | 'p'>): 0 | 1 | undefined {
  const [first, second] = onlyRight;
  if (p === null || first === second) return undefined;
  return second > first ? 1 : 0;
}
