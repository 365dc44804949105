import type { Box, ResampleFilter, RgbImage } from './preprocessing.ts';

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
  const horizontal = columns
    ? resampleRows(image, columns, window.width, firstRow, lastRow)
    : copyColumns(image, window.left, window.width, firstRow, lastRow);

  // The buffer between the passes is used again, so it must not leave this function.
  const data = rows
    ? resampleColumns(horizontal, rows, window.width, window.height, firstRow)
    : horizontal.slice();
  image.toSrgb?.(data);
  return { width: window.width, height: window.height, data };
}

function wholeBox({ width, height }: RgbImage): Box {
  return { left: 0, top: 0, width, height };
}

/**
 * Which source positions an output position reads, and with what weights: `taps` positions from `start[i]` on, all of
 * them inside the source. Where fewer are needed, the weights of the others are zero.
 */
interface Coefficients {
  readonly start: Int32Array;
  /** Weight of tap `t` at output `i` stands at `i * taps + t`, as a fixed-point number of `PRECISION` bits. */
  readonly weights: Int32Array;
  readonly taps: number;
}

/** 32 bits less 8 for the pixel and 2 for overshoot and sign. */
const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);

/** Numbers of taps that have a loop of their own below; smaller ones are filled up to them. */
const UNROLLED = [2, 4] as const;

const SUPPORT: Record<ResampleFilter, number> = { bilinear: 1, bicubic: 2 };

const KERNEL: Record<ResampleFilter, (x: number) => number> = {
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
  let longest = 1;
  for (let i = 0; i < count; i++) longest = Math.max(longest, bounds(i)[1] - bounds(i)[0]);
  const taps = Math.min(inputSize, UNROLLED.find((n) => n >= longest) ?? longest);
  const start = new Int32Array(count);
  const weights = new Int32Array(count * taps);
  const exact = new Float64Array(longest);
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

/** A buffer for what lies between the two passes, kept from one small picture to the next: allocating it costs as much. */
let between = new Uint8ClampedArray(0);

function rowsBuffer(length: number): Uint8ClampedArray {
  if (length > KEEP_BYTES) return new Uint8ClampedArray(length);
  if (between.length < length) between = new Uint8ClampedArray(length);
  return between.subarray(0, length);
}

const KEEP_BYTES = 4 * 2 ** 20;

/**
 * Horizontal pass over source rows `firstRow` to `lastRow`; returns `[lastRow - firstRow, width, 3]` in the shared buffer.
 */
function resampleRows(
  image: RgbImage,
  columns: Coefficients,
  width: number,
  firstRow: number,
  lastRow: number,
): Uint8Array {
  const { start, weights, taps } = columns;
  const source = asBytes(image.data);
  const stride = image.width * 3;
  const out = rowsBuffer((lastRow - firstRow) * width * 3);
  // Columns outside, rows inside: a column's weights stay in registers down the whole picture.
  for (let x = 0; x < width; x++) {
    const w = x * taps;
    const first = firstRow * stride + start[x] * 3;
    let o = x * 3;
    if (taps === 2) {
      const w0 = weights[w];
      const w1 = weights[w + 1];
      for (let y = firstRow, s = first; y < lastRow; y++, s += stride, o += width * 3) {
        out[o] = (HALF + Math.imul(source[s], w0) + Math.imul(source[s + 3], w1)) >> PRECISION;
        out[o + 1] = (HALF + Math.imul(source[s + 1], w0) + Math.imul(source[s + 4], w1)) >> PRECISION;
        out[o + 2] = (HALF + Math.imul(source[s + 2], w0) + Math.imul(source[s + 5], w1)) >> PRECISION;
      }
    } else if (taps === 4) {
      const w0 = weights[w];
      const w1 = weights[w + 1];
      const w2 = weights[w + 2];
      const w3 = weights[w + 3];
      for (let y = firstRow, row = first; y < lastRow; y++, row += stride, o += width * 3) {
        for (let c = 0, s = row; c < 3; c++, s++) {
          out[o + c] =
            (HALF +
              Math.imul(source[s], w0) +
              Math.imul(source[s + 3], w1) +
              Math.imul(source[s + 6], w2) +
              Math.imul(source[s + 9], w3)) >>
            PRECISION;
        }
      }
    } else {
      for (let y = firstRow, row = first; y < lastRow; y++, row += stride, o += width * 3) {
        let r = HALF;
        let g = HALF;
        let b = HALF;
        for (let t = w, s = row; t < w + taps; t++, s += 3) {
          const weight = weights[t];
          r = (r + Math.imul(source[s], weight)) | 0;
          g = (g + Math.imul(source[s + 1], weight)) | 0;
          b = (b + Math.imul(source[s + 2], weight)) | 0;
        }
        out[o] = r >> PRECISION;
        out[o + 1] = g >> PRECISION;
        out[o + 2] = b >> PRECISION;
      }
    }
  }
  return asBytes(out);
}

/** Vertical pass over rows that begin at source row `firstRow`; returns `[height, width, 3]`. */
function resampleColumns(
  source: Uint8Array,
  rows: Coefficients,
  width: number,
  height: number,
  firstRow: number,
): Uint8Array {
  const { start, weights, taps } = rows;
  const stride = width * 3;
  const out = new Uint8ClampedArray(height * stride);
  const sums = new Int32Array(stride);
  for (let y = 0; y < height; y++) {
    const w = y * taps;
    const o = y * stride;
    const row = (start[y] - firstRow) * stride;
    if (taps === 2) {
      const w0 = weights[w];
      const w1 = weights[w + 1];
      for (let x = 0, s = row; x < stride; x++, s++) {
        out[o + x] = (HALF + Math.imul(source[s], w0) + Math.imul(source[s + stride], w1)) >> PRECISION;
      }
    } else if (taps === 4) {
      const w0 = weights[w];
      const w1 = weights[w + 1];
      const w2 = weights[w + 2];
      const w3 = weights[w + 3];
      for (let x = 0, s = row; x < stride; x++, s++) {
        out[o + x] =
          (HALF +
            Math.imul(source[s], w0) +
            Math.imul(source[s + stride], w1) +
            Math.imul(source[s + 2 * stride], w2) +
            Math.imul(source[s + 3 * stride], w3)) >>
          PRECISION;
      }
    } else {
      sums.fill(HALF);
      for (let t = 0; t < taps; t++) {
        const weight = weights[w + t];
        for (let x = 0, s = row + t * stride; x < stride; x++, s++) {
          sums[x] = (sums[x] + Math.imul(source[s], weight)) | 0;
        }
      }
      for (let x = 0; x < stride; x++) out[o + x] = sums[x] >> PRECISION;
    }
  }
  return asBytes(out);
}

/** The same memory as Uint8Array: one type of array keeps the loops above fast. */
function asBytes(data: Uint8Array | Uint8ClampedArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.length);
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
