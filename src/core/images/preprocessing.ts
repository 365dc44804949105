/** Filters by Pillow's names. */
export const FILTERS = ['nearest', 'box', 'bilinear', 'hamming', 'bicubic', 'lanczos'] as const;
export type ResampleFilter = (typeof FILTERS)[number];

/** The same by Pillow's numbers. */
export const PILLOW_FILTERS: readonly ResampleFilter[] = [
  'nearest',
  'lanczos',
  'bilinear',
  'bicubic',
  'box',
  'hamming',
];

/** What an input's channels are, in their order. Alpha is always that of an opaque picture: pictures are put on white. */
export const CHANNEL_ORDERS = ['rgb', 'bgr', 'gray', 'gray-alpha', 'rgba', 'bgra', 'argb'] as const;
export type ChannelOrder = (typeof CHANNEL_ORDERS)[number];

/** Which of red, green and blue (0 to 2), gray (0) or alpha each channel is. */
const COLOURS: Readonly<Record<ChannelOrder, readonly (0 | 1 | 2 | 'alpha')[]>> = {
  rgb: [0, 1, 2],
  bgr: [2, 1, 0],
  gray: [0],
  'gray-alpha': [0, 'alpha'],
  rgba: [0, 1, 2, 'alpha'],
  bgra: [2, 1, 0, 'alpha'],
  argb: ['alpha', 0, 1, 2],
};

export function channelCount(order: ChannelOrder): number {
  return COLOURS[order].length;
}

/** How an order of channels is written where people read it: RGB, but gray. */
export function channelsText(order: ChannelOrder): string {
  return isGray(order) ? order : order.toUpperCase();
}

/** Whether the channels are luma (ITU-R 601, as Pillow's `L`) instead of colours. */
export function isGray(order: ChannelOrder): boolean {
  return order === 'gray' || order === 'gray-alpha';
}

/**
 * Of each channel of an input: which number of `mean` and `std` is its own (R, G, B or gray first, alpha last), and whether
 * it is alpha.
 */
export function channelPlan(
  order: ChannelOrder,
): readonly { readonly of: number; readonly alpha: boolean }[] {
  const colours = COLOURS[order];
  const alpha = colours.length - 1;
  return colours.map((one) => (one === 'alpha' ? { of: alpha, alpha: true } : { of: one, alpha: false }));
}

/** Luma of 8-bit colours as Pillow's `convert('L')` has it (ITU-R 601), in 65536ths. */
export const LUMA = [19_595, 38_470, 7471] as const;
/** The same, adding up to one. */
export const LUMA_SHARES: readonly number[] = LUMA.map((weight) => weight / 0x1_0000);

/**
 * How an image becomes a backbone's input, in the terms of `preprocessor_config.json`:
 * resize, crop, `value = (pixel * rescaleFactor - mean) / std` per channel. What is not there is as it nearly always is.
 */
export interface Preprocessing {
  /** Resize: one edge keeps the aspect ratio, height and width do not. */
  readonly size:
    | { readonly shortestEdge: number }
    | { readonly longestEdge: number }
    | { readonly height: number; readonly width: number };
  /** With height and width: the whole picture fits inside, and the rest is `padColor`. Absent: it is squashed. */
  readonly fit?: 'letterbox' | undefined;
  /** R, G, B from 0 to 255 of what a picture does not cover. Absent: black. */
  readonly padColor?: readonly [number, number, number] | undefined;
  /** Of crop and padding; absent: the centre. */
  readonly anchor?: 'top-left' | undefined;
  /**
   * Before the resize, a part with the proportions of `size` (a square for one edge) is cut from the image: this share of
   * the largest that fits (1 = the largest).
   */
  readonly cropFirst?: number | undefined;
  /** Crop after the resize; absent when the resize already gives the input size. */
  readonly crop?: { readonly height: number; readonly width: number } | undefined;
  readonly resample: ResampleFilter;
  /**
   * Sampled without regard to how much smaller the result is, as OpenCV, TensorFlow and tensors of torch do: `bicubic` and
   * `lanczos` are then OpenCV's, `box` its `INTER_AREA`, `nearest` takes the pixel where an output begins.
   */
  readonly antialias?: false | undefined;
  /** The resize's result is not rounded to 8 bits. */
  readonly rounded?: false | undefined;
  readonly rescaleFactor: number;
  /** In the order R, G, B(, alpha), or gray(, alpha). */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** 255 - pixel, before the scaling. */
  readonly inverted?: true | undefined;
  /** What the network expects. */
  readonly channels: ChannelOrder;
}

