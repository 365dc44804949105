import { float16Bits, roundHalfToEven } from '../float16.ts';
import { type Placement, placeImage } from './geometry.ts';
import {
  type AppliedPrompt,
  channelCount,
  channelPlan,
  filledAs,
  type InputSpec,
  type InputType,
  isAliased,
  isGray,
  LUMA_SHARES,
  pixelSpec,
  type RgbImage,
} from './preprocessing.ts';
import { type FloatImage, resize, resizeFloats, roundedPixels } from './resample.ts';
import { type Resampling, resampling } from './resampleWeights.ts';
import { grayOf, luma } from './rgbImage.ts';
import { sharpen } from './sharpen.ts';

/**
 * An image that must be enlarged so many times and more has no fine detail, and backbones, which live on edges and
 * texture, take it for the blurred things that they know. Edges that are sharp again (cubic resampling, unsharp masking
 * with a radius in the image's own pixels) are worth 4 points of zero-shot accuracy on CIFAR-10 and 12 on ImageNet photos
 * shrunk to 32 pixels.
 */
export const TINY = 2;
export const SHARPEN_RADIUS = 0.3;
export const SHARPEN_AMOUNT = 2;

/** One image's part of an input tensor; float16 as bit patterns in a Uint16Array, int64 as the int32 that its values are. */
export type InputArray =
  | Float32Array
  | Float64Array
  | Uint16Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Int8Array;

const ARRAY = {
  float32: Float32Array,
  float16: Uint16Array,
  float64: Float64Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: Int32Array,
} as const satisfies Record<InputType, unknown>;

/** Elements that one image takes in an input tensor. */
function inputElements({ width, height, preprocessing }: InputSpec): number {
  return width * height * channelCount(preprocessing.channels);
}

/** Bytes that one image takes in an input tensor. */
export function inputBytes(spec: InputSpec): number {
  return inputElements(spec) * ARRAY[filledAs(spec).type].BYTES_PER_ELEMENT;
}

/** The elements of one image's part of an input tensor, seen in `buffer` from `byteOffset` on. */
export function inputView(spec: InputSpec, buffer: ArrayBuffer, byteOffset = 0): InputArray {
  return new ARRAY[filledAs(spec).type](buffer, byteOffset, inputElements(spec));
}

/** The elements of several images one after the other. */
export function batchView(spec: InputSpec, buffer: ArrayBuffer): InputArray {
  return new ARRAY[spec.type](buffer);
}

/** How a value is written into an input: rounded and in range where it is a whole number. */
export function toElement(type: InputType): (value: number) => number {
  return CONVERT[type];
}

/**
 * Resizes, crops and normalises an image into `into`, which holds channels * height * width elements of the spec's type
 * ([C, H, W] or [H, W, C]). Every element is written. Tiny images are enlarged with cubic resampling and sharpened.
 * @returns the pixels that it became, without a prompt
 */
export function fillInput(picture: RgbImage, spec: InputSpec, into: InputArray): RgbImage {
  if (spec.prompt) return fillPrompted(picture, spec, spec.prompt, into);
  // Gray is made before the resize, as by whoever reads pictures as gray. Colors that are not sRGB cannot be yet.
  const image = isGray(spec.preprocessing.channels) && !picture.toSrgb ? grayOf(picture) : picture;
  const { width, height } = image.reduced ?? image;
  const place = placeImage(width, height, spec);
  const how = resampling(spec.preprocessing);
  if (isSharpened(place, how)) {
    const resized = resize(image, place, SMALL);
    const pixels = sharpen(resized, SHARPEN_RADIUS * place.enlarged, SHARPEN_AMOUNT);
    fillPixels(pixels, spec, into, place.left, place.top);
    return resized;
  }
  if (how.rounded === false) {
    const exact = resizeFloats(image, place, how);
    fillFloats(exact, spec, into, place.left, place.top);
    return roundedPixels(exact);
  }
  const resized = resize(image, place, how);
  fillPixels(resized, spec, into, place.left, place.top);
  return resized;
}

