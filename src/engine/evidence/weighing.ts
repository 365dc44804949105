import { type AlignmentDocument, learnedKeys } from '../../core/alignments/alignment.ts';
import { mappingOf, targetLabelsOf } from '../../core/alignments/alignmentBuilding.ts';
import { joinedScorer } from '../../core/alignments/alignmentScorer.ts';
import type { LabelledSample } from '../../core/alignments/labelledSample.ts';
import { weightsByLabels } from '../../core/alignments/learnTogether.ts';
import { partDocument, partsOf } from '../../core/alignments/members.ts';
import { toSemapError } from '../../core/errors.ts';
import { hasSigns, SignCount } from '../../core/expectation/answerSigns.ts';
import { accuracyByLabels } from '../../core/expectation/byLabels.ts';
import { expectedAmong } from '../../core/expectation/expectedAccuracy.ts';
import type { ImageFolders } from '../../core/folders/layout.ts';
import { expectedWeights, memberWeights } from '../../core/heads/memberWeights.ts';
import { ownRows } from '../../core/mapping/joinedScorer.ts';
import { decidedTarget } from '../../core/mapping/scoring.ts';
import type { MemberWeights } from '../../protocol/evidence.ts';
import { drawLabelledSample } from '../align/drawLabelledSample.ts';
import { openPool } from '../classify/joinedPool.ts';
import type { PreparedBackbone } from '../classify/preparedAlignment.ts';
import type { ScoredFolder } from '../classify/scoredFolder.ts';
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

/**
 * The weights that backbones earn without labels: by the accuracy that is expected of each, or, where their scores are no
 * log-probabilities, by how well each tells the images apart.
 */
export async function earnedWeights(
  alignment: AlignmentDocument,
  scored: ScoredFolder,
): Promise<MemberWeights> {
  const { length: count } = scored.images;
  const T = alignment.targets.length;
  const scorer = joinedScorer(alignment);
  const members = partsOf(alignment).map((_, at) => {
    const document = partDocument(alignment, at);
    const mapping = mappingOf(document);
    const signs = hasSigns(mapping) ? new SignCount(mapping) : undefined;
    const byLabels = accuracyByLabels(document.targets).accuracy;
    return { signs, byLabels, scores: new Float32Array(count * T) };
  });
  const widths = partsOf(alignment).map(({ backbone }) => backbone.sourceCount);
  for await (const { from, images, logits } of scored.blocks()) {
    for (const [m, scores] of scorer.scoreEach(logits, images.length).entries()) {
      members[m].signs?.add(scores, ownRows(logits, images.length, widths, m));
      members[m].scores.set(scores, from * T);
    }
  }
  const rivals = members.flatMap(({ signs, byLabels, scores }) => {
    const found = signs?.signs;
    const answers = Array.from({ length: count }, (_, i) => decidedTarget(scores, i * T, T));
    return found ? [{ signs: found, byLabels, answers }] : [];
  });
  const weights =
    rivals.length === members.length
      ? expectedWeights(expectedAmong(rivals))
      : memberWeights(
          members.map(({ scores }) => scores),
          T,
        );
  return { weights, images: count };
}
