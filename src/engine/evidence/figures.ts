import type { AlignmentDocument } from '../../core/documents/alignment.ts';
import type { WordNet } from '../../core/labels/wordnet.ts';
import { classificationReport } from '../../core/metrics/classification.ts';
import type { MappingFigures } from '../../protocol/evidence.ts';
import { ImageScorer } from '../classify/imageScorer.ts';
import type { ScoredFolder } from '../classify/scoredFolder.ts';

/** What an alignment makes of the images of a folder. */
export interface ScoredAlignment {
  readonly labels: readonly string[];
  /** Per image the index of the predicted target, -1 for none. */
  readonly predicted: Int32Array;
  /** Per image the index of the true target, -1 where it is not known or was learned from. */
  readonly truths: Int32Array;
  readonly figures: MappingFigures;
}

export function scoreAlignment(
  alignment: AlignmentDocument,
  { images, logits, fired }: ScoredFolder,
  wordnet: WordNet,
): ScoredAlignment {
  const scorer = new ImageScorer(alignment, wordnet);
  const predicted = scorer.decide(logits, images.length);
  const truths = Int32Array.from(images, (image) => scorer.judgedBy(image) ?? -1);
  const judged = [...truths.keys()].filter((i) => truths[i] >= 0);
  const report = classificationReport(
    judged.map((i) => truths[i]),
    judged.map((i) => predicted[i]),
    scorer.targets.length,
  );
  const used = new Set(alignment.targets.flatMap(({ sources }) => sources.map(({ index }) => index)));
  let covered = 0;
  for (const [strongest] of fired) if (strongest && used.has(strongest.source)) covered++;
  return {
    labels: scorer.targets,
    predicted,
    truths,
    figures: {
      images: images.length,
      judged: judged.length,
      accuracy: report.accuracy,
      balancedAccuracy: report.balancedAccuracy,
      coverage: images.length === 0 ? null : covered / images.length,
    },
  };
}
