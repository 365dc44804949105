import { bayesianMapping, bayesianPlusMapping, fewLabelsMapping } from '../mapping/bayesian.ts';
import { frequencyMapping } from '../mapping/frequency.ts';
import type { LabelledOutputs } from '../mapping/labelledOutputs.ts';
import { linearMapping } from '../mapping/linear.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { decidedTarget, MappingScorer } from '../mapping/scoring.ts';
import { classificationReport } from '../metrics/classification.ts';
import type { SimilarityMatrix } from '../similarity/similarity.ts';
import type { LabelledRecord, LearnedMethod } from './alignment.ts';

/** A logit whose probability is zero. */
const NEVER = -1e30;

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
}

/** A mapping learned from the sample; sources of the background and excluded ones are not used. */
export function learnedMapping(
  method: LearnedMethod,
  { learn, seed }: LabelledSample,
  similarity: SimilarityMatrix,
  semantic: Mapping,
  unused: readonly number[],
): Mapping {
  if (unused.length === 0) return MAPPINGS[method](learn, { similarity, semantic, seed });
  // As if the backbone never answered with these; a linear mapping has no use for such logits.
  const logits = learn.logits.slice();
  for (let row = 0; row < logits.length; row += learn.sourceCount) {
    for (const source of unused) logits[row + source] = NEVER;
  }
  const seen = method === 'linear' ? learn : { ...learn, logits };
  const mapping = MAPPINGS[method](seen, { similarity, semantic, seed });
  const banned = new Set(unused);
  return {
    ...mapping,
    targets: mapping.targets.map((all) => all.filter(({ source }) => !banned.has(source))),
  };
}

const MAPPINGS: Record<
  LearnedMethod,
  (
    learn: LabelledOutputs,
    about: { similarity: SimilarityMatrix; semantic: Mapping; seed: number },
  ) => Mapping
> = {
  flm: (learn, { similarity }) => frequencyMapping(learn, { similarity }),
  blm: (learn) => bayesianMapping(learn),
  'blm+': (learn) => bayesianPlusMapping(learn),
  'semap-labels': (learn, { semantic }) => fewLabelsMapping(semantic, learn),
  linear: (learn, { seed }) => linearMapping(learn, { seed }),
};

/** How good a mapping is on the images that it was not learned from. */
export function measuredOn(
  { learn, measure, learned, perClass, seed, found, unmatched }: LabelledSample,
  mapping: Mapping,
): {
  readonly record: LabelledRecord;
  readonly measured: readonly ({ readonly recall: number; readonly images: number } | undefined)[];
} {
  const T = measure.targetCount;
  const truths = Array.from(measure.truths);
  const scores = new MappingScorer(mapping).score(measure.logits, truths.length);
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
      ...(unmatched.length > 0 ? { unmatched } : {}),
      validation: {
        images: truths.length,
        accuracy: report.accuracy === null || T < 2 ? null : Number(report.accuracy.toFixed(4)),
      },
      learned: [...learned].sort().join(' '),
    },
    measured: report.perClass.map(({ recall, images }) =>
      recall === null || T < 2 ? undefined : { recall: Number(recall.toFixed(4)), images },
    ),
  };
}
