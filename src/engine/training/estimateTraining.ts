import { setImmediate } from 'node:timers/promises';
import type { TrainParams } from '../../core/runs/trainingSettings.ts';
import { SPSA_ESTIMATES, trainingSeconds } from '../../core/training/estimate.ts';
import type { PlainImages } from '../../core/training/trainJob.ts';
import type { CallContext } from '../../protocol/rpc.ts';
import type { TrainEstimate } from '../../protocol/training.ts';
import { Thread } from '../threads/thread.ts';
import { prepareTraining, type TrainingServices } from './prepareTraining.ts';
import { labelledImages, splitImages } from './runImages.ts';
import type { TrainingWorkerApi } from './trainingWorker.ts';

/** What a run would take, from a few steps that are measured. */
export async function estimateTraining(
  services: TrainingServices,
  params: Omit<TrainParams, 'runFolder'>,
  { signal, report }: CallContext<{ readonly done: number; readonly total: number }>,
): Promise<TrainEstimate> {
  const prepared = await prepareTraining(services, params, signal);
  const { settings, document, backbone } = prepared;
  const found = await labelledImages(params, document, services, signal);
  const { measuredOn, splits } = found;
  const { train, validation } = splitImages(found, document, settings);
  const counts = document.targets.map(({ label }) => ({ label, images: 0 }));
  for (const { truth } of [...train, ...validation]) counts[truth].images++;
  const S = backbone.labelSpace.labels.length;
  const stepsPerEpoch = Math.ceil(train.length / settings.batch);
  const facts = {
    classes: counts,
    trainImages: train.length,
    validationImages: validation.length,
    measuredOn: measuredOn(train, splits),
    ...(splits && { splits }),
    stepsPerEpoch,
  };
  if (settings.prompt.kind === 'none') {
    return { ...facts, secondsPerStep: 0, seconds: 5, parameters: 0, gradient: 'exact' };
  }
  // A layer is not fitted to one image.
  const few = train.slice(0, Math.max(2, settings.batch));
  const plain: PlainImages = {
    images: few,
    logits: new Float32Array(few.length * S),
    features: new Float32Array(few.length * prepared.width),
  };
  const thread = new Thread<TrainingWorkerApi>('training/trainingWorker');
  try {
    const measured = await thread.call(
      'estimate',
      { ...prepared, trainImages: few, validationImages: few, train: plain, validation: plain },
      { signal, onProgress: report },
    );
    await setImmediate();
    signal.throwIfAborted();
    const { secondsPerForward, ...costs } = measured;
    // Without a gradient, one estimate was measured.
    const secondsPerStep = measured.secondsPerStep * (measured.gradient === 'spsa' ? SPSA_ESTIMATES : 1);
    const counts = { train: train.length, validation: validation.length };
    const seconds = trainingSeconds(settings, counts, { secondsPerStep, secondsPerForward });
    return { ...facts, ...costs, secondsPerStep, seconds };
  } finally {
    void thread.close();
  }
}
