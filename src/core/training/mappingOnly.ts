import { SemapError } from '../errors.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { MappingScorer } from '../mapping/scoring.ts';
import type { BestEpoch, Confusion } from '../runs/trainingRecord.ts';
import { phrase } from '../text/text.ts';
import type { PlainOutputs } from './baselines.ts';
import { evaluate } from './evaluation.ts';
import { startMapping } from './trainedMapping.ts';
import type { TrainJob } from './trainJob.ts';

/** What a training without a prompt learns: a mapping, made once, of outputs that are there already. */
interface LearnedMapping {
  readonly mapping: Mapping;
  readonly best: BestEpoch;
  /** Of the validation images. */
  readonly confusion: Confusion;
  readonly accuracyOn: (outputs: PlainOutputs) => number;
}

/** @throws {SemapError} `no-images` without validation images */
export async function learnMapping(job: TrainJob, validation: PlainOutputs): Promise<LearnedMapping> {
  const mapping = await startMapping(job);
  const scorer = new MappingScorer(mapping);
  const { truths, targetCount: T } = validation;
  if (truths.length === 0) throw new SemapError('no-images', phrase('There are no validation images.'));
  const { hits, loss, predictions } = evaluate(scorer, validation.logits, truths);
  const counts = new Uint32Array(T * T);
  for (const [i, predicted] of predictions.entries()) if (predicted >= 0) counts[truths[i] * T + predicted]++;
  return {
    mapping,
    best: { epoch: 0, valAccuracy: hits / truths.length, valLoss: loss / truths.length },
    confusion: { labels: job.document.targets.map(({ label }) => label), counts },
    accuracyOn: (outputs) =>
      evaluate(scorer, outputs.logits, outputs.truths).hits / Math.max(1, outputs.truths.length),
  };
}
