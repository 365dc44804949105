import { invalidDocument, SemapError, toSemapError } from '../errors.ts';
import type { Mapping, SourceWeight } from '../mapping/mapping.ts';
import { checkMapping } from '../mapping/ranges.ts';
import { decodeSafetensors, encodeSafetensors, type TensorFile } from '../prompts/safetensors.ts';
import type { BestEpoch } from '../runs/trainingRecord.ts';
import { phrase } from '../text/text.ts';
import type { LabelledImage } from './split.ts';
import type { TrainJob } from './trainJob.ts';
import type { TrainState } from './trainState.ts';

const FORMAT = 'semap-checkpoint-4';

/** The numbers of a state that a checkpoint holds. None of them is ever below 0. */
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
  'rateShare',
] as const satisfies readonly (keyof TrainState)[];

type Numbers = Readonly<Pick<TrainState, (typeof COUNTS)[number]>> & {
  readonly key: string;
  readonly best?: BestEpoch | undefined;
};

/** What a checkpoint belongs to: images, labels, backbone and what decides the numbers; its hash is the key. */
export function checkpointSubject({
  backbone,
  settings,
  trainImages,
  validationImages,
  document,
}: TrainJob): string {
  const { epochs: _e, budgetMinutes: _b, patience: _p, threads: _t, ...decisive } = settings;
  const names = (images: readonly LabelledImage[]) => images.map(({ key, truth }) => [key, truth]);
  return JSON.stringify([
    backbone.sha256,
    backbone.input,
    decisive,
    document.targets.map(({ label }) => label),
    names(trainImages),
    names(validationImages),
  ]);
}

/** The bytes of a checkpoint. @param key what the training is about: a checkpoint of something else is not taken */
export function encodeCheckpoint(key: string, state: TrainState): Uint8Array {
  const { best, step } = state;
  const counts = Object.fromEntries(COUNTS.map((name) => [name, state[name]])) as Omit<
    Numbers,
    'key' | 'best'
  >;
  const numbers: Numbers = {
    key,
    ...counts,
    best: best && { epoch: best.epoch, valAccuracy: best.valAccuracy, valLoss: best.valLoss },
  };
  const flat = (data: Float32Array) => ({ shape: [data.length], data });
  const moments = Object.entries(state.moments).map(([name, data]) => [`moment.${name}`, flat(data)]);
  // Between two epochs nothing has been seen.
  const inEpoch = step > 0 ? { logits: flat(state.logits), have: flat(state.have) } : {};
  return encodeSafetensors({
    tensors: {
      parameters: flat(state.parameters),
      ...Object.fromEntries(moments),
      ...(best ? { best: flat(best.parameters), bestRight: flat(best.right) } : {}),
      ...(state.scaling.length > 0 ? { scaling: flat(state.scaling) } : {}),
      ...inEpoch,
    },
    metadata: {
      format: FORMAT,
      state: JSON.stringify(numbers),
      mapping: JSON.stringify(state.mapping),
      ...(best ? { bestMapping: JSON.stringify(best.mapping) } : {}),
    },
  });
}

/** Between two epochs no logits are kept. */
export type KeptState = Omit<TrainState, 'logits' | 'have'> & Partial<Pick<TrainState, 'logits' | 'have'>>;

/**
 * What {@link encodeCheckpoint} wrote.
 * @param file for messages
 * @throws {SemapError} `invalid-document` when it is damaged or of other settings
 */
export function decodeCheckpoint(bytes: Uint8Array, key: string, file: string): KeptState {
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
  return invalidDocument(phrase('The checkpoint of this run is damaged.'), {
    hint: phrase('Train again with the same settings.'),
    cause,
  });
}

function stateOf({ tensors, metadata }: TensorFile, key: string): KeptState {
  if (metadata['state'] !== undefined && metadata['format'] !== FORMAT) {
    throw invalidDocument(phrase('The checkpoint was made by another version of SeMap.'), {
      hint: phrase('Train again with the same settings.'),
    });
  }
  const { key: own, best, ...counts } = JSON.parse(metadata['state'] ?? '{}') as Numbers;
  if (own !== key) {
    throw invalidDocument(
      phrase('The checkpoint was made with different images, settings, or a different backbone.'),
      { hint: phrase('Train again with the same settings.') },
    );
  }
  const { epoch = 0, valAccuracy = 0, valLoss = 0 } = best ?? {};
  const read = COUNTS.map((name) => counts[name]);
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
      right: numbersOf(tensors, 'bestRight'),
    },
    scaling: tensors['scaling'] ? numbersOf(tensors, 'scaling') : new Float32Array(),
    ...(tensors['logits'] ? { logits: tensors['logits'].data, have: numbersOf(tensors, 'have') } : {}),
  };
}

function numbersOf(tensors: TensorFile['tensors'], name: string): Float32Array {
  const data = tensors[name]?.data;
  if (!data?.every(Number.isFinite)) throw damagedCheckpoint();
  return data;
}

/** A mapping that was kept as JSON. @throws {SemapError} `invalid-document` when it says no mapping */
export function mappingOfText(text: string): Mapping {
  let mapping: Mapping | null;
  try {
    mapping = JSON.parse(text);
  } catch (cause) {
    throw invalidDocument(phrase('The mapping is damaged.'), { cause });
  }
  const { targets, sourceCount, aggregation, offsets = [] } = mapping ?? ({} as Partial<Mapping>);
  const isEntry = (entry: Partial<SourceWeight> | null): boolean =>
    Number.isInteger(entry?.source) &&
    entry!.source! >= 0 &&
    entry!.source! < sourceCount! &&
    Number.isFinite(entry?.weight);
  const whole =
    Number.isInteger(sourceCount) &&
    typeof aggregation?.kind === 'string' &&
    Array.isArray(targets) &&
    targets.every((sources: unknown) => Array.isArray(sources) && sources.every(isEntry)) &&
    Array.isArray(offsets) &&
    offsets.every(Number.isFinite);
  if (!whole) throw invalidDocument(phrase('The mapping is damaged.'));
  try {
    checkMapping(mapping!);
  } catch (cause) {
    throw invalidDocument(toSemapError(cause).text, { cause });
  }
  return mapping!;
}
