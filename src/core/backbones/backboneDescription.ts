import { SemapError, unsupportedModel } from '../errors.ts';
import type { InputLayout, InputSpec, InputType, Preprocessing } from '../images/preprocessing.ts';
import type { LabelSpace } from '../labels/labelSpace.ts';
import { listed, phrase, type Text } from '../text/text.ts';
import type { BackboneSidecar, SidecarPreprocessing } from './backboneSidecar.ts';

/** What a backbone's scores are. Probabilities become logits as log p. */
export type OutputKind = 'logits' | 'probabilities';

/** A frozen ONNX classifier, fully described: what its graph says plus what its sidecar or the person said. */
export interface BackboneDescription {
  /** Short name by which it can be addressed: the file name without `.onnx`, or a catalogue id. */
  readonly name: string;
  /** Absolute path of the ONNX file. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly inputName: string;
  readonly input: InputSpec;
  /** Number of images per run that the graph insists on; undefined = any. */
  readonly fixedBatch?: number | undefined;
  readonly outputName: string;
  readonly output: OutputKind;
  readonly labelSpace: LabelSpace;
  /**
   * Several backbones as one: these answer side by side, and name, bytes, hash and labels are of all of them. What else is said
   * is the first one's.
   */
  readonly members?: readonly BackboneDescription[] | undefined;
}

