import { SemapError } from '../errors.ts';
import {
  type ChannelOrder,
  channelCount,
  type InputSpec,
  type InputType,
  isGray,
  type Preprocessing,
} from '../images/preprocessing.ts';
import { listed, phrase } from '../text/text.ts';
import type { BackboneSidecar, SidecarPreprocessing } from './backboneSidecar.ts';
import { unsaidInputs } from './extraInputs.ts';
import type { ImageInput } from './imageInput.ts';

/** A field that a graph cannot tell and nobody has said. */
export type MissingField =
  | 'output_name'
  | 'labels'
  | 'size'
  | 'rescale_factor'
  | 'image_mean'
  | 'image_std'
  | 'channels'
  | 'layout'
  | `inputs.${string}`;

/**
 * Fields without which predictions would be silently wrong; raw integer inputs need no scaling. Where the scaling is said
 * and no colour order, it is RGB: a `preprocessor_config.json` names none.
 */
export function missingFields(input: ImageInput, sidecar: BackboneSidecar): readonly MissingField[] {
  const p = sidecar.preprocessing ?? {};
  const raw = input.type === 'uint8';
  const scaled = [p.rescale_factor, p.image_mean, p.image_std].some((field) => field !== undefined);
  const { supposed = [] } = input;
  const order = p.channels;
  // One channel is gray, and two are gray and alpha.
  const unordered =
    supposed.includes('channels') ||
    (input.channels === 3 && order === undefined && !scaled) ||
    (input.channels === 4 && order === undefined);
  const sized = input.height !== undefined || p.crop !== undefined || p.size !== undefined;
  const missing: [MissingField, boolean][] = [
    ['labels', sidecar.labels === undefined && sidecar.text === undefined],
    ['size', !sized],
    ['rescale_factor', p.rescale_factor === undefined && !raw],
    ['image_mean', p.image_mean === undefined && !raw],
    ['image_std', p.image_std === undefined && !raw],
    ['channels', unordered],
    ['layout', supposed.includes('layout')],
    ...unsaidInputs(input, sidecar).map((name): [MissingField, boolean] => [`inputs.${name}`, true]),
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
  const edge =
    size && (('shortestEdge' in size && size.shortestEdge) || ('longestEdge' in size && size.longestEdge));
  const height = input.height ?? crop?.height ?? whole?.height ?? (edge as number);
  const width = input.width ?? crop?.width ?? whole?.width ?? (edge as number);
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
  const fit = preprocessing.fit;
  const shortest = Math.min(height, width);
  const share = preprocessing.crop_pct;
  const before = (cropped: number): number => (share === undefined ? cropped : Math.floor(cropped / share));
  const usual: Preprocessing['size'] =
    fit !== undefined || preprocessing.crop_first !== undefined || (share === undefined && shortest < 128)
      ? { height: before(height), width: before(width) }
      : { shortestEdge: share === undefined ? Math.round((shortest * 256) / 224) : before(shortest) };
  const resize =
    size ?? (crop && share === undefined && fit === undefined ? { shortestEdge: shortest } : usual);
  const isWhole = 'height' in resize && resize.height === height && resize.width === width;
  const channels = orderOf(input.channels, preprocessing.channels, name);
  mustFitChannels(preprocessing, channels, name);
  mustStayFinite({ ...preprocessing, channels }, input.type, name);
  return {
    preprocessing: {
      size: resize,
      ...(isWhole ? {} : { crop: { height, width } }),
      ...(fit === 'letterbox' ? { fit } : {}),
      ...(preprocessing.pad_color === undefined ? {} : { padColor: color(preprocessing.pad_color) }),
      ...(preprocessing.anchor === 'top-left' ? { anchor: preprocessing.anchor } : {}),
      ...(preprocessing.crop_first === undefined ? {} : { cropFirst: preprocessing.crop_first }),
      resample: preprocessing.resample ?? 'bilinear',
      ...(preprocessing.antialias === false ? { antialias: false } : {}),
      ...(preprocessing.rounding === false ? { rounded: false } : {}),
      rescaleFactor: preprocessing.rescale_factor ?? 1,
      mean: perChannel(preprocessing.image_mean, 0, channels),
      std: perChannel(preprocessing.image_std, 1, channels),
      ...(preprocessing.invert ? { inverted: true } : {}),
      channels,
    },
    type: input.type,
    layout: input.layout,
    height,
    width,
    ...(input.axes ? { dims: dimsOf(input.axes, input.channels, height, width) } : {}),
  };
}

function dimsOf(
  axes: NonNullable<ImageInput['axes']>,
  channels: number,
  height: number,
  width: number,
): InputSpec['dims'] {
  const lengths = { C: channels, H: height, W: width, L: channels * height * width };
  return axes.map((axis) => (axis === 'N' ? axis : lengths[axis]));
}

const ORDERS: Readonly<Record<number, readonly ChannelOrder[]>> = {
  1: ['gray'],
  2: ['gray-alpha'],
  3: ['rgb', 'bgr'],
  4: ['rgba', 'bgra', 'argb'],
};

/**
 * The order of so many channels. RGB and BGR say which colour comes first, also where alpha follows; of a single channel
 * they say nothing, since files of preprocessors name them for whatever a model takes.
 */
function orderOf(count: number, said: ChannelOrder | undefined, name: string): ChannelOrder {
  const orders = ORDERS[count];
  const colours = said === undefined || said === 'rgb' || said === 'bgr';
  const found =
    orders.find((one) => one === said) ??
    (colours ? orders[count === 4 && said === 'bgr' ? 1 : 0] : undefined);
  if (found) return found;
  throw new SemapError(
    'invalid-description',
    phrase('{0} takes {1} channels, and "{2}" are {3}.', name, count, said!, channelCount(said!)),
    { hint: phrase('Set "channels" to one of: {0}.', listed(orders)) },
  );
}

/** One number, one for each channel, or one for each colour: of a gray input, those of the colours are averaged. */
function mustFitChannels(preprocessing: SidecarPreprocessing, order: ChannelOrder, name: string): void {
  const count = channelCount(order);
  for (const field of ['image_mean', 'image_std'] as const) {
    const given = preprocessing[field]?.length ?? 1;
    if (given === 1 || given === count || given === 3) continue;
    throw new SemapError(
      'invalid-description',
      phrase('{0} takes {1} channels, but "{2}" has {3} numbers.', name, count, field, given),
      { hint: phrase('Give one number for all channels, or one for each.') },
    );
  }
}

const LARGEST_HALF = 65_504;
const LARGEST_SINGLE = 3.4e38;
/** Beyond what any filter makes of pixels where nothing is rounded. */
const OVERSHOT = [-512, 767];

/** Factor, mean and deviation are numbers each, and may yet give none from a pixel. */
function mustStayFinite(preprocessing: SidecarPreprocessing, type: InputType, name: string): void {
  const { rescale_factor: factor = 1 } = preprocessing;
  const { channels = 'rgb' } = preprocessing;
  const mean = perChannel(preprocessing.image_mean, 0, channels);
  const std = perChannel(preprocessing.image_std, 1, channels);
  const range = preprocessing.rounding === false ? OVERSHOT : [0, 255];
  const ends = mean.flatMap((of, c) => range.map((pixel) => (pixel * factor - of) / std[c]));
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
  if (size.longest_edge !== undefined) return { longestEdge: size.longest_edge };
  return size.height !== undefined && size.width !== undefined
    ? { height: size.height, width: size.width }
    : undefined;
}

function color(value: number | readonly number[]): readonly [number, number, number] {
  const [red, green = red, blue = red] = typeof value === 'number' ? [value] : value;
  return [Math.round(red), Math.round(green), Math.round(blue)];
}

/**
 * One number for each channel of an order: one that is given alone is for all; of three, gray takes the average, and alpha,
 * of which they do not speak, is not changed but by the factor.
 */
function perChannel(values: readonly number[] | undefined, otherwise: number, order: ChannelOrder): number[] {
  const alpha = order.length > 3 && order !== 'gray';
  const colours = isGray(order) ? 1 : 3;
  const count = colours + (alpha ? 1 : 0);
  if (!values) return Array(count).fill(otherwise);
  if (values.length === 1) return Array(count).fill(values[0]);
  const own = values.length === 3 && colours === 1 ? [(values[0] + values[1] + values[2]) / 3] : values;
  return Array.from({ length: count }, (_, c) => own[c] ?? otherwise);
}
