import type { Box, ResampleFilter, RgbImage } from './preprocessing.ts';
import { type Coefficients, PRECISION, resample } from './resampleKernel.ts';

/** A rectangle of pixels inside an image. */
export interface Window {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Resizes 8-bit RGB as Pillow's `Image.resize` does: separable, antialiased (the support grows with the downscale
 * ratio), fixed-point coefficients, and rounding to 8 bits between the horizontal and the vertical pass
 * (Pillow, src/libImaging/Resample.c). What it returns is sRGB. With `window`, only that part of the result is computed and
 * returned. Of a reduced picture its exact box is resized (Pillow's `box`).
 * @param width width of the whole result in pixels, at least 1
 * @param height height of the whole result in pixels, at least 1
 * @param window a part of the result; must lie inside it
 */
export function resize(
  image: RgbImage,
  width: number,
  height: number,
  filter: ResampleFilter,
  window: Window = { left: 0, top: 0, width, height },
): RgbImage {
  const box = image.reduced?.box ?? wholeBox(image);
  const columns =
    width === image.width && !image.reduced
      ? undefined
      : coefficients(image.width, box.left, box.width, width, filter, window.left, window.width);
  const rows =
    height === image.height && !image.reduced
      ? undefined
      : coefficients(image.height, box.top, box.height, height, filter, window.top, window.height);

  // Only the source rows that the vertical pass will read go through the horizontal one.
  const firstRow = rows ? rows.start[0] : window.top;
  const lastRow = rows ? rows.start[window.height - 1] + rows.taps : window.top + window.height;
  const stride = columns ? image.width * 3 : window.width * 3;
  const source = columns
    ? image.data.subarray(firstRow * stride, lastRow * stride)
    : copyColumns(image, window.left, window.width, firstRow, lastRow);
  const lines = rows && { ...rows, start: rows.start.map((row) => row - firstRow) };
  const data = resample(source, stride, lastRow - firstRow, window.width, columns, lines);
  image.toSrgb?.(data);
  return { width: window.width, height: window.height, data };
}

function wholeBox({ width, height }: RgbImage): Box {
  return { left: 0, top: 0, width, height };
}

const SUPPORT: Record<ResampleFilter, number> = {
  nearest: 0.5,
  box: 0.5,
  bilinear: 1,
  hamming: 1,
  bicubic: 2,
  lanczos: 3,
};

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
const box = (x: number) => (x > -0.5 && x <= 0.5 ? 1 : 0);

const KERNEL: Record<ResampleFilter, (x: number) => number> = {
  nearest: box,
  box,
  hamming: (x) => (Math.abs(x) >= 1 ? 0 : sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x))),
  lanczos: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0),
  bilinear: (x) => Math.max(0, 1 - Math.abs(x)),
  // Keys' cubic convolution with a = -0.5.
  bicubic: (x) => {
    const a = -0.5;
    const d = Math.abs(x);
    if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
    if (d < 2) return (((d - 5) * d + 8) * d - 4) * a;
    return 0;
  },
};

/** Pillow's `precompute_coeffs` and `normalize_coeffs_8bpc` for outputs `first` to `first + count`. */
function coefficients(
  inputSize: number,
  boxStart: number,
  boxSize: number,
  outputSize: number,
  filter: ResampleFilter,
  first: number,
  count: number,
): Coefficients {
  const kernel = KERNEL[filter];
  const scale = boxSize / outputSize;
  const filterScale = Math.max(scale, 1);
  const support = SUPPORT[filter] * filterScale;
  const bounds = (i: number): readonly [from: number, to: number] => {
    const center = boxStart + (first + i + 0.5) * scale;
    const from = Math.max(0, Math.trunc(center - support + 0.5));
    return [from, Math.min(inputSize, Math.trunc(center + support + 0.5))];
  };
  let taps = 1;
  for (let i = 0; i < count; i++) taps = Math.max(taps, bounds(i)[1] - bounds(i)[0]);
  const start = new Int32Array(count);
  const weights = new Int32Array(count * taps);
  const exact = new Float64Array(taps);
  for (let i = 0; i < count; i++) {
    const center = boxStart + (first + i + 0.5) * scale;
    const [from, to] = bounds(i);
    let sum = 0;
    for (let t = 0; t < to - from; t++) {
      exact[t] = kernel((t + from - center + 0.5) * (1 / filterScale));
      sum += exact[t];
    }
    start[i] = Math.min(from, inputSize - taps);
    const w = i * taps + from - start[i];
    for (let t = 0; t < to - from; t++) {
      const fixed = (sum === 0 ? exact[t] : exact[t] / sum) * (1 << PRECISION);
      weights[w + t] = Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    }
  }
  return { start, weights, taps };
}

/** The weights of one axis of a resize as a whole matrix, row-major [count, inputSize]: of what `resize` reads for each pixel. */
export function denseWeights(
  inputSize: number,
  outputSize: number,
  filter: ResampleFilter,
  first: number,
  count: number,
): Float32Array {
  const { start, weights, taps } = coefficients(inputSize, 0, inputSize, outputSize, filter, first, count);
  const matrix = new Float32Array(count * inputSize);
  for (let i = 0; i < count; i++) {
    for (let t = 0; t < taps; t++)
      matrix[i * inputSize + start[i] + t] = weights[i * taps + t] / 2 ** PRECISION;
  }
  return matrix;
}

/** A rectangle of the source, unchanged. */
function copyColumns(
  image: RgbImage,
  left: number,
  width: number,
  firstRow: number,
  lastRow: number,
): Uint8Array {
  const out = new Uint8Array((lastRow - firstRow) * width * 3);
  for (let y = firstRow; y < lastRow; y++) {
    const from = (y * image.width + left) * 3;
    out.set(image.data.subarray(from, from + width * 3), (y - firstRow) * width * 3);
  }
  return out;
}