/** One input or output of a graph: dimensions are numbers where fixed, names (or empty) where not. */
export interface GraphValue {
  readonly name: string;
  /** ONNX element type: `float32`, `uint8`, ... */
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

/** What a graph says about itself. */
export interface GraphFacts {
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
}

/** The image input of a classifier. */
export interface ImageInput {
  readonly name: string;
  readonly type: InputType;
  readonly layout: InputLayout;
  /** Undefined where the graph takes any size. */
  readonly height?: number | undefined;
  readonly width?: number | undefined;
  readonly fixedBatch?: number | undefined;
}

/** A field that a graph cannot tell and nobody has said. */
export type MissingField = 'labels' | 'size' | 'rescale_factor' | 'image_mean' | 'image_std' | 'channels';

const INPUT_TYPES: readonly string[] = ['float32', 'float16', 'uint8', 'int8'] satisfies InputType[];
const CLASSIFIER = phrase('SeMap reuses image classifiers: one image in, one vector of class scores out.');

/** @throws {SemapError} `unsupported-model` when the graph does not take exactly one RGB image. */
export function readImageInput(facts: GraphFacts, name: string): ImageInput {
  const { inputs } = facts;
  if (inputs.length !== 1) {
    const names = listed(inputs.map((input) => input.name));
    throw unsupported(phrase('{0} takes {1} inputs ({2}), not one image.', name, inputs.length, names));
  }
  const [input] = inputs;
  const { shape } = input;
  const dims = `[${shape.map((d) => (d === '' ? '?' : d)).join(', ')}]`;
  if (shape.length !== 4) {
    throw unsupported(
      phrase(
        'The input "{0}" of {1} has the shape {2}, which is not a batch of images.',
        input.name,
        name,
        dims,
      ),
    );
  }
  if (!INPUT_TYPES.includes(input.type)) {
    throw unsupported(
      phrase(
        'The input "{0}" of {1} has the type {2}. SeMap supports {3}.',
        input.name,
        name,
        input.type,
        listed(INPUT_TYPES),
      ),
    );
  }
  const layout = layoutOf(shape);
  if (!layout) {
    const grey = shape[1] === 1 || shape[3] === 1;
    throw unsupported(
      grey
        ? phrase(
            'The input "{0}" of {1} has the shape {2}: one gray channel instead of three color channels.',
            input.name,
            name,
            dims,
          )
        : phrase(
            'The input "{0}" of {1} has the shape {2}, which has no three color channels.',
            input.name,
            name,
            dims,
          ),
    );
  }
  const [height, width] = layout === 'nchw' ? [shape[2], shape[3]] : [shape[1], shape[2]];
  const fixed = (d: number | string) => (typeof d === 'number' && d > 0 ? d : undefined);
  return {
    name: input.name,
    type: input.type as InputType,
    layout,
    height: fixed(height),
    width: fixed(width),
    fixedBatch: fixed(shape[0]),
  };
}

function layoutOf(shape: readonly (number | string)[]): InputLayout | undefined {
  if (shape[1] === 3) return 'nchw';
  if (shape[3] === 3) return 'nhwc';
  // Exports with every axis dynamic are channels-first as PyTorch's are, unless the last axis says otherwise.
  const open = (d: number | string) => typeof d === 'string' || d <= 0;
  if (/chan/i.test(String(shape[3])) && open(shape[3])) return 'nhwc';
  return open(shape[1]) ? 'nchw' : undefined;
}

/**
 * S when `dims` are those of a class vector for `batch` images: [N, S], also with trailing or inner ones such as
 * [N, S, 1, 1]; undefined otherwise.
 */
export function classCount(dims: readonly number[], batch: number): number | undefined {
  const rest = dims[0] === batch ? dims.slice(1) : batch === 1 ? dims : undefined;
  const wide = rest?.filter((d) => d !== 1);
  return wide?.length === 1 && wide[0] > 1 ? wide[0] : undefined;
}

/** Whether an output's declared shape may be a class vector: unknown dimensions get the benefit of the doubt. */
function mayBeClassVector({ shape, type }: GraphValue): boolean {
  if (type !== 'float32' && type !== 'float16') return false;
  if (shape.length < 1 || shape.length > 4) return false;
  const rest = shape.length === 1 ? shape : shape.slice(1);
  return rest.filter((d) => typeof d === 'number' && d > 1).length <= 1 && !rest.every((d) => d === 1);
}

/** @throws {SemapError} `unsupported-model` when no output, or more than one, can be the class scores. */
export function readClassOutput(facts: GraphFacts, name: string): GraphValue {
  const candidates = facts.outputs.filter(mayBeClassVector);
  if (candidates.length === 1) return candidates[0];
  for (const names of [/logit/i, /logit|prob|softmax/i]) {
    const named = candidates.filter((output) => names.test(output.name));
    if (named.length === 1) return named[0];
  }
  const outputs = facts.outputs.map((o) => `${o.name} [${o.shape.join(', ')}]`).join('; ');
  throw unsupported(
    candidates.length === 0
      ? phrase('The output of {0} is not a class vector: {1}.', name, outputs)
      : phrase('{0} has several outputs that could be class scores: {1}.', name, outputs),
  );
}

export function unsupported(message: Text): SemapError {
  return unsupportedModel(message, { hint: CLASSIFIER });
}

/**
 * Fields without which predictions would be silently wrong; raw integer inputs need no scaling. Where the scaling is said
 * and no colour order, it is RGB: a `preprocessor_config.json` names none.
 */
export function missingFields(input: ImageInput, sidecar: BackboneSidecar): readonly MissingField[] {
  const p = sidecar.preprocessing ?? {};
  const raw = input.type === 'uint8';
  const scaled = [p.rescale_factor, p.image_mean, p.image_std].some((field) => field !== undefined);
  const sized = input.height !== undefined || p.crop !== undefined || p.size !== undefined;
  const missing: [MissingField, boolean][] = [
    ['labels', sidecar.labels === undefined],
    ['size', !sized],
    ['rescale_factor', p.rescale_factor === undefined && !raw],
    ['image_mean', p.image_mean === undefined && !raw],
    ['image_std', p.image_std === undefined && !raw],
    ['channels', p.channels === undefined && !scaled],
  ];
  return missing.filter(([, absent]) => absent).map(([field]) => field);
}

/**
 * The input tensor of one image. What is not said about the resize follows the usual: inputs of 128 px and more are
 * cropped from a shortest edge 256/224 as long, smaller ones are resized straight to their size.
 * @throws {SemapError} `invalid-description` when the crop is not what the graph takes.
 */
export function inputSpec(input: ImageInput, preprocessing: SidecarPreprocessing, name: string): InputSpec {
  const crop = square(preprocessing.crop);
  const size = resizeOf(preprocessing.size, crop !== undefined);
  const whole = size && 'height' in size ? size : undefined;
  const edge = size && 'shortestEdge' in size ? size.shortestEdge : undefined;
  const height = input.height ?? crop?.height ?? whole?.height ?? edge!;
  const width = input.width ?? crop?.width ?? whole?.width ?? edge!;
  const final = crop ?? whole ?? { height, width };
  if (final.height !== height || final.width !== width) {
    throw new SemapError(
      'invalid-description',
      phrase(
        '{0} takes images of {1} x {2} px, but its description gives {3} x {4}.',
        name,
        height,
        width,
        final.height,
        final.width,
      ),
      { hint: phrase('Set "crop" to {0} x {1} in the description, or leave it out.', height, width) },
    );
  }
  const usual: Preprocessing['size'] =
    Math.min(height, width) < 128
      ? { height, width }
      : { shortestEdge: Math.round((Math.min(height, width) * 256) / 224) };
  const resize = size ?? (crop ? { shortestEdge: Math.min(height, width) } : usual);
  mustStayFinite(preprocessing, input.type, name);
  return {
    preprocessing: {
      size: resize,
      ...('height' in resize && resize.height === height && resize.width === width
        ? {}
        : { crop: { height, width } }),
      resample: preprocessing.resample ?? 'bilinear',
      rescaleFactor: preprocessing.rescale_factor ?? 1,
      mean: triple(preprocessing.image_mean, 0),
      std: triple(preprocessing.image_std, 1),
      channels: preprocessing.channels ?? 'rgb',
    },
    type: input.type,
    layout: input.layout,
    height,
    width,
  };
}

const LARGEST_HALF = 65_504;
const LARGEST_SINGLE = 3.4e38;

/** Factor, mean and deviation are numbers each, and may yet give none from a pixel. */
function mustStayFinite(preprocessing: SidecarPreprocessing, type: InputType, name: string): void {
  const { rescale_factor: factor = 1 } = preprocessing;
  const mean = triple(preprocessing.image_mean, 0);
  const std = triple(preprocessing.image_std, 1);
  const ends = mean.flatMap((of, c) => [0, 255].map((pixel) => (pixel * factor - of) / std[c]));
  const largest = type === 'float16' ? LARGEST_HALF : LARGEST_SINGLE;
  if (ends.every((value) => Math.abs(value) <= largest)) return;
  throw new SemapError(
    'invalid-description',
    phrase('The preprocessing of {0} turns pixels into values that are not finite numbers.', name),
    { hint: phrase('Correct "rescale_factor", "image_mean" and "image_std" in the description.') },
  );
}

function square(value: SidecarPreprocessing['crop']): { height: number; width: number } | undefined {
  return typeof value === 'number' ? { height: value, width: value } : value;
}

function resizeOf(size: SidecarPreprocessing['size'], cropped: boolean): Preprocessing['size'] | undefined {
  if (size === undefined) return undefined;
  // A bare number is the shortest edge before a crop and a square without one, as in preprocessor_config.json.
  if (typeof size === 'number') return cropped ? { shortestEdge: size } : { height: size, width: size };
  if (size.shortest_edge !== undefined) return { shortestEdge: size.shortest_edge };
  return size.height !== undefined && size.width !== undefined
    ? { height: size.height, width: size.width }
    : undefined;
}

function triple(values: readonly number[] | undefined, otherwise: number): [number, number, number] {
  return values ? [values[0], values[1], values[2]] : [otherwise, otherwise, otherwise];
}
