import { createHash } from 'node:crypto';
import path from 'node:path';
import { SemapError } from '../../core/errors.ts';
import { decodeSafetensors, encodeSafetensors, type TensorFile } from '../../core/prompts/safetensors.ts';
import { RUN_FILES } from '../../core/runs/run.ts';
import type { BestEpoch } from '../../core/runs/trainingRecord.ts';
import { phrase } from '../../core/text/text.ts';
import { mappingOfText, mappingText } from '../../core/training/evaluation.ts';
import type { LabelledImage } from '../../core/training/split.ts';
import type { TrainJob } from '../../core/training/trainJob.ts';
import type { TrainState } from '../../core/training/trainState.ts';
import { readRunFile, writeRunFile } from './runFiles.ts';

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

const COUNTS = [
  'optimiserSteps',
  'sharpness',
  'epoch',
  'step',
  'lossSum',
  'hits',
  'seen',
  'seconds',
  'improved',
] as const satisfies readonly (keyof Numbers)[];

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

/** Between two epochs no logits are kept. */
type KeptState = Omit<TrainState, 'logits' | 'have'> & Partial<Pick<TrainState, 'logits' | 'have'>>;

/**
 * The last checkpoint; undefined where there is none.
 * @param limit the most bytes that a checkpoint of this run may have
 * @throws {SemapError} `invalid-document` when it is damaged or of other settings
 */
export async function readCheckpoint(
  runFolder: string,
  key: string,
  limit: number,
): Promise<KeptState | undefined> {
  const file = path.join(runFolder, RUN_FILES.checkpoint);
  const bytes = await readRunFile(runFolder, RUN_FILES.checkpoint, limit);
  if (!bytes) return undefined;
  const content = decodeSafetensors(bytes, file);
  try {
    return stateOf(content, key);
  } catch (cause) {
    // Fields that are not there, or of another type.
    throw cause instanceof SemapError ? cause : damagedCheckpoint(cause);
  }
}

/** A checkpoint that does not hold what one of this run does. */
export function damagedCheckpoint(cause?: unknown): SemapError {
  return new SemapError('invalid-document', phrase('The checkpoint of this run is damaged.'), {
    hint: phrase('Train again with these settings.'),
    cause,
  });
}

function stateOf({ tensors, metadata }: TensorFile, key: string): KeptState {
  const { key: own, best, ...counts } = JSON.parse(metadata['state'] ?? '{}') as Numbers;
  if (own !== key) {
    throw new SemapError(
      'invalid-document',
      phrase('The checkpoint was made with other images, settings or backbone.'),
      {
        hint: phrase('Train again with these settings.'),
      },
    );
  }
  const { epoch = 0, valAccuracy = 0, valLoss = 0 } = best ?? {};
  const read = COUNTS.map((name) => counts[name]);
  // None of them is ever below 0, and an accuracy is a share.
  if (
    ![...read, epoch, valAccuracy, valLoss].every((one) => Number.isFinite(one) && one >= 0) ||
    valAccuracy > 1
  )
    throw damagedCheckpoint();
  const moments = Object.keys(tensors).flatMap((name) =>
    name.startsWith('moment.') ? [[name.slice('moment.'.length), numbersOf(tensors, name)] as const] : [],
  );
  return {
    ...counts,
    parameters: numbersOf(tensors, 'parameters'),
    moments: Object.fromEntries(moments),
    mapping: mappingOfText(metadata['mapping'] ?? ''),
    best: best && {
      epoch,
      valAccuracy,
      valLoss,
      parameters: numbersOf(tensors, 'best'),
      mapping: mappingOfText(metadata['bestMapping'] ?? ''),
    },
    ...(tensors['logits'] ? { logits: tensors['logits'].data, have: numbersOf(tensors, 'have') } : {}),
  };
}

function numbersOf(tensors: TensorFile['tensors'], name: string): Float32Array {
  const data = tensors[name]?.data;
  if (!data?.every(Number.isFinite)) throw damagedCheckpoint();
  return data;
}
