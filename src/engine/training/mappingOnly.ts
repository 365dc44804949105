import { SemapError } from '../../core/errors.ts';
import { MappingScorer } from '../../core/mapping/scoring.ts';
import { RUN_FILES } from '../../core/runs/run.ts';
import type { EpochMetrics } from '../../core/runs/trainingRecord.ts';
import { phrase } from '../../core/text/text.ts';
import type { PlainOutputs } from '../../core/training/baselines.ts';
import { evaluate } from '../../core/training/evaluation.ts';
import { trainedDocument } from '../../core/training/trainedDocument.ts';
import { startMapping } from '../../core/training/trainedMapping.ts';
import type { TrainJob, TrainOutcome } from '../../core/training/trainJob.ts';
import { writeRunFile } from './runFiles.ts';
import type { TrainerProgress } from './trainingThread.ts';

/** A run without a prompt: the mapping is made once, of outputs that are there already. */
export async function mappingOnly(
  job: TrainJob,
  validation: PlainOutputs,
  report: (progress: TrainerProgress) => void,
): Promise<{ readonly outcome: TrainOutcome; readonly accuracyOn: (outputs: PlainOutputs) => number }> {
  const started = performance.now();
  report({ kind: 'ready', parameters: 0, gradient: 'exact', epochs: [] });
  const mapping = startMapping(job);
  const scorer = new MappingScorer(mapping);
  const { truths, targetCount: T } = validation;
  if (truths.length === 0) throw new SemapError('no-images', phrase('There are no validation images.'));
  const { hits, loss, predictions } = evaluate(scorer, validation.logits, truths);
  const counts = new Uint32Array(T * T);
  for (const [i, predicted] of predictions.entries())
    if (predicted >= 0) counts[truths[i]! * T + predicted]++;
  const confusion = { labels: job.document.targets.map(({ label }) => label), counts };
  const best = { epoch: 0, valAccuracy: hits / truths.length, valLoss: loss / truths.length };
  const seconds = (performance.now() - started) / 1000;
  const metrics: EpochMetrics = {
    epoch: 0,
    step: 0,
    loss: null,
    trainAccuracy: null,
    valLoss: best.valLoss,
    valAccuracy: best.valAccuracy,
    learningRate: 0,
    imagesPerSecond: 0,
    seconds,
    mappingChanges: 0,
  };
  await writeRunFile(job.runFolder, RUN_FILES.metrics, `${JSON.stringify(metrics)}\n`);
  const text = trainedDocument(job, mapping, confusion, undefined);
  await writeRunFile(job.runFolder, RUN_FILES.alignment, text);
  report({ kind: 'epoch', metrics, changes: [], confusion, best });
  return {
    outcome: { state: 'finished', best, epoch: 0, seconds },
    accuracyOn: (outputs) =>
      evaluate(scorer, outputs.logits, outputs.truths).hits / Math.max(1, outputs.truths.length),
  };
}
