import { SemapError } from '../errors.ts';
import { channelCount, INPUT_TYPES, type InputLayout, type InputType } from '../images/preprocessing.ts';
import { largest } from '../largest.ts';
import { closestName } from '../text/closestName.ts';
import { listed, phrase, type Text } from '../text/text.ts';
import { type GraphFacts, type GraphValue, unsupported } from './backboneDescription.ts';
import type { BackboneSidecar } from './backboneSidecar.ts';

/** What the axes of an input are: batch, channels, height, width; `L` is all but the batch in one row. */
type Axis = 'N' | 'C' | 'H' | 'W' | 'L';

/** The image input of a classifier. */
export interface ImageInput {
  readonly name: string;
  readonly type: InputType;
  readonly layout: InputLayout;
  /** How many channels it has. */
  readonly channels: number;
  /** What the shape leaves open and nobody has said. */
  readonly supposed?: readonly ('layout' | 'channels')[] | undefined;
  /** Undefined where the graph takes any size. */
  readonly height?: number | undefined;
  readonly width?: number | undefined;
  /** Images per run that the graph insists on: one, where it has no axis for them. */
  readonly fixedBatch?: number | undefined;
  /** Where they are none of [N, C, H, W] and [N, H, W, C]. */
  readonly axes?: readonly Axis[] | undefined;
  /** Other inputs, which are the same for all images. */
  readonly others?: readonly GraphValue[] | undefined;
}

/** What may be said about an input that its shape leaves open. */
export type SaidOfInput = Pick<BackboneSidecar, 'layout' | 'input_name' | 'preprocessing'>;

type Shape = Omit<ImageInput, 'name' | 'type' | 'others'> & { readonly sure: number };

const TYPES: readonly string[] = INPUT_TYPES;
/** More than alpha beside colours is not of a picture. */
export const MOST_CHANNELS = 4;
/** Of all images of a run: 1 GiB of floats. */
const MOST_ELEMENTS = 2 ** 28;
/** Height and width tried where nothing says which. */
export const OPEN_SIZE = 224;
/** Shorter rows of pixels are no pictures, but columns of a table. */
const LEAST_EDGE = 8;

/**
 * Finds the input that takes images.
 * @throws {SemapError} `unsupported-model` when there is none, or it cannot be told which
 */
export function readImageInput(facts: GraphFacts, name: string, said: SaidOfInput = {}): ImageInput {
  const { inputs } = facts;
  const input = inputs.length === 1 && said.input_name === undefined ? inputs[0] : choose(inputs, name, said);
  const problem = typeProblem(input, name);
  if (problem) throw unsupported(problem);
  const shape = shapeOf(input, said);
  if (!shape) throw unsupported(shapeProblem(input, name));
  const { sure: _, ...read } = shape;
  const { height = 1, width = 1, fixedBatch = 1 } = read;
  if (height * width * read.channels * fixedBatch > MOST_ELEMENTS) {
    const dims = dimsText(input);
    throw unsupported(
      phrase(
        'The input "{0}" of {1} has the shape {2}, which is larger than SeMap supports.',
        input.name,
        name,
        dims,
      ),
    );
  }
  const others = inputs.filter((one) => one !== input);
  // What has a row for each image is given one row.
  const perImage = others.some(({ shape }) => shape.length > 0 && isOpen(shape[0]));
  return {
    name: input.name,
    type: input.type as InputType,
    ...read,
    ...(perImage ? { fixedBatch: read.fixedBatch ?? 1 } : {}),
    ...(others.length > 0 ? { others } : {}),
  };
}

