import { SemapError } from '../errors.ts';
import { roundHalfToEven } from '../float16.ts';
import { phrase } from '../text/text.ts';
import type { InputSpec, Preprocessing } from './preprocessing.ts';
import type { Window } from './resample.ts';

/** How an image of some size becomes an input: resized to `width` x `height`, of which `window` lands at `left`, `top`. */
export interface Placement {
  /** Size of the whole resized image in pixels. */
  readonly width: number;
  readonly height: number;
  /** The part of the resized image that the input shows. */
  readonly window: Window;
  /** Where the window's first pixel stands in the input; the rest of the input is padding (pixel value 0). */
  readonly left: number;
  readonly top: number;
}

/**
 * Size after the resize, with torchvision's rounding: the shortest edge becomes the asked one,
 * the other is `floor(asked * long / short)`.
 */
export function resizedSize(
  width: number,
  height: number,
  size: Preprocessing['size'],
): { readonly width: number; readonly height: number } {
  if ('height' in size) return { width: size.width, height: size.height };
  if ('longestEdge' in size) {
    const long = size.longestEdge;
    return width >= height
      ? { width: long, height: Math.max(1, Math.trunc((long * height) / width)) }
      : { width: Math.max(1, Math.trunc((long * width) / height)), height: long };
  }
  const short = size.shortestEdge;
  return width <= height
    ? { width: short, height: Math.max(1, Math.trunc((short * height) / width)) }
    : { width: Math.max(1, Math.trunc((short * width) / height)), height: short };
}

/**
 * Resize and centre crop of a `width` x `height` image for an input, as torchvision's `Resize` and `CenterCrop` do them
 * (Pillow images): the crop's offset is `round((size - crop) / 2)` with halves to even; an image smaller than the crop is
 * padded with zeros, the smaller half on the left and at the top.
 *
 * Tiny images (no edge longer than half the input) lose nothing to the crop: their shortest edge becomes the input's.
 * Cutting a quarter off 32 x 32 pixels costs about four points of accuracy on CIFAR-10.
 *
 * @throws SemapError `invalid-description` when the crop is not the size of the input.
 */
export function placeImage(width: number, height: number, spec: InputSpec): Placement {
  const { crop, size } = spec.preprocessing;
  if (crop && (crop.width !== spec.width || crop.height !== spec.height)) {
    throw new SemapError(
      'invalid-description',
      phrase(
        'The crop ({0} x {1}) does not match the backbone input ({2} x {3}).',
        crop.height,
        crop.width,
        spec.height,
        spec.width,
      ),
      { hint: phrase('Correct the crop in the backbone description.') },
    );
  }
  const shortestInput = Math.min(spec.width, spec.height);
  const tiny = crop && 'shortestEdge' in size && 2 * Math.max(width, height) <= shortestInput;
  const resized = resizedSize(width, height, tiny ? { shortestEdge: shortestInput } : size);
  const x = centre(resized.width, spec.width);
  const y = centre(resized.height, spec.height);
  return {
    ...resized,
    window: { left: x.from, top: y.from, width: x.length, height: y.length },
    left: x.at,
    top: y.at,
  };
}

/** One axis of a centre crop: `length` pixels from `from` on land at `at`. */
function centre(size: number, crop: number): { from: number; length: number; at: number } {
  const at = size < crop ? (crop - size) >> 1 : 0;
  // torchvision pads to the crop's size first, and then there is nothing left to cut on this axis.
  return size < crop
    ? { from: 0, length: size, at }
    : { from: roundHalfToEven((size - crop) / 2), length: crop, at };
}
