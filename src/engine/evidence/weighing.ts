import { type AlignmentDocument, learnedKeys } from '../../core/alignments/alignment.ts';
import { targetLabelsOf } from '../../core/alignments/alignmentBuilding.ts';
import type { LabelledSample } from '../../core/alignments/labelledSample.ts';
import { weightsByLabels } from '../../core/alignments/learnTogether.ts';
import { toSemapError } from '../../core/errors.ts';
import type { ImageFolders } from '../../core/folders/layout.ts';
import type { MemberWeights } from '../../protocol/evidence.ts';
import { drawLabelledSample } from '../align/drawLabelledSample.ts';
import { openPool } from '../classify/joinedPool.ts';
import type { PreparedBackbone } from '../classify/preparedAlignment.ts';
import type { BackboneServices } from '../services.ts';

/** The weights that images of known labels teach; undefined where there are none. */
export async function learnedWeights(
  { pools, outputs, truths, wordnet }: BackboneServices,
  {
    alignment,
    images,
    backbone,
    outputs: cache,
  }: Pick<PreparedBackbone, 'backbone' | 'outputs'> & {
    readonly alignment: AlignmentDocument;
    readonly images: ImageFolders;
  },
  signal: AbortSignal,
): Promise<MemberWeights | undefined> {
  // The mappings know those that they were learned from too well.
  const apart = learnedKeys({ ...alignment, weighed: undefined, head: undefined });
  const loan = pools.loan();
  let sample: LabelledSample;
  try {
    sample = await drawLabelledSample({
      labelled: images,
      targets: targetLabelsOf(alignment),
      backbone,
      apart: new Set(apart?.split(' ')),
      wordnet: await wordnet(),
      truths,
      cache,
      open: () => openPool(loan, outputs, backbone, undefined),
      signal,
      report: () => {},
    });
  } catch (error) {
    if (toSemapError(error).reason === 'no-images') return undefined;
    throw error;
  } finally {
    loan.release();
  }
  const found = weightsByLabels(alignment, sample);
  return found && { weights: found.weights, images: found.record.images, learned: found.record };
}
