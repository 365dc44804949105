import { channelPlan, type Preprocessing } from '../images/preprocessing.ts';
import { standardNormal } from '../random.ts';

/**
 * The network of sample-specific masks (SMM: Cai et al., "Sample-specific Masks for Visual Reprogramming-based Prompting",
 * ICML 2024): five convolutions of 3 x 3 that halve the picture three times, and for each channel of the input a mask
 * whose every number stands for a patch of 8 x 8 pixels. A picture gets shared prompt x mask(picture).
 *
 * Two things are otherwise than published. There is no batch normalization: what an image gets must not hang on the other
 * images of its batch, and steps are run a few rows at a time. And the last bias begins as 1, so that every mask begins
 * near 1 and the prompt as a watermark.
 */
const MAPS = [8, 16, 32, 64] as const;
/** Behind so many convolutions the picture is halved. */
const HALVINGS = 3;
const TAPS = 9;
/** Pixels along the edge of a patch that has one number. */
const PATCH = 2 ** HALVINGS;
/** The last convolution's weights at the start, beside those that would keep the variance. */
const LAST_SHARE = 0.1;

interface Layer {
  /** Of its weights [maps, depth, 3, 3], followed by its bias [maps]. */
  readonly at: number;
  readonly maps: number;
  readonly depth: number;
}

/** The convolutions for an input of so many channels, and where each has its numbers. */
function layersOf(channels: number): readonly Layer[] {
  const widths = [channels, ...MAPS, channels];
  let at = 0;
  return widths.slice(1).map((maps, i) => {
    const layer = { at, maps, depth: widths[i] };
    at += maps * (layer.depth * TAPS + 1);
    return layer;
  });
}

/** How many numbers the network has: 26,259 for three channels. */
export function networkSize(channels: number): number {
  return layersOf(channels).reduce((sum, { maps, depth }) => sum + maps * (depth * TAPS + 1), 0);
}

/** Numbers before training, by He et al. (2015), which keeps the variance from layer to layer. */
export function initialNetwork(channels: number, random: () => number): Float32Array {
  const numbers = new Float32Array(networkSize(channels));
  const layers = layersOf(channels);
  for (const [i, { at, maps, depth }] of layers.entries()) {
    const isLast = i === layers.length - 1;
    const deviation = Math.sqrt(2 / (depth * TAPS)) * (isLast ? LAST_SHARE : 1);
    const bias = at + maps * depth * TAPS;
    for (let p = at; p < bias; p++) numbers[p] = deviation * standardNormal(random);
    if (isLast) numbers.fill(1, bias, bias + maps);
  }
  return numbers;
}

/** What makes nodes: a `GraphBuilder`, a `Sketch`, or what stands for them. A value is its name. */
interface NodeMaker {
  op(
    op: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, number | readonly number[]>>,
  ): string;
  /** A list of int64. */
  ints(values: readonly number[]): string;
  floats(values: readonly number[], dims: readonly number[]): string;
  /** Elements `from..to` of the network's numbers, in a shape. */
  numbers(from: number, to: number, dims: readonly number[]): string;
}

/** What a network masks. */
interface MaskedInput {
  readonly height: number;
  readonly width: number;
  readonly preprocessing: Preprocessing;
}

/**
 * The mask of normalized images, as nodes.
 * @param images [N, C, H, W] float32
 * @returns [N, C, H, W]
 */
export function maskNodes(
  m: NodeMaker,
  images: string,
  { height, width, preprocessing }: MaskedInput,
): string {
  const { scale, shift } = standardScaling(preprocessing);
  const channels = scale.length;
  const perChannel = [1, channels, 1, 1];
  const scaled = m.op('Mul', [images, m.floats(scale, perChannel)]);
  let value = m.op('Add', [scaled, m.floats(shift, perChannel)]);
  let [h, w] = [height, width];
  for (const [i, { at, maps, depth }] of layersOf(channels).entries()) {
    const bias = at + maps * depth * TAPS;
    const weights = [m.numbers(at, bias, [maps, depth, 3, 3]), m.numbers(bias, bias + maps, [maps])];
    value = m.op('Conv', [value, ...weights], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
    if (i === MAPS.length) break;
    value = m.op('Relu', [value]);
    if (i >= HALVINGS) continue;
    // A last row or column that has no second one is halved alone.
    const pads = [0, 0, h % 2, w % 2];
    value = m.op('MaxPool', [value], { kernel_shape: [2, 2], strides: [2, 2], pads });
    [h, w] = [Math.ceil(h / 2), Math.ceil(w / 2)];
  }
  const patches = m.op('Reshape', [value, m.ints([-1, channels, h, 1, w, 1])]);
  const whole = m.op('Expand', [patches, m.ints([1, channels, h, PATCH, w, PATCH])]);
  const mask = m.op('Reshape', [whole, m.ints([-1, channels, h * PATCH, w * PATCH])]);
  if (h * PATCH === height && w * PATCH === width) return mask;
  return m.op('Slice', [mask, m.ints([0, 0]), m.ints([height, width]), m.ints([2, 3])]);
}

/**
 * What makes a normalized value one that the network gets: (pixel / 255 - .5) / .25, whatever the backbone is normalized
 * to, and 0 for alpha.
 */
export function standardScaling({ rescaleFactor, mean, std, inverted, channels }: Preprocessing): {
  readonly scale: readonly number[];
  readonly shift: readonly number[];
} {
  const all = channelPlan(channels).map(({ of, alpha }) => {
    if (alpha) return { scale: 0, shift: 0 };
    // value = start + factor pixel
    const factor = ((inverted ? -1 : 1) * rescaleFactor) / std[of];
    const start = ((inverted ? 255 * rescaleFactor : 0) - mean[of]) / std[of];
    const scale = 4 / (255 * factor);
    return { scale, shift: -start * scale - 2 };
  });
  return { scale: all.map(({ scale }) => scale), shift: all.map(({ shift }) => shift) };
}
