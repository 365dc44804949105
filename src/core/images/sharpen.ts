import type { RgbImage } from './preprocessing.ts';

/**
 * Unsharp masking: `pixel + amount * (pixel - blurred pixel)`, rounded and clipped to 8 bits, with a Gaussian blur that
 * repeats the pixels of the edge.
 * @param sigma of the Gaussian, in pixels, above 0
 */
export function sharpen(image: RgbImage, sigma: number, amount: number): RgbImage {
  const kernel = gaussian(sigma);
  const blur = blurredDown(blurredAcross(image, kernel), image, kernel);
  const data = new Uint8ClampedArray(image.data.length);
  addDetail(image.data, blur, amount, data);
  return { width: image.width, height: image.height, data: new Uint8Array(data.buffer) };
}

function addDetail(
  pixels: RgbImage['data'],
  blur: Float32Array,
  amount: number,
  into: Uint8ClampedArray,
): void {
  for (let i = 0; i < into.length; i++) into[i] = pixels[i] + amount * (pixels[i] - blur[i]);
}

/** Half of a Gaussian: the weight of a pixel and of those at distance 1, 2, ...; all taps together weigh 1. */
function gaussian(sigma: number): Float32Array {
  const half = Float32Array.from({ length: 1 + Math.ceil(2.5 * sigma) }, (_, i) =>
    Math.exp(-((i / sigma) ** 2) / 2),
  );
  const sum = half.reduce((total, weight, i) => total + (i === 0 ? weight : 2 * weight), 0);
  return half.map((weight) => weight / sum);
}

/** Blurs every row of [height, width, 3]. */
function blurredAcross({ data, width, height }: RgbImage, kernel: Float32Array): Float32Array {
  const reach = 3 * (kernel.length - 1);
  const stride = 3 * width;
  const padded = new Float32Array(stride + 2 * reach);
  const out = new Float32Array(stride * height);
  for (let y = 0; y < height; y++) {
    padRow(data.subarray(y * stride, (y + 1) * stride), padded, reach);
    blurRow(padded, out.subarray(y * stride, (y + 1) * stride), reach, kernel);
  }
  return out;
}

/** The row with its first and last pixel repeated `reach` elements far. */
function padRow(row: RgbImage['data'], into: Float32Array, reach: number): void {
  const last = row.length - 3;
  into.set(row, reach);
  for (let i = 0; i < reach; i++) {
    into[i] = row[i % 3];
    into[reach + row.length + i] = row[last + (i % 3)];
  }
}

function blurRow(padded: Float32Array, into: Float32Array, reach: number, kernel: Float32Array): void {
  for (let i = 0, p = reach; i < into.length; i++, p++) {
    let sum = kernel[0] * padded[p];
    for (let k = 1, d = 3; k < kernel.length; k++, d += 3) sum += kernel[k] * (padded[p - d] + padded[p + d]);
    into[i] = sum;
  }
}

/** Blurs every column of [height, width, 3]. */
function blurredDown(values: Float32Array, { width, height }: RgbImage, kernel: Float32Array): Float32Array {
  const stride = 3 * width;
  const out = new Float32Array(stride * height);
  for (let y = 0; y < height; y++) {
    const into = out.subarray(y * stride, (y + 1) * stride);
    for (let k = 0; k < kernel.length; k++) {
      const above = Math.max(y - k, 0) * stride;
      const below = Math.min(y + k, height - 1) * stride;
      addRows(values, above, below, k === 0 ? kernel[0] / 2 : kernel[k], into);
    }
  }
  return out;
}

function addRows(values: Float32Array, a: number, b: number, weight: number, into: Float32Array): void {
  for (let i = 0; i < into.length; i++) into[i] = into[i] + weight * (values[a + i] + values[b + i]);
}
