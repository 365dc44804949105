import { mappingCautions, weakLabelsText } from '../core/alignments/cautionTexts.ts';
import { areOfBackbones, otherFileText } from '../core/alignments/members.ts';
import { boundText, checkedText, saidText } from '../core/caution/cautionTexts.ts';
import { notSettledText, saysLittle, settledText } from '../core/heads/settlingTexts.ts';
import type { Text } from '../core/text/text.ts';
import type { Classified } from './classifyImages.ts';

/**
 * What a person is warned of on the pages of a classification and of its alignment: labels that the mapping hardly knows,
 * images of which the answers say little, and what is promised of answers that had to be sure.
 */
export function classifiedCautions({ about, result, together }: Classified): readonly Text[] {
  const { alignment } = about;
  const weak = weakLabelsText(alignment);
  const { none, measured, counts } = together?.cautious ?? {};
  return [
    ...(areOfBackbones(result.backbone, alignment) ? [] : [otherFileText(result.backbone.name)]),
    ...mappingCautions(alignment),
    ...(weak ? [weak] : []),
    ...(together && saysLittle(together)
      ? [together.settled ? settledText(together) : notSettledText(together)]
      : []),
    ...(none ? [boundText(none)] : []),
    ...(counts ? [saidText(counts)] : []),
    ...(measured ? [checkedText(measured)] : []),
  ];
}