/** How images that are sharpened are enlarged. */
export const SMALL: Resampling = { filter: 'bicubic' };

/** What is enlarged as blocks is wanted as blocks. */
export function isSharpened(place: Pick<Placement, 'enlarged'>, { filter }: Resampling): boolean {
  return place.enlarged >= TINY && filter !== 'nearest' && filter !== 'box';
}

/** Pixels that are decoded for each pixel of an input, along an edge: differences of one or two grey levels are left. */
const KEPT = 4;
/** So many where it is that or the whole picture: three grey levels. */
const KEPT_AT_LEAST = 3;

/** A picture that would be reduced by less is decoded as a whole. */
const HALF = 0.5;
/** At less, noise beside black and white is averaged before it is clipped: six grey levels. */
const QUARTER = 0.25;

/**
 * The smallest part of its size at which a picture of so many pixels may be decoded for an input: 1 where it is not worth
 * decoding less than the whole.
 */
export function leastScale(spec: InputSpec): (width: number, height: number) => number {
  const { prompt } = spec;
  const inner = prompt ? pixelSpec(spec, prompt.frame) : spec;
  return (width, height) => {
    // What is left out when nothing is averaged must be the pixels that whoever trained the backbone left out.
    if (isAliased(inner.preprocessing)) return 1;
    const place = placeImage(width, height, inner);
    const { source = { width, height } } = place;
    const needed = Math.max(place.width / source.width, place.height / source.height);
    const scale = KEPT * needed <= HALF ? KEPT * needed : KEPT_AT_LEAST * needed;
    return scale <= HALF ? Math.max(scale, QUARTER) : 1;
  };
}

/**
 * Writes `(pixel * rescaleFactor - mean) / std` of an image that is at most as big as the input, its first pixel at
 * `left`, `top`; what it does not cover is black, as torchvision's padding is, or of the described color.
 */
export function fillPixels(image: RgbImage, spec: InputSpec, into: InputArray, left = 0, top = 0): void {
  const { width, height } = spec;
  const { channels } = spec.preprocessing;
  if (channels !== 'rgb' && channels !== 'bgr') {
    fillOther(image, spec, into, left, top);
    return;
  }
  const plane = width * height;
  const [red, green, blue] = valueTables(spec);
  const planar = spec.layout === 'nchw';
  const step = planar ? 1 : 3;
  const channel = planar ? plane : 1;
  const bgr = channels === 'bgr';
  // Where each colour's element stands, counted from that of the pixel.
  const r = bgr ? 2 * channel : 0;
  const g = channel;
  const b = bgr ? 0 : 2 * channel;
  if (image.width !== width || image.height !== height) {
    const padding = paddingOf(spec);
    for (let i = 0, o = 0; i < plane; i++, o += step) {
      into[o + r] = red[padding[0]];
      into[o + g] = green[padding[1]];
      into[o + b] = blue[padding[2]];
    }
  }
  const pixels = image.data;
  const words = image.width === width && image.height === height && planar ? wordsOf(pixels) : undefined;
  if (words) {
    fillPlanes(
      words,
      [red, green, blue],
      [r, g, b].map((from) => into.subarray(from, from + plane)),
    );
    return;
  }
  for (let y = 0, s = 0; y < image.height; y++) {
    let o = ((y + top) * width + left) * step;
    for (let x = 0; x < image.width; x++, s += 3, o += step) {
      into[o + r] = red[pixels[s]];
      into[o + g] = green[pixels[s + 1]];
      into[o + b] = blue[pixels[s + 2]];
    }
  }
}

const BLACK = [0, 0, 0] as const;

/** As 8-bit pixels. */
function paddingOf({ preprocessing }: InputSpec): readonly [number, number, number] {
  const [red, green, blue] = preprocessing.padColor ?? BLACK;
  return [Math.round(red), Math.round(green), Math.round(blue)];
}