/** Whether a resize leaves pixels out, so that it matters which. */
export function isAliased({ antialias, resample }: Preprocessing): boolean {
  return antialias === false || resample === 'nearest';
}

/** Element types of image inputs. Integer types round and saturate; float16 is given as its bit pattern. */
export const INPUT_TYPES = [
  'float32',
  'float16',
  'float64',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
] as const;
export type InputType = (typeof INPUT_TYPES)[number];
export type InputLayout = 'nchw' | 'nhwc';

/** Everything needed to fill one image's part of an input tensor. */
export interface InputSpec {
  readonly preprocessing: Preprocessing;
  readonly type: InputType;
  readonly layout: InputLayout;
  readonly height: number;
  readonly width: number;
  /** The input's shape where it is no [N, C, H, W] or [N, H, W, C], with `N` in the place of the batch if there is one. */
  readonly dims?: readonly ('N' | number)[] | undefined;
  /** A visual prompt that every image gets. */
  readonly prompt?: AppliedPrompt;
}

/** The shape of an input of so many images. */
export function inputDims(
  { dims, layout, height, width, preprocessing }: InputSpec,
  batch: number,
): number[] {
  if (dims) return dims.map((one) => (one === 'N' ? batch : one));
  const channels = channelCount(preprocessing.channels);
  return layout === 'nchw' ? [batch, channels, height, width] : [batch, height, width, channels];
}

/** A trained prompt, ready to be added to pixels. */
export interface AppliedPrompt {
  /** Of the prompt's file: outputs under it are kept apart. */
  readonly sha256: string;
  /** The image is resized to the rectangle inside a frame of so many pixels; 0 = as the preprocessing says. */
  readonly frame: number;
  /** float32 [3, H, W] (R, G, B) to be added, in units of the full range: 1 is from black to white. */
  readonly effect: SharedArrayBuffer;
  /**
   * float32: numbers of the network that says for every image how much of the effect it gets where. What images fill is
   * then [C, H, W] in float32 without the effect, and a graph makes the backbone's input of it.
   */
  readonly network?: SharedArrayBuffer | undefined;
}

/** Element type and layout of what an image fills. */
export function filledAs({ prompt, type, layout }: InputSpec): Pick<InputSpec, 'type' | 'layout'> {
  return prompt?.network ? { type: 'float32', layout: 'nchw' } : { type, layout };
}

/** Turns RGB pixels of other colors than sRGB into sRGB, where they are. */
export type ToSrgb = (data: Uint8Array | Uint8ClampedArray) => void;

/** Decoded pixels: 8 bits a channel, RGB interleaved, upright (EXIF orientation applied), alpha composited on white. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** Length width * height * 3. */
  readonly data: Uint8Array | Uint8ClampedArray;
  /**
   * Of colors that are not sRGB. `resize` applies it to what it makes, which has fewer pixels than a photograph: converting
   * those costs next to nothing.
   */
  readonly toSrgb?: ToSrgb;
  /** Of a picture that was decoded at a fraction of its size. */
  readonly reduced?: Reduction | undefined;
}

/** What became of a picture that was decoded at a fraction of its size. */
export interface Reduction {
  /** The full size in pixels: what a resize and a crop are counted from. */
  readonly width: number;
  readonly height: number;
  /** Where the whole picture lies in the decoded pixels: 1001 pixels at half the size are 500.5, of which 501 are there. */
  readonly box: Box;
}

/** A rectangle whose edges may lie between pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The pixels that a prompt is added to: [3, h, w] bytes, R, G, B. With a frame the whole image fills the square inside
 * it; without, it is resized and cropped as the backbone wants it.
 */
export function pixelSpec(input: InputSpec, frame: number): InputSpec {
  const { size, fit, padColor, anchor, cropFirst, crop, resample, antialias } = input.preprocessing;
  const height = input.height - 2 * frame;
  const width = input.width - 2 * frame;
  const geometry = frame > 0 ? { size: { height, width } } : { size, fit, padColor, anchor, cropFirst, crop };
  return {
    preprocessing: {
      ...geometry,
      resample,
      antialias,
      rescaleFactor: 1,
      mean: [0, 0, 0],
      std: [1, 1, 1],
      channels: 'rgb',
    },
    type: 'uint8',
    layout: 'nchw',
    height,
    width,
  };
}
