import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { softmax } from '../../core/mapping/scoring.ts';
import type { CellEvidence, DecidingCells, StrongImage } from '../../protocol/evidence.ts';
import type { ImageScorer } from '../classify/imageScorer.ts';
import type { ScoredFolder } from '../classify/scoredFolder.ts';

/** Deciding cells that are told. */
const TOLD = 5;

/** What the images of a folder say about one target and one source. */
export function cellEvidence(
  { images, fired }: ScoredFolder,
  scorer: ImageScorer,
  { target, source, strongest }: { target: number; source: number; strongest: number },
): CellEvidence {
  let count = 0;
  let judged = 0;
  let right = 0;
  const strong: { image: number; probability: number; fired: boolean }[] = [];
  for (const [image, sources] of fired.entries()) {
    const place = sources.findIndex((one) => one.source === source);
    if (place < 0) continue;
    strong.push({ image, probability: sources[place].probability, fired: place === 0 });
    if (place > 0) continue;
    count++;
    const truth = scorer.judgedBy(images[image]);
    if (truth === undefined) continue;
    judged++;
    if (truth === target) right++;
  }
  strong.sort((a, b) => b.probability - a.probability);
  return {
    images: images.length,
    fired: count,
    judged,
    right,
    strongest: strong.slice(0, strongest).map(({ image, ...about }): StrongImage => {
      const truth = scorer.truthOf(images[image].classFolder);
      return {
        path: images[image].path,
        ...about,
        ...(truth === undefined ? {} : { truth: scorer.targets[truth] }),
      };
    }),
  };
}

/**
 * The sources that made the predicted target win: shares of its sum of weighted probabilities, and of weighted logits
 * above the least one where the mapping is linear; for the maximum, the one that attained it.
 * @param logits of one image [S]
 */
export function decidingCells(
  { targets, aggregation }: AlignmentDocument,
  target: number,
  logits: Float32Array,
): DecidingCells {
  const sources = targets[target]?.sources ?? [];
  const p = softmax(logits);
  const linear = aggregation.kind === 'linear' || aggregation.kind === 'mean-logits';
  const parts = sources.map(({ index, weight }) =>
    linear ? Math.max(0, weight * logits[index]) : Math.max(0, weight) * p[index],
  );
  const whole = parts.reduce((sum, part) => sum + part, 0);
  const cells = sources
    .map(({ index }, i) => ({ source: index, share: whole > 0 ? parts[i] / whole : 0 }))
    .sort((a, b) => b.share - a.share);
  if (aggregation.kind === 'max')
    return { target, cells: cells.slice(0, 1).map((c) => ({ ...c, share: 1 })) };
  return { target, cells: cells.slice(0, TOLD) };
}
