import type { Box, RgbImage } from './preprocessing.ts';
import { type Coefficients, PRECISION, resample } from './resampleKernel.ts';
import { axisWeights, type Resampling, type ResizeAxis, type Weights } from './resampleWeights.ts';

/** A rectangle of pixels inside an image. */
export interface Window {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Pixels as `RgbImage` has them, but neither rounded nor kept in the range of 8 bits. */
export interface FloatImage {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** What of an image is resized to what. */
export interface Resize {
  /** Size of the whole result in pixels, at least 1. */
  readonly width: number;
  readonly height: number;
  /** The part of the result that is computed and returned; it lies inside. Absent: all. */
  readonly window?: Window | undefined;
  /** The part of the image that becomes the whole result, in pixels of its full size; nothing beside it is read. Absent: all. */
  readonly source?: Box | undefined;
}

/**
 * Resizes 8-bit RGB as Pillow's `Image.resize` does: separable, antialiased (the support grows with the downscale
 * ratio), fixed-point coefficients, and rounding to 8 bits between the horizontal and the vertical pass
 * (Pillow, src/libImaging/Resample.c). Without antialiasing there is one rounding, at the end. What it returns is sRGB.
 * Of a reduced picture its exact box is resized (Pillow's `box`).
 */
export function resize(image: RgbImage, to: Resize, how: Resampling): RgbImage {
  if (how.antialias === false && how.filter !== 'nearest') {
    return roundedPixels(resizeFloats(image, to, how));
  }
  const window = windowOf(to);
  const [across, down] = axesOf(image, to, window);
  const columns = across && fixedPoint(axisWeights(across, how));
  const rows = down && fixedPoint(axisWeights(down, how));

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

/** The same without rounding: as tensors of floats are resized. */
export function resizeFloats(image: RgbImage, to: Resize, how: Resampling): FloatImage {
  const window = windowOf(to);
  const { width, height } = window;
  const [across, down] = axesOf(image, to, window);
  const columns = across ? axisWeights(across, how) : unchanged(window.left, width);
  const rows = down ? axisWeights(down, how) : unchanged(window.top, height);
  const stride = image.width * 3;
  const line = new Uint8Array(stride);
  const between = new Map<number, Float32Array>();
  /** A row of the source after the horizontal pass. */
  const rowAt = (y: number): Float32Array => {
    const known = between.get(y);
    if (known) return known;
    line.set(image.data.subarray(y * stride, (y + 1) * stride));
    image.toSrgb?.(line);
    const made = new Float32Array(width * 3);
    addColumns(line, columns, made);
    between.set(y, made);
    return made;
  };
  const data = new Float32Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const into = data.subarray(y * width * 3, (y + 1) * width * 3);
    for (const known of between.keys()) if (known < rows.start[y]) between.delete(known);
    for (let t = 0; t < rows.taps; t++) {
      const weight = rows.weights[y * rows.taps + t];
      if (weight === 0) continue;
      const row = rowAt(rows.start[y] + t);
      addRow(row, weight, into);
    }
  }
  return { width, height, data };
}

/** To 8 bits, halves to even. */
export function roundedPixels({ width, height, data }: FloatImage): RgbImage {
  return { width, height, data: new Uint8Array(new Uint8ClampedArray(data).buffer) };
}

function addColumns(row: Uint8Array, { start, weights, taps }: Weights, into: Float32Array): void {
  for (let x = 0, w = 0; x < start.length; x++) {
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let t = 0, s = 3 * start[x]; t < taps; t++, w++, s += 3) {
      red += weights[w] * row[s];
      green += weights[w] * row[s + 1];
      blue += weights[w] * row[s + 2];
    }
    into[3 * x] = red;
    into[3 * x + 1] = green;
    into[3 * x + 2] = blue;
  }
}

function addRow(row: Float32Array, weight: number, into: Float32Array): void {
  for (let i = 0; i < into.length; i++) into[i] += weight * row[i];
}

function unchanged(first: number, count: number): Weights {
  const start = Int32Array.from({ length: count }, (_, i) => first + i);
  return { start, weights: new Float64Array(count).fill(1), taps: 1 };
}

function windowOf({ width, height, window }: Resize): Window {
  return window ?? { left: 0, top: 0, width, height };
}

/** Columns and rows; undefined where they stay as they are. */
function axesOf(
  image: RgbImage,
  { width, height, source }: Resize,
  window: Window,
): readonly [ResizeAxis | undefined, ResizeAxis | undefined] {
  const box = source ? insideOf(image, source) : (image.reduced?.box ?? wholeBox(image));
  const axis = (
    inputSize: number,
    boxStart: number,
    boxSize: number,
    outputSize: number,
    first: number,
    count: number,
  ): ResizeAxis | undefined => {
    if (boxStart === 0 && boxSize === inputSize && outputSize === inputSize) return undefined;
    const limits = source
      ? ([Math.max(0, Math.floor(boxStart)), Math.min(inputSize, Math.ceil(boxStart + boxSize))] as const)
      : undefined;
    return { inputSize, boxStart, boxSize, outputSize, first, count, limits };
  };
  return [
    axis(image.width, box.left, box.width, width, window.left, window.width),
    axis(image.height, box.top, box.height, height, window.top, window.height),
  ];
}

function wholeBox({ width, height }: { readonly width: number; readonly height: number }): Box {
  return { left: 0, top: 0, width, height };
}

/** A part of a picture's full size in the pixels that were decoded. */
function insideOf(image: RgbImage, part: Box): Box {
  const { reduced } = image;
  if (!reduced) return part;
  const [x, y] = [reduced.box.width / reduced.width, reduced.box.height / reduced.height];
  return {
    left: reduced.box.left + part.left * x,
    top: reduced.box.top + part.top * y,
    width: part.width * x,
    height: part.height * y,
  };
}

/** Pillow's `normalize_coeffs_8bpc`. */
function fixedPoint({ start, weights, taps }: Weights): Coefficients {
  const fixed = new Int32Array(weights.length);
  for (let i = 0; i < weights.length; i++) {
    const exact = weights[i] * (1 << PRECISION);
    fixed[i] = Math.trunc(exact < 0 ? exact - 0.5 : exact + 0.5);
  }
  return { start, weights: fixed, taps };
}

/**
 * The weights of one axis of a resize as a whole matrix, row-major [count, inputSize]: of what `resize` reads for each pixel,
 * or of what `resizeFloats` does.
 */
export function denseWeights(axis: ResizeAxis, how: Resampling): Float32Array {
  const { start, weights, taps } = axisWeights(axis, how);
  const isFixed = how.antialias !== false && how.rounded !== false;
  const matrix = new Float32Array(axis.count * axis.inputSize);
  for (let i = 0; i < weights.length; i++) {
    const at = Math.floor(i / taps);
    const exact = weights[i];
    const weight = isFixed ? Math.round(exact * 2 ** PRECISION) / 2 ** PRECISION : exact;
    matrix[at * axis.inputSize + start[at] + (i % taps)] = weight;
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
