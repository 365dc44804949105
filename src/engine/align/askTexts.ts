import { comparedByOwnTexts, ownTexts } from '../../core/alignments/textLabels.ts';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { NO_LABELS } from '../../core/backbones/textSide.ts';
import { checkTemplates } from '../../core/encoders/templates.ts';
import { invalidLabels, type SemapError } from '../../core/errors.ts';
import { mustBeComparable } from '../../core/labels/labelEntry.ts';
import type { LabelSpace } from '../../core/labels/labelSpace.ts';
import { noTargets, type TargetLabel } from '../../core/labels/targetLabels.ts';
import type { Comparison } from '../../core/similarity/similarity.ts';
import { phrase } from '../../core/text/text.ts';
import type { Backbones } from '../backbones/backbones.ts';
import type { EncodeLabelsOptions } from '../encoders/encoders.ts';

interface Asked {
  readonly targets: readonly TargetLabel[];
  /** Absent: as the backbone has them. */
  readonly templates?: readonly string[] | undefined;
  /** Texts of before, which keep their places. */
  readonly before?: readonly string[] | undefined;
}

/**
 * A dual encoder as it answers target labels, each by its own text; another backbone as it is, compared by WordNet.
 * @param compare by WordNet
 * @throws {SemapError} `invalid-labels` where there is nothing to ask, or too much; what the text encoder throws
 */
export async function askTexts(
  backbones: Backbones,
  compare: (targets: readonly TargetLabel[], sources: LabelSpace) => Promise<Comparison>,
  described: BackboneDescription,
  { targets, templates, before }: Asked,
  options?: EncodeLabelsOptions,
): Promise<{ readonly backbone: BackboneDescription; readonly comparison: Comparison }> {
  const { text } = described;
  if (!text) return { backbone: described, comparison: await compare(targets, described.labelSpace) };
  const wordnet = await compare(targets, NO_LABELS);
  const own = ownTexts(targets, wordnet.roles, before);
  if (own.labels.length === 0) throw nothingToAsk(targets.length);
  mustBeComparable(targets.length, own.labels.length);
  const wording = { templates: checkTemplates(templates ?? text.templates), labels: own.labels };
  const backbone = await backbones.withLabels(described, wording, options);
  return { backbone, comparison: comparedByOwnTexts(own, wordnet) };
}

function nothingToAsk(targets: number): SemapError {
  return targets === 0
    ? noTargets()
    : invalidLabels(phrase('None of the labels says what an image shows: each is what the others are not.'), {
        hint: phrase('Give at least one label of something that can be seen.'),
      });
}
