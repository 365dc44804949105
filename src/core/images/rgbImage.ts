import { LUMA, type Reduction, type RgbImage } from './preprocessing.ts';

/** The gray level of a colour, which of a gray one is its own. */
export function luma(red: number, green: number, blue: number): number {
  return (LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue + 0x8000) >>> 16;
}

/** The picture without its colours. */
export function grayOf(image: RgbImage): RgbImage {
  const { data } = image;
  const gray = new Uint8Array(data.length);
  for (let i = 0; i < gray.length; i += 3) {
    gray[i] = luma(data[i], data[i + 1], data[i + 2]);
    gray[i + 1] = gray[i];
    gray[i + 2] = gray[i];
  }
  return { ...image, data: gray };
}

/** `color` with opacity `alpha` (0 to 255, not premultiplied) on white, rounded. */
export function onWhite(color: number, alpha: number): number {
  // The product over 255, rounded.
  const product = color * alpha + 128;
  return ((product + (product >> 8)) >> 8) + 255 - alpha;
}

/** RGBA pixels on white. */
export function rgbaOnWhite(width: number, height: number, rgba: Uint8Array | Uint8ClampedArray): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let s = 0, o = 0; o < data.length; s += 4, o += 3) {
    const alpha = rgba[s + 3];
    if (alpha === 255) {
      data[o] = rgba[s];
      data[o + 1] = rgba[s + 1];
      data[o + 2] = rgba[s + 2];
    } else {
      data[o] = onWhite(rgba[s], alpha);
      data[o + 1] = onWhite(rgba[s + 1], alpha);
      data[o + 2] = onWhite(rgba[s + 2], alpha);
    }
  }
  return { width, height, data };
}

/** RGBA pixels whose alpha is known to be 255. */
export function opaqueRgb(width: number, height: number, rgba: Uint8Array | Uint8ClampedArray): RgbImage {
  const data = new Uint8Array(width * height * 3);
  dropAlpha(rgba, data, data.length);
  return { width, height, data };
}

function dropAlpha(rgba: Uint8Array | Uint8ClampedArray, into: Uint8Array, length: number): void {
  for (let s = 0, o = 0; o < length; s += 4, o += 3) {
    into[o] = rgba[s];
    into[o + 1] = rgba[s + 1];
    into[o + 2] = rgba[s + 2];
  }
}

/** The part of a picture that begins at a place; the same object where that is all of it. */
export function cropped(
  image: RgbImage,
  { left, top, width, height }: { left: number; top: number; width: number; height: number },
): RgbImage {
  if (width === image.width && height === image.height) return image;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * image.width + left) * 3;
    data.set(image.data.subarray(from, from + width * 3), y * width * 3);
  }
  return { width, height, data };
}

/** EXIF orientation: how the stored picture must be turned or mirrored to stand upright. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** The orientation that a number from a file means; undefined for anything else than 1 to 8, such as the 0 of some cameras. */
export function toOrientation(value: number): Orientation | undefined {
  return Number.isInteger(value) && value >= 1 && value <= 8 ? (value as Orientation) : undefined;
}

/** Where stored pixels go: from the first pixel's place, one step per column and per row (in pixels of the result). */
type Walk = (
  width: number,
  height: number,
) => { first: number; column: number; row: number; turned: boolean };

const WALK: Record<Orientation, Walk> = {
  1: (w) => ({ first: 0, column: 1, row: w, turned: false }),
  2: (w) => ({ first: w - 1, column: -1, row: w, turned: false }),
  3: (w, h) => ({ first: w * h - 1, column: -1, row: -w, turned: false }),
  4: (w, h) => ({ first: w * (h - 1), column: 1, row: -w, turned: false }),
  5: (_, h) => ({ first: 0, column: h, row: 1, turned: true }),
  6: (_, h) => ({ first: h - 1, column: h, row: -1, turned: true }),
  7: (w, h) => ({ first: w * h - 1, column: -h, row: -1, turned: true }),
  8: (w, h) => ({ first: h * (w - 1), column: -h, row: 1, turned: true }),
};

/** Whether turning upright swaps width and height. */
export function isTurned(orientation: Orientation): boolean {
  return orientation >= 5;
}

/** The picture turned upright (EXIF 2.32, tag 0x0112); the same object for orientation 1. */
export function turnUpright(image: RgbImage, orientation: Orientation): RgbImage {
  if (orientation === 1) return image;
  const { width, height, data, reduced } = image;
  const walk = WALK[orientation](width, height);
  const out = new Uint8Array(data.length);
  let s = 0;
  for (let y = 0; y < height; y++) {
    let o = (walk.first + y * walk.row) * 3;
    for (let x = 0; x < width; x++) {
      out[o] = data[s];
      out[o + 1] = data[s + 1];
      out[o + 2] = data[s + 2];
      s += 3;
      o += walk.column * 3;
    }
  }
  const upright = walk.turned ? { width: height, height: width } : { width, height };
  return {
    ...image,
    ...upright,
    data: out,
    ...(reduced ? { reduced: turnReduction(image, reduced, orientation) } : {}),
  };
}

/** Orientations after which the stored picture's left or top edge is at the right or at the bottom of its own axis. */
const FROM_RIGHT: readonly Orientation[] = [2, 3, 7, 8];
const FROM_BOTTOM: readonly Orientation[] = [3, 4, 6, 7];

function turnReduction(decoded: RgbImage, full: Reduction, orientation: Orientation): Reduction {
  const { box } = full;
  const x = FROM_RIGHT.includes(orientation) ? decoded.width - box.left - box.width : box.left;
  const y = FROM_BOTTOM.includes(orientation) ? decoded.height - box.top - box.height : box.top;
  return isTurned(orientation)
    ? {
        width: full.height,
        height: full.width,
        box: { left: y, top: x, width: box.height, height: box.width },
      }
    : { width: full.width, height: full.height, box: { ...box, left: x, top: y } };
}