function choose(inputs: readonly GraphValue[], name: string, said: SaidOfInput): GraphValue {
  const names = listed(inputs.map((input) => input.name));
  if (said.input_name !== undefined) {
    const named = inputs.find((input) => input.name === said.input_name);
    if (named) return named;
    const near = closestName(
      said.input_name,
      inputs.map((input) => input.name),
    );
    throw new SemapError('invalid-description', phrase('{0} has no input "{1}".', name, said.input_name), {
      hint: near ? phrase('Did you mean "{0}"?', near) : phrase('Its inputs: {0}.', names),
    });
  }
  const shaped = inputs
    .filter((input) => TYPES.includes(input.type))
    .map((input) => ({ input, sure: shapeOf(input, said)?.sure ?? 0 }))
    .filter(({ sure }) => sure > 0);
  const most = largest(shaped.map(({ sure }) => sure));
  const surest = shaped.filter(({ sure }) => sure === most);
  const telling = surest.filter(({ input }) => /image|img|pixel|picture|^x$|^data$/i.test(input.name));
  const [found, second] = telling.length === 1 ? telling : surest;
  if (found && !second) return found.input;
  if (!found)
    throw unsupported(phrase('{0} takes {1} inputs ({2}), not one image.', name, inputs.length, names));
  throw new SemapError(
    'unsupported-model',
    phrase(
      'Several inputs of {0} could take the image: {1}.',
      name,
      listed(surest.map(({ input }) => `${input.name} ${dimsText(input)}`)),
    ),
    { hint: phrase('Name it with --input-name, or as "input_name" in the description.') },
  );
}

function typeProblem(input: GraphValue, name: string): Text | undefined {
  if (TYPES.includes(input.type)) return undefined;
  return phrase(
    'The input "{0}" of {1} has the type {2}. SeMap supports {3}.',
    input.name,
    name,
    input.type,
    listed(INPUT_TYPES),
  );
}

function shapeProblem(input: GraphValue, name: string): Text {
  const dims = dimsText(input);
  if (input.shape.length === 4 && !input.shape.slice(1).some((d) => isCount(d) || isOpen(d)))
    return phrase(
      'The input "{0}" of {1} has the shape {2}, in which no axis has the 1 to {3} channels of a picture.',
      input.name,
      name,
      dims,
      MOST_CHANNELS,
    );
  return phrase(
    'The input "{0}" of {1} has the shape {2}, which is not a batch of images.',
    input.name,
    name,
    dims,
  );
}

function dimsText({ shape }: GraphValue): string {
  return `[${shape.map((d) => (d === '' ? '?' : d)).join(', ')}]`;
}

const fixed = (d: number | string) => (typeof d === 'number' && d > 0 ? d : undefined);
const isOpen = (d: number | string) => fixed(d) === undefined;
const isCount = (d: number | string) => typeof d === 'number' && d >= 1 && d <= MOST_CHANNELS;

/** How a picture lies in an input of this shape; undefined where none can. */
function shapeOf(input: GraphValue, said: SaidOfInput): Shape | undefined {
  const found = anyShapeOf(input, said);
  // One row is of sound, or of a table.
  return found?.height === 1 || found?.width === 1 ? undefined : found;
}

function anyShapeOf({ shape }: GraphValue, said: SaidOfInput): Shape | undefined {
  if (shape.length === 4) return ofFour(shape, said);
  if (shape.length === 3) return ofThree(shape, said);
  if (shape.length === 2) return ofTwo(shape, said);
  return shape.length === 1 ? ofRow(shape[0], ['L'], 1, said) : undefined;
}

function ofFour([n, a, b, c]: readonly (number | string)[], said: SaidOfInput): Shape | undefined {
  const first = isCount(a) || isOpen(a);
  const last = isCount(c) || isOpen(c);
  if (!first && !last) return undefined;
  let sureLast = !first || (isCount(c) && isOpen(a));
  let sureFirst = !last || (isCount(a) && isOpen(c));
  if (isOpen(a) && isOpen(c)) {
    sureLast = /chan|^c$/i.test(String(c));
    sureFirst = /chan|^c$/i.test(String(a));
  }
  const isSure = sureFirst !== sureLast;
  // Two counts: of a picture as high as it is wide, the other axis is that of the channels.
  const likely = isCount(a) && isCount(c) && b === a && b !== c ? 'nhwc' : 'nchw';
  const layout = isSure ? (sureLast ? 'nhwc' : 'nchw') : (said.layout ?? likely);
  const [channels, height, width] = layout === 'nchw' ? [a, b, c] : [c, a, b];
  return withChannels(channels, said, {
    layout,
    unsure: !isSure && said.layout === undefined,
    sure: isSure && !isOpen(channels) ? 4 : 3,
    height,
    width,
    batch: n,
  });
}

