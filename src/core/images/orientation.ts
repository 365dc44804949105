import type { RgbImage } from './preprocessing.ts';

/** EXIF orientation: how the stored picture must be turned or mirrored to stand upright. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** The orientation that a number from a file means; anything else than 1 to 8 is 1. */
export function toOrientation(value: number): Orientation {
  return Number.isInteger(value) && value >= 1 && value <= 8 ? (value as Orientation) : 1;
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

/** The picture turned upright (EXIF 2.32, tag 0x0112); the same object for orientation 1. */
export function turnUpright(image: RgbImage, orientation: Orientation): RgbImage {
  if (orientation === 1) return image;
  const { width, height, data } = image;
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
  return { width: walk.turned ? height : width, height: walk.turned ? width : height, data: out };
}
