import type { AlignmentDocument } from '../alignments/alignment.ts';
import { mappingOf } from '../alignments/alignmentBuilding.ts';
import { joinedScorer } from '../alignments/alignmentScorer.ts';
import { partDocument, partsOf } from '../alignments/members.ts';
import { hasSigns, SignCount } from '../estimates/answerSigns.ts';
import { accuracyByLabels } from '../estimates/byLabels.ts';
import { expectedAmong } from '../estimates/expectedAccuracy.ts';
import { information } from '../heads/evidence.ts';
import { scoreFloor } from '../heads/terms.ts';
import { logit } from '../logistic.ts';
import { ownRows } from '../mapping/joinedScorer.ts';
import { decidedTarget } from '../mapping/scoring.ts';
import type { ScoredImages } from './imageScorer.ts';

/**
 * The weights that backbones earn without labels: by the accuracy that is expected of each, or, where their scores are no
 * log-probabilities, by how well each tells the images apart.
 * @param scored images with the joined rows of the alignment's backbones
 * @returns of each backbone a weight in (0, 1]
 */
export async function earnedWeights(
  alignment: AlignmentDocument,
  scored: Pick<ScoredImages, 'images' | 'blocks'>,
): Promise<number[]> {
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
  return rivals.length === members.length
    ? expectedWeights(expectedAmong(rivals))
    : informedWeights(
        members.map(({ scores }) => scores),
        T,
      );
}

/** A backbone that tells images apart at least so well, beside the best, counts as much: measured, docs/BENCHMARKS.md. */
const NEAR = 0.8;
/** So much counts the weakest. */
const LEAST = 0.05;

/**
 * How much each of several backbones should count, earned without labels: by how well its answers tell the images of a folder
 * apart. All count alike unless one is clearly weaker than the best.
 * @param scores of each backbone for the same images, row-major [N, T]; -Infinity for targets that it does not carry
 * @returns of each a weight in (0, 1]
 */
export function informedWeights(scores: readonly Float32Array[], targetCount: number): number[] {
  const told = scores.map((own) => {
    const floor = scoreFloor(own);
    return information(
      own.map((score) => (Number.isFinite(score) ? score : floor)),
      targetCount,
    );
  });
  const best = Math.max(...told);
  return told.map((one) => {
    const share = best > 0 ? one / best : 1;
    return share >= NEAR ? 1 : Number(Math.max(LEAST, (share / NEAR) ** 2).toFixed(2));
  });
}

/** An accuracy of 0 or 1 is not believed. */
const UNSURE = 0.01;

/**
 * The same by the accuracies that are expected of backbones on the same images: by their odds, beside those of the best.
 * @returns of each a weight in (0, 1]
 */
export function expectedWeights(expected: readonly { readonly accuracy: number }[]): number[] {
  const odds = expected.map(({ accuracy }) => logit(accuracy, UNSURE));
  const best = Math.max(...odds);
  return odds.map((one) => Number(Math.max(LEAST, Math.exp(one - best)).toFixed(2)));
}
