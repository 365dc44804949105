import type { RgbImage } from './preprocessing.ts';

/**
 * How much of a picture is painted in one color: the share of pixels that are exactly as the one before them. Of photographs
 * few are, whatever their size and format, since cameras add noise; of drawings a third or more.
 */
export function flatness({ width, height, data }: RgbImage): number {
  let same = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 1; x < width; x++) {
      const at = 3 * (y * width + x);
      if (data[at] === data[at - 3] && data[at + 1] === data[at - 2] && data[at + 2] === data[at - 1]) same++;
    }
  }
  return width > 1 ? same / (height * (width - 1)) : 1;
}

/**
 * Whether pictures of these flatnesses are photographs, by the one in the middle. Measured on 50 pictures each: photographs
 * .01 to .12 (CIFAR-10, PACS, Caltech-101, Imagenette, EuroSAT), hands before a plain wall .28; cartoons .43, icons .62.
 */
export function arePhotographs(flatnesses: readonly number[]): boolean {
  if (flatnesses.length === 0) return false;
  const sorted = [...flatnesses].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] < 0.35;
}
