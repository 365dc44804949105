import type { LearnedSplits } from '../folders/splitRoles.ts';
import type { TargetScorer } from '../mapping/joinedScorer.ts';
import type { LabelledOutputs } from '../mapping/labelledOutputs.ts';
import { decidedTarget } from '../mapping/scoring.ts';
import { classificationReport } from '../metrics/classification.ts';
import { storedShare } from '../metrics/storedShare.ts';
import type { LabelledRecord, MeasuredRecall } from './alignment.ts';

/** Outputs of labelled images, parted into those to learn from and those to measure by. */
export interface LabelledSample {
  readonly learn: LabelledOutputs;
  readonly measure: LabelledOutputs;
  /** {@link learnedKey}s of the images to learn from. */
  readonly learned: readonly string[];
  readonly perClass: number;
  readonly seed: number;
  /** Images in the folders. */
  readonly found: number;
  /** Class folders that are no label. */
  readonly unmatched: readonly string[];
  readonly splits?: LearnedSplits | undefined;
}

/** How good what was learned is on the images that it was not learned from. */
export function measuredOn(
  { learn, measure, learned, perClass, seed, found, unmatched, splits }: LabelledSample,
  scorer: TargetScorer,
): {
  readonly record: LabelledRecord;
  readonly measured: readonly (MeasuredRecall | undefined)[];
} {
  const T = measure.targetCount;
  const truths = Array.from(measure.truths);
  const scores = scorer.score(measure.logits, truths.length);
  const report = classificationReport(
    truths,
    truths.map((_, i) => decidedTarget(scores, i * T, T)),
    T,
  );
  return {
    record: {
      perClass,
      seed,
      images: learn.truths.length,
      found,
      ...(unmatched.length > 0 && { unmatched }),
      ...(splits && { splits }),
      validation: {
        images: truths.length,
        accuracy: report.accuracy === null || T < 2 ? null : storedShare(report.accuracy),
      },
      learned: [...learned].sort().join(' '),
    },
    measured: report.perClass.map(({ recall, images }) =>
      recall === null || T < 2 ? undefined : { recall: storedShare(recall), images },
    ),
  };
}
