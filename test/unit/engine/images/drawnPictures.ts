import { png } from './imageFiles.ts';

/** A picture that a formula draws, so that no file of it is kept. */
export interface DrawnPicture {
  readonly width: number;
  readonly height: number;
  /** Bytes of a pixel: grey, grey and alpha, RGB, RGBA. */
  readonly channels: 1 | 2 | 3 | 4;
  readonly bytes: Uint8Array;
}

function draw(
  width: number,
  height: number,
  channels: DrawnPicture['channels'],
  pixel: (x: number, y: number) => readonly number[],
): DrawnPicture {
  const bytes = new Uint8Array(width * height * channels);
  for (let i = 0; i < width * height; i++) bytes.set(pixel(i % width, Math.floor(i / width)), i * channels);
  return { width, height, channels, bytes };
}

const color = (x: number, y: number): readonly number[] =>
  x > 30 && x < 40 && y > 4 && y < 14 ? [250, 220, 10] : [x * 5, y * 6, 250 - 2 * x - 3 * y];
const grey = (x: number, y: number): number => (x > 30 && y > 20 ? 10 : 3 * x + 2 * y);
const alpha = (x: number, y: number): number => Math.min(255, 4 * x + 2 * y);

/** No symmetry, no edge of eight pixels, and at each corner another color. */
export const drawn = {
  rgb: draw(45, 35, 3, color),
  rgba: draw(45, 35, 4, (x, y) => [...color(x, y), alpha(x, y)]),
  grey: draw(45, 35, 1, (x, y) => [grey(x, y)]),
  greya: draw(45, 35, 2, (x, y) => [grey(x, y), alpha(x, y)]),
  tile: draw(64, 64, 3, color),
  large: draw(256, 192, 3, (x, y) => [x, y, 200 - (x >> 1)]),
} satisfies Record<string, DrawnPicture>;

export type DrawnName = keyof typeof drawn;

const COLOR_TYPES = { 1: 0, 2: 4, 3: 2, 4: 6 } as const;

/** A drawn picture as PNG, also with 16 bits a sample, both bytes alike: the same colors. */
export function drawnPng({ width, height, channels, bytes }: DrawnPicture, depth: 8 | 16 = 8): Uint8Array {
  const wide = depth / 8;
  const raw = Buffer.alloc(height * (1 + width * channels * wide));
  for (let i = 0, o = 0; i < bytes.length; i++) {
    if (i % (width * channels) === 0) o++;
    for (let b = 0; b < wide; b++) raw[o++] = bytes[i];
  }
  return png(width, height, COLOR_TYPES[channels], depth, raw);
}