/** As {@link fillPixels}, of pixels that are no whole numbers. */
function fillFloats(image: FloatImage, spec: InputSpec, into: InputArray, left: number, top: number): void {
  const { width, height, layout, preprocessing } = spec;
  const { channels, padColor = BLACK } = preprocessing;
  const convert = CONVERT[spec.type];
  const plan = channelPlan(channels);
  for (const [channel, { of, alpha }] of plan.entries()) {
    const scaled = scaledBy(spec, { of, alpha });
    const [red, green, blue] = isGray(channels)
      ? LUMA_SHARES
      : [0, 1, 2].map((colour) => Number(colour === of));
    const value = (r: number, g: number, b: number): number =>
      convert(scaled(alpha ? 255 : red * r + green * g + blue * b));
    const padding = value(...padColor);
    const [first, step] = layout === 'nchw' ? [channel * width * height, 1] : [channel, plan.length];
    for (let i = 0; i < width * height; i++) into[first + i * step] = padding;
    for (let y = 0, s = 0; y < image.height; y++) {
      let o = first + ((y + top) * width + left) * step;
      for (let x = 0; x < image.width; x++, s += 3, o += step)
        into[o] = value(image.data[s], image.data[s + 1], image.data[s + 2]);
    }
  }
}

/** As {@link fillPixels}, for channels that are not just three colours. */
function fillOther(image: RgbImage, spec: InputSpec, into: InputArray, left: number, top: number): void {
  const { width, height, layout, preprocessing } = spec;
  const plan = channelPlan(preprocessing.channels);
  const gray = isGray(preprocessing.channels);
  const tables = valueTables(spec);
  const planar = layout === 'nchw';
  const step = planar ? 1 : plan.length;
  const { data } = image;
  const padding = paddingOf(spec);
  plan.forEach(({ of, alpha }, channel) => {
    const table = tables[of];
    const first = planar ? channel * width * height : channel;
    const around = table[alpha ? 255 : gray ? luma(...padding) : padding[of]];
    for (let i = 0, o = first; i < width * height; i++, o += step) into[o] = around;
    if (alpha) return;
    for (let y = 0, s = 0; y < image.height; y++) {
      let o = first + ((y + top) * width + left) * step;
      for (let x = 0; x < image.width; x++, s += 3, o += step)
        into[o] = table[gray ? luma(data[s], data[s + 1], data[s + 2]) : data[s + of]];
    }
  });
}

/** Four pixels in three words, where they can be read as such. */
function wordsOf({ buffer, byteOffset, length }: RgbImage['data']): Uint32Array | undefined {
  return byteOffset % 4 === 0 && length % 12 === 0
    ? new Uint32Array(buffer, byteOffset, length / 4)
    : undefined;
}

/** Pixels read byte by byte take 1.7 times as long. Every machine that runs onnxruntime has the first byte of a word last. */
function fillPlanes(
  words: Uint32Array,
  [red, green, blue]: readonly InputArray[],
  [r, g, b]: readonly InputArray[],
): void {
  for (let i = 0, w = 0; w < words.length; i += 4, w += 3) {
    const first = words[w];
    const second = words[w + 1];
    const third = words[w + 2];
    r[i] = red[first & 255];
    g[i] = green[(first >>> 8) & 255];
    b[i] = blue[(first >>> 16) & 255];
    r[i + 1] = red[first >>> 24];
    g[i + 1] = green[second & 255];
    b[i + 1] = blue[(second >>> 8) & 255];
    r[i + 2] = red[(second >>> 16) & 255];
    g[i + 2] = green[second >>> 24];
    b[i + 2] = blue[third & 255];
    r[i + 3] = red[(third >>> 8) & 255];
    g[i + 3] = green[(third >>> 16) & 255];
    b[i + 3] = blue[third >>> 24];
  }
}

/**
 * The image's own pixels, then prompt and normalisation in one go: value = ((pixel + effect) * factor - mean) / std. A
 * prompt under a mask is added later.
 */
