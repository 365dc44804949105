import { SemapError } from '../errors.ts';
import { quickLinearMapping } from '../mapping/linear.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { MappingScorer } from '../mapping/scoring.ts';
import type { BestEpoch, Confusion } from '../runs/trainingRecord.ts';
import { isLayer, layerKinds } from '../runs/trainingSettings.ts';
import { phrase } from '../text/text.ts';
import type { LearnedLayer, PlainOutputs } from './baselines.ts';
import { evaluate } from './evaluation.ts';
import { readBy } from './trainedLayer.ts';
import { startMapping, startOutputs } from './trainedMapping.ts';
import type { TrainJob } from './trainJob.ts';

/** What a training without a prompt learns: a mapping or a layer, made once, of outputs that are there already. */
interface Learned {
  readonly scores: Mapping | LearnedLayer;
  readonly best: BestEpoch;
  /** Of the validation images. */
  readonly confusion: Confusion;
  /** Which images it has right, 1 or 0. */
  readonly rightOf: (outputs: PlainOutputs) => Float32Array;
}

/** @throws {SemapError} `no-images` without validation images */
export async function learnWithoutPrompt(job: TrainJob, validation: PlainOutputs): Promise<Learned> {
  const { mapping: asked } = job.settings;
  const kind = isLayer(asked) ? layerKinds[asked] : undefined;
  const layer = kind && { kind, mapping: quickLinearMapping(readBy(kind, startOutputs(job))) };
  const mapping = layer?.mapping ?? (await startMapping(job));
  const view = (outputs: PlainOutputs) => (kind ? readBy(kind, outputs) : outputs);
  const scorer = new MappingScorer(mapping);
  const { truths, targetCount: T } = validation;
  if (truths.length === 0) throw new SemapError('no-images', phrase('There are no validation images.'));
  const { hits, loss, predictions } = evaluate(scorer, view(validation).logits, truths);
  const counts = new Uint32Array(T * T);
  for (const [i, predicted] of predictions.entries()) if (predicted >= 0) counts[truths[i] * T + predicted]++;
  return {
    scores: layer ?? mapping,
    best: { epoch: 0, valAccuracy: hits / truths.length, valLoss: loss / truths.length },
    confusion: { labels: job.document.targets.map(({ label }) => label), counts },
    rightOf: (outputs) =>
      Float32Array.from(evaluate(scorer, view(outputs).logits, outputs.truths).predictions, (predicted, i) =>
        Number(predicted === outputs.truths[i]),
      ),
  };
}