function ofThree([a, b, c]: readonly (number | string)[], said: SaidOfInput): Shape | undefined {
  if (isCount(a) && isCount(c)) return undefined;
  const size = (height: number | string, width: number | string) => ({ height, width, batch: 1, sure: 2 });
  const first = { ...size(b, c), layout: 'nchw', axes: ['C', 'H', 'W'] } as const;
  const last = { ...size(a, b), layout: 'nhwc', axes: ['H', 'W', 'C'] } as const;
  if (isCount(a)) return withChannels(a, said, first);
  if (isCount(c)) return withChannels(c, said, last);
  const isBatch = /batch|^n$/i.test(String(a)) || [a, b, c].some((d) => !isOpen(d));
  if (isBatch)
    return withChannels(1, said, { ...size(b, c), batch: a, layout: 'nchw', axes: ['N', 'H', 'W'] });
  return said.layout === 'nhwc'
    ? withChannels(c, said, last)
    : withChannels(a, said, { ...first, unsure: said.layout === undefined });
}

function ofTwo([a, b]: readonly (number | string)[], said: SaidOfInput): Shape | undefined {
  const row = a === b ? undefined : ofRow(b, ['N', 'L'], a, said);
  if (row) return row;
  const isPicture = (fixed(a) ?? 0) >= LEAST_EDGE && (fixed(b) ?? 0) >= LEAST_EDGE;
  if (!isPicture) return undefined;
  const axes = ['H', 'W'] as const;
  return withChannels(1, said, { height: a, width: b, batch: 1, sure: 1, layout: 'nchw', axes });
}

/** Pixels in one row: of a square picture, unless a size is said. */
function ofRow(
  length: number | string,
  axes: readonly Axis[],
  batch: number | string,
  said: SaidOfInput,
): Shape | undefined {
  const all = fixed(length);
  if (all === undefined) return undefined;
  const order = said.preprocessing?.channels;
  for (const channels of order ? [channelCount(order), 1] : [1, 3, 4]) {
    const { height, width }: { height: number; width: number } = saidSize(said) ?? {
      height: Math.sqrt(all / channels),
      width: Math.sqrt(all / channels),
    };
    if (height * width * channels !== all || !Number.isInteger(height) || height < LEAST_EDGE) continue;
    const { layout = 'nchw' } = said;
    const unsure = channels > 1 && said.layout === undefined;
    return withChannels(channels, said, { height, width, batch, sure: 1, layout, axes, unsure });
  }
  return undefined;
}

function saidSize({ preprocessing }: SaidOfInput): { height: number; width: number } | undefined {
  const said = preprocessing?.crop ?? preprocessing?.size;
  if (typeof said === 'number') return { height: said, width: said };
  return said?.height !== undefined && said.width !== undefined
    ? { height: said.height, width: said.width }
    : undefined;
}

interface Found {
  readonly layout: InputLayout;
  readonly unsure?: boolean;
  readonly sure: number;
  readonly height: number | string;
  readonly width: number | string;
  readonly batch: number | string;
  readonly axes?: readonly Axis[];
}

function withChannels(
  channels: number | string,
  { preprocessing }: SaidOfInput,
  { unsure, height, width, batch, ...found }: Found,
): Shape {
  const own = fixed(channels);
  const order = preprocessing?.channels;
  const supposed = [
    ...(unsure ? ['layout' as const] : []),
    ...(own === undefined && order === undefined ? ['channels' as const] : []),
  ];
  return {
    ...found,
    channels: own ?? (order ? channelCount(order) : 3),
    height: fixed(height),
    width: fixed(width),
    fixedBatch: fixed(batch),
    ...(supposed.length > 0 ? { supposed } : {}),
  };
}