function fillPrompted(image: RgbImage, spec: InputSpec, prompt: AppliedPrompt, into: InputArray): RgbImage {
  const { height, width } = spec;
  const { type, layout } = filledAs(spec);
  const { frame } = prompt;
  const inner = pixelSpec(spec, frame);
  const pixels = new Uint8Array(inputBytes(inner));
  const resized = fillInput(image, inner, pixels);
  const effect = prompt.network ? new Float32Array(3 * height * width) : new Float32Array(prompt.effect);
  const convert = CONVERT[type];
  const { channels } = spec.preprocessing;
  const plan = channelPlan(channels);
  const plane = height * width;
  // Doubles, as the sums were before they had a place of their own.
  const colours = new Float64Array(3 * plane);
  for (let colour = 0, at = 0; colour < 3; colour++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, at++) {
        const inside = y >= frame && y < height - frame && x >= frame && x < width - frame;
        const own = inside ? pixels[(colour * inner.height + y - frame) * inner.width + x - frame] : 0;
        colours[at] = own + 255 * effect[at];
      }
    }
  }
  const [red, green, blue] = LUMA_SHARES;
  const planar = layout === 'nchw';
  const step = planar ? 1 : plan.length;
  plan.forEach((channel, k) => {
    const { of, alpha } = channel;
    const value = scaledBy(spec, channel);
    for (let i = 0, o = planar ? k * plane : k; i < plane; i++, o += step) {
      let pixel = 255;
      if (!alpha) {
        pixel = isGray(channels)
          ? red * colours[i] + green * colours[plane + i] + blue * colours[2 * plane + i]
          : colours[of * plane + i];
      }
      into[o] = convert(value(pixel));
    }
  });
  return resized;
}

/** The value of a channel for a pixel from 0 to 255. */
function scaledBy(
  { preprocessing }: InputSpec,
  { of, alpha }: { readonly of: number; readonly alpha: boolean },
): (pixel: number) => number {
  const { rescaleFactor, mean, std, inverted } = preprocessing;
  return inverted && !alpha
    ? (pixel) => ((255 - pixel) * rescaleFactor - mean[of]) / std[of]
    : (pixel) => (pixel * rescaleFactor - mean[of]) / std[of];
}

let lastTables: { readonly key: string; readonly tables: readonly InputArray[] } | undefined;

/** For each of `mean` the element for each of the 256 pixel values; those of the last spec are kept. */
function valueTables(spec: InputSpec): readonly InputArray[] {
  const { rescaleFactor, mean, std, inverted, channels } = spec.preprocessing;
  const key = `${spec.type} ${rescaleFactor} ${mean.join()} ${std.join()} ${inverted} ${channels}`;
  if (lastTables?.key === key) return lastTables.tables;
  const convert = CONVERT[spec.type];
  const plan = channelPlan(channels);
  const tables = mean.map((_, of) => {
    const table = new ARRAY[spec.type](256);
    const value = scaledBy(spec, { of, alpha: plan.some((channel) => channel.of === of && channel.alpha) });
    for (let pixel = 0; pixel < 256; pixel++) table[pixel] = convert(value(pixel));
    return table;
  });
  lastTables = { key, tables };
  return tables;
}

const CONVERT: Record<InputType, (value: number) => number> = {
  float32: (value) => value,
  float16: float16Bits,
  float64: (value) => value,
  uint8: (value) => saturate(value, 0, 255),
  int8: (value) => saturate(value, -128, 127),
  uint16: (value) => saturate(value, 0, 65_535),
  int16: (value) => saturate(value, -32_768, 32_767),
  int32: (value) => saturate(value, -2_147_483_648, 2_147_483_647),
  int64: (value) => saturate(value, -2_147_483_648, 2_147_483_647),
};

/** Rounds halves to even, as numpy and ONNX's QuantizeLinear do, and keeps the result in range. */
function saturate(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, roundHalfToEven(value)));
}
