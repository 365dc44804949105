export type ResampleFilter = 'bilinear' | 'bicubic';
export type ChannelOrder = 'rgb' | 'bgr';

/**
 * How an image becomes a backbone's input, in the terms of `preprocessor_config.json`:
 * resize, centre crop, `value = (pixel * rescaleFactor - mean) / std` per channel (mean and std in the order R, G, B).
 */
export interface Preprocessing {
  /** Resize: shortest edge keeps the aspect ratio, height and width do not. */
  readonly size: { readonly shortestEdge: number } | { readonly height: number; readonly width: number };
  /** Centre crop after the resize; absent when the resize already gives the input size. */
  readonly crop?: { readonly height: number; readonly width: number } | undefined;
  readonly resample: ResampleFilter;
  readonly rescaleFactor: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** What the network expects. */
  readonly channels: ChannelOrder;
}

/** Element types of image inputs. Integer types round and saturate; float16 is given as its bit pattern. */
export type InputType = 'float32' | 'float16' | 'uint8' | 'int8';
export type InputLayout = 'nchw' | 'nhwc';

/** Everything needed to fill one image's part of an input tensor. */
export interface InputSpec {
  readonly preprocessing: Preprocessing;
  readonly type: InputType;
  readonly layout: InputLayout;
  readonly height: number;
  readonly width: number;
  /** A visual prompt that every image gets. */
  readonly prompt?: AppliedPrompt;
}

/** A trained prompt, ready to be added to pixels. */
export interface AppliedPrompt {
  /** Of the prompt's file: outputs under it are kept apart. */
  readonly sha256: string;
  /** The image is resized to the rectangle inside a frame of so many pixels; 0 = as the preprocessing says. */
  readonly frame: number;
  /** float32 [3, H, W] (R, G, B) to be added, in units of the full range: 1 is from black to white. */
  readonly effect: SharedArrayBuffer;
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
  const { size, crop, resample } = input.preprocessing;
  const height = input.height - 2 * frame;
  const width = input.width - 2 * frame;
  const geometry = frame > 0 ? { size: { height, width } } : { size, crop };
  return {
    preprocessing: {
      ...geometry,
      resample,
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
