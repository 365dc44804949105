import type { RgbImage } from './preprocessing.ts';

/** How a picture looks as a backbone gets it. */
export interface Look {
  /** Standard deviation of its grey levels, in quarters, 63.75 at most. */
  readonly spread: number;
  /** By how many grey levels a pixel differs from the one to its right, on average; in quarters, 63.75 at most. */
  readonly detail: number;
  /** Where it is light and dark, as {@link SHAPE_BYTES} characters; see {@link shapeLevels}. */
  readonly shape: string;
}

/** What is known of a picture beside what a backbone says of it. */
export interface ImageFacts extends Look {
  /** Pixels of the whole picture, upright. */
  readonly width: number;
  readonly height: number;
}

/** Characters of a shape, each of a byte. */
export const SHAPE_BYTES = 32;

/** A shape has so many squares a side. */
const SIDE = 8;
const SQUARES = SIDE * SIDE;
/** The level of a square is kept in 4 bits: so many steps a standard deviation, 0 for the mean. */
const LEVELS = 3;
const MIDDLE = 8;
const HIGHEST = 7;

/** So many rows and columns are looked at, about: a picture for a backbone has some hundred of each. */
const ROWS = 32;
const COLUMNS = 64;
/** The weights of the colors in a grey level. */
const WHOLE = 77 + 150 + 29;
const STEPS = 4;
/** Places in the totals of a picture. */
const SQUARED = 0;
const DIFFERENT = 1;
const MOST = 255;

/** How a picture that was resized for a backbone looks, by some of its pixels. */
export function lookOf({ width, height, data }: RgbImage): Look {
  const down = Math.max(1, Math.floor(height / ROWS));
  const across = Math.max(1, Math.floor(width / COLUMNS));
  const sums = new Float64Array(SQUARES);
  const counts = new Float64Array(SQUARES);
  // In an array of doubles: V8 throws the compiled loop away whenever a variable outgrows the small integers.
  const totals = new Float64Array(2);
  let pairs = 0;
  for (let y = down >> 1; y < height; y += down) {
    const row = Math.floor((y * SIDE) / height) * SIDE;
    // A stretch of the row in each square of it; the last pixel of the row has none to its right.
    for (let column = 0, x = 0; column < SIDE; column++) {
      const end = Math.ceil(((column + 1) * width) / SIDE);
      let sum = 0;
      let count = 0;
      for (; x < end; x += across, count++) {
        const at = 3 * (y * width + x);
        const grey = 77 * data[at] + 150 * data[at + 1] + 29 * data[at + 2];
        sum += grey;
        totals[SQUARED] += grey * grey;
        if (x + 1 === width) continue;
        pairs++;
        totals[DIFFERENT] += Math.abs(grey - 77 * data[at + 3] - 150 * data[at + 4] - 29 * data[at + 5]);
      }
      sums[row + column] += sum;
      counts[row + column] += count;
    }
  }
  const count = counts.reduce((all, some) => all + some, 0);
  const mean = sums.reduce((all, some) => all + some, 0) / count;
  const [squares, differences] = totals;
  return {
    spread: quarters(Math.sqrt(Math.max(0, squares / count - mean * mean)) / WHOLE),
    detail: quarters(pairs > 0 ? differences / pairs / WHOLE : 0),
    shape: shapeOf(sums.map((sum, square) => (counts[square] > 0 ? sum / counts[square] - mean : 0))),
  };
}

function quarters(levels: number): number {
  return Math.min(MOST, Math.round(levels * STEPS)) / STEPS;
}

/** @param levels of the squares, less the mean of the picture, in any unit */
function shapeOf(levels: Float64Array): string {
  const deviation = Math.sqrt(levels.reduce((sum, level) => sum + level * level, 0) / SQUARES);
  const nibble = (square: number) => {
    const level = deviation > 0 ? Math.round((levels[square] / deviation) * LEVELS) : 0;
    return MIDDLE + Math.max(-HIGHEST, Math.min(HIGHEST, level));
  };
  let shape = '';
  for (let square = 0; square < SQUARES; square += 2)
    shape += String.fromCharCode((nibble(square) << 4) | nibble(square + 1));
  return shape;
}

/** Writes the levels of the squares of a shape, row by row: whole numbers, 0 for the mean of the picture. */
export function shapeLevels(shape: string, into: Int8Array): void {
  for (let square = 0; square < SQUARES; square++) {
    const byte = shape.charCodeAt(square >> 1);
    into[square] = (square % 2 === 0 ? byte >> 4 : byte & 15) - MIDDLE;
  }
}

/** Spread and detail of a look as 16 bits, which is how many of them are kept. */
export function packedLook({ spread, detail }: Pick<Look, 'spread' | 'detail'>): number {
  return ((spread * STEPS) << 8) | (detail * STEPS);
}

/** What {@link packedLook} made of a look. */
export function unpackedLook(packed: number): Pick<Look, 'spread' | 'detail'> {
  return { spread: (packed >> 8) / STEPS, detail: (packed & MOST) / STEPS };
}
