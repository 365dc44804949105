import { type HeadKind, headKinds, type LearnedRecord } from '../alignments/alignment.ts';
import { readLearned } from '../alignments/alignmentText.ts';
import { invalidDocument } from '../errors.ts';
import { isWithinRange, type Range } from '../mapping/ranges.ts';
import { decodeSafetensors, encodeSafetensors, type TensorFile } from '../prompts/safetensors.ts';
import { phrase, type Text } from '../text/text.ts';
import type { FeatureKind } from './features.ts';
import type { MixtureTerms } from './terms.ts';

/** A learned layer: W x + b, where x is what a backbone gives. */
export interface LinearTerms {
  readonly reads: FeatureKind;
  /** Numbers of an image. */
  readonly width: number;
  /** Row-major [T, width]. */
  readonly weights: Float32Array;
  /** [T] */
  readonly bias: Float32Array;
}

/** A head as it is kept. */
export interface HeadContent {
  readonly kind: HeadKind;
  /** SHA-256 of the backbone and of the prompt that it was learned with; the latter empty without one. */
  readonly backbone: string;
  readonly prompt: string;
  /** Labels that it was learned with, in the order of its rows. */
  readonly targets: readonly string[];
  /** Terms of a settled folder, or of labelled images; a layer of the linear kinds that a training fitted. */
  readonly terms: MixtureTerms | LinearTerms;
  /** From what; absent in a head whose document says it. */
  readonly learned?: LearnedRecord | undefined;
}

/** Bytes; 1,000 labels over 2,048 features take 20 MB. */
export const LARGEST_HEAD = 256 << 20;

const FORMAT = 'semap-head-1';
/** Far more than is learned; sums of them are still numbers. */
const VALUES: Range = { from: -1e12, to: 1e12 };
/** What a label of a head may be called is what a document may call it. */
const MOST_TARGETS = 1_000_000;

/** The bytes of a `NAME.head.safetensors`. */
export function encodeHead({ kind, backbone, prompt, targets, terms, learned }: HeadContent): Uint8Array {
  const about = {
    format: FORMAT,
    kind,
    backbone,
    prompt,
    targets: JSON.stringify(targets),
    ...(learned && { learned: JSON.stringify(learned) }),
  };
  const T = targets.length;
  if (!('projection' in terms)) {
    const { reads, width, weights, bias } = terms;
    return encodeSafetensors({
      tensors: { weights: { shape: [T, width], data: weights }, bias: { shape: [T], data: bias } },
      metadata: { ...about, reads },
    });
  }
  const { projection, residual, mixing, bias, weights, offsets, floor, evidence, trust } = terms;
  const width = projection.mean.length;
  const d = width === 0 ? 0 : projection.directions.length / width;
  return encodeSafetensors({
    tensors: {
      mean: { shape: [width], data: projection.mean },
      directions: { shape: [d, width], data: projection.directions },
      weights: { shape: [T, d], data: weights },
      offsets: { shape: [T], data: offsets },
      bias: { shape: [T], data: bias },
      ...(residual && { residual: { shape: [T, width], data: residual } }),
      ...(mixing && { mixing: { shape: [T, T], data: mixing } }),
    },
    metadata: {
      ...about,
      reads: projection.kind,
      floor: String(floor),
      evidence: String(evidence),
      trust: String(trust),
    },
  });
}

/**
 * Reads a head.
 * @param name of the file, for messages
 * @throws {SemapError} `invalid-document` when it is none, is damaged, or holds what is no number
 */
export function decodeHead(bytes: Uint8Array, name: string): HeadContent {
  const file = decodeSafetensors(bytes, name);
  const { format, kind = '', reads, backbone = '', prompt = '', targets: labels = '' } = file.metadata;
  const isKind = (headKinds as readonly string[]).includes(kind);
  if (format !== FORMAT || !isKind || (reads !== 'features' && reads !== 'logits')) {
    throw invalidDocument(phrase('{0} is not a SeMap head.', name), {
      hint: phrase('Choose the NAME.head.safetensors that was saved beside an alignment.'),
    });
  }
  const targets = labelsOf(labels);
  if (!targets) return damaged(name, phrase('its labels cannot be read'));
  const learned = learnedOf(file.metadata['learned']);
  if (learned === null) return damaged(name, phrase('"{0}" is damaged', 'learned'));
  const about = { kind: kind as HeadKind, backbone, prompt, targets, ...(learned && { learned }) };
  const T = targets.length;
  const tensor = (key: string, ...shape: Size[]) => tensorOf(file, name, key, shape);
  const isLinear = kind === 'linear-probe' || kind === 'linear-mapping';
  if (isLinear && !Object.hasOwn(file.tensors, 'mean')) {
    const weights = tensor('weights', T, 'some');
    const width = weights.length / T;
    return { ...about, terms: { reads, width, weights, bias: tensor('bias', T) } };
  }
  const mean = tensor('mean', 'some');
  const width = mean.length;
  const directions = tensor('directions', 'any', width);
  const residual = file.tensors['residual'] && tensor('residual', T, width);
  const mixing = file.tensors['mixing'] && tensor('mixing', T, T);
  const number = (key: string, range: Range): number => {
    const value = Number(file.metadata[key] || Number.NaN);
    if (!isWithinRange(value, range)) return damaged(name, phrase('"{0}" is damaged', key));
    return value;
  };
  return {
    ...about,
    terms: {
      targetCount: T,
      projection: { kind: reads, mean, directions },
      residual,
      ...(mixing && { mixing }),
      bias: tensor('bias', T),
      weights: tensor('weights', T, directions.length / width),
      offsets: tensor('offsets', T),
      floor: number('floor', VALUES),
      evidence: number('evidence', { from: 0, to: 1 }),
      trust: number('trust', { from: 0, to: 1e6 }),
    },
  };
}

/** Undefined where there is nothing, null where it is damaged. */
function learnedOf(text: string | undefined): LearnedRecord | undefined | null {
  if (text === undefined) return undefined;
  try {
    return readLearned(JSON.parse(text));
  } catch {
    return null;
  }
}

function labelsOf(text: string): readonly string[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_TARGETS) return undefined;
  return value.every((label): label is string => typeof label === 'string') ? value : undefined;
}

/** `some` is any size but 0. */
type Size = number | 'some' | 'any';

/** A tensor of a shape, with numbers in it. */
function tensorOf({ tensors }: TensorFile, name: string, key: string, shape: readonly Size[]): Float32Array {
  const tensor = Object.hasOwn(tensors, key) ? tensors[key] : undefined;
  const fits =
    tensor?.shape.length === shape.length &&
    shape.every((size, axis) =>
      typeof size === 'number' ? size === tensor.shape[axis] : size === 'any' || tensor.shape[axis] >= 1,
    );
  if (!fits) return damaged(name, phrase('"{0}" has a wrong size', key));
  const at = tensor.data.findIndex((value) => !isWithinRange(value, VALUES));
  if (at >= 0)
    return damaged(name, phrase('value {0} of "{1}" is {2}', String(at), key, String(tensor.data[at])));
  return tensor.data;
}

function damaged(name: string, why: Text): never {
  throw invalidDocument(phrase('Cannot use the head {0}: {1}.', name, why), {
    hint: phrase('Learn the head again, or remove "head" from the alignment.'),
  });
}
