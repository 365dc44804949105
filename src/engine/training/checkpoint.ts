import { createHash } from 'node:crypto';
import path from 'node:path';
import { decodeSafetensors, encodeSafetensors } from '../../core/documents/safetensors.ts';
import { SemapError } from '../../core/errors.ts';
import { mappingOfText, mappingText } from '../../core/training/evaluation.ts';
import type { LabelledImage } from '../../core/training/split.ts';
import type { BestEpoch } from '../../protocol/training.ts';
import { RUN_FILES } from '../../protocol/training.ts';
import { readRunFile, writeRunFile } from './runFiles.ts';
import type { TrainJob } from './trainJob.ts';
import type { TrainState } from './trainState.ts';

interface Numbers {
  readonly key: string;
  readonly optimiserSteps: number;
  readonly sharpness: number;
  readonly epoch: number;
  readonly step: number;
  readonly lossSum: number;
  readonly hits: number;
  readonly seen: number;
  readonly seconds: number;
  readonly improved: number;
  readonly best: BestEpoch | undefined;
}

/** What a checkpoint belongs to: images, labels, backbone and what decides the numbers. */
export function checkpointKey({
  backbone,
  settings,
  trainImages,
  validationImages,
  document,
}: TrainJob): string {
  const { epochs: _e, budgetMinutes: _b, patience: _p, threads: _t, ...decisive } = settings;
  const names = (images: readonly LabelledImage[]) => images.map(({ key, truth }) => [key, truth]);
  return createHash('sha256')
    .update(
      JSON.stringify([
        'checkpoint-2',
        backbone.sha256,
        backbone.input,
        decisive,
        document.targets.map(({ label }) => label),
        names(trainImages),
        names(validationImages),
      ]),
    )
    .digest('hex');
}

/** @param key what the run is about: a checkpoint of something else is not taken */
export async function writeCheckpoint(runFolder: string, key: string, state: TrainState): Promise<void> {
  const { optimiserSteps, sharpness, epoch, step, lossSum, hits, seen, seconds, improved, best } = state;
  const { valAccuracy = 0, valLoss = 0, epoch: bestEpoch = 0 } = best ?? {};
  const numbers: Numbers = {
    key,
    optimiserSteps,
    sharpness,
    epoch,
    step,
    lossSum,
    hits,
    seen,
    seconds,
    improved,
    best: best && { epoch: bestEpoch, valAccuracy, valLoss },
  };
  const flat = (data: Float32Array) => ({ shape: [data.length], data });
  const moments = Object.entries(state.moments).map(([name, data]) => [`moment.${name}`, flat(data)]);
  // Between two epochs nothing has been seen.
  const inEpoch = step > 0 ? { logits: flat(state.logits), have: flat(state.have) } : {};
  const bytes = encodeSafetensors({
    tensors: {
      parameters: flat(state.parameters),
      ...Object.fromEntries(moments),
      ...(best ? { best: flat(best.parameters) } : {}),
      ...inEpoch,
    },
    metadata: {
      state: JSON.stringify(numbers),
      mapping: mappingText(state.mapping),
      ...(best ? { bestMapping: mappingText(best.mapping) } : {}),
    },
  });
  await writeRunFile(runFolder, RUN_FILES.checkpoint, bytes);
}

/**
 * The last checkpoint; undefined where there is none.
 * @param limit the most bytes that a checkpoint of this run may have
 * @throws {SemapError} `invalid-document` when it is damaged or of other settings
 */
export async function readCheckpoint(
  runFolder: string,
  key: string,
  limit: number,
): Promise<(Omit<TrainState, 'logits' | 'have'> & Partial<Pick<TrainState, 'logits' | 'have'>>) | undefined> {
  const file = path.join(runFolder, RUN_FILES.checkpoint);
  const bytes = await readRunFile(runFolder, RUN_FILES.checkpoint, limit);
  if (!bytes) return undefined;
  const { tensors, metadata } = decodeSafetensors(bytes, file);
  const numbers = JSON.parse(metadata['state'] ?? '{}') as Numbers;
  if (numbers.key !== key) {
    throw new SemapError(
      'invalid-document',
      'The checkpoint was made with other images, settings or backbone.',
      {
        hint: 'Train again with these settings.',
      },
    );
  }
  const { best, key: _, ...counts } = numbers;
  const moments = Object.entries(tensors).flatMap(([name, { data }]) =>
    name.startsWith('moment.') ? [[name.slice('moment.'.length), data] as const] : [],
  );
  return {
    ...counts,
    parameters: tensors['parameters'].data,
    moments: Object.fromEntries(moments),
    mapping: mappingOfText(metadata['mapping']),
    best: best && {
      ...best,
      parameters: tensors['best'].data,
      mapping: mappingOfText(metadata['bestMapping']),
    },
    ...(tensors['logits'] ? { logits: tensors['logits'].data, have: tensors['have'].data } : {}),
  };
}
