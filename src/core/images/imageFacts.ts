import type { RgbImage } from './preprocessing.ts';

/** How a picture looks as a backbone gets it: both are whole quarters of grey levels, 63.75 at most. */
export interface Look {
  /** Standard deviation of its grey levels. */
  readonly spread: number;
  /** By how many grey levels a pixel differs from the one to its right, on average. */
  readonly detail: number;
}

/** What is known of a picture beside what a backbone says of it. */
export interface ImageFacts extends Look {
  /** Pixels of the whole picture, upright. */
  readonly width: number;
  readonly height: number;
}

/** So many rows and columns are looked at, about: a picture for a backbone has some hundred of each. */
const ROWS = 48;
const COLUMNS = 96;
const STEPS = 4;
const MOST = 255;

/** How a picture that was resized for a backbone looks, by some of its pixels. */
export function lookOf({ width, height, data }: RgbImage): Look {
  const down = Math.max(1, Math.floor(height / ROWS));
  const across = Math.max(1, Math.floor(width / COLUMNS));
  let count = 0;
  let sum = 0;
  let squares = 0;
  let pairs = 0;
  let differences = 0;
  for (let y = down >> 1; y < height; y += down) {
    for (let x = 0; x < width; x += across) {
      const at = 3 * (y * width + x);
      const grey = (77 * data[at] + 150 * data[at + 1] + 29 * data[at + 2]) / 256;
      count++;
      sum += grey;
      squares += grey * grey;
      if (x + 1 === width) continue;
      pairs++;
      differences += Math.abs(grey - (77 * data[at + 3] + 150 * data[at + 4] + 29 * data[at + 5]) / 256);
    }
  }
  const mean = sum / count;
  return {
    spread: quarters(Math.sqrt(Math.max(0, squares / count - mean * mean))),
    detail: quarters(pairs > 0 ? differences / pairs : 0),
  };
}

function quarters(levels: number): number {
  return Math.min(MOST, Math.round(levels * STEPS)) / STEPS;
}

/** A look as 16 bits, which is how many of them are kept. */
export function packedLook({ spread, detail }: Look): number {
  return ((spread * STEPS) << 8) | (detail * STEPS);
}

/** What {@link packedLook} made of a look. */
export function unpackedLook(packed: number): Look {
  return { spread: (packed >> 8) / STEPS, detail: (packed & MOST) / STEPS };
}
