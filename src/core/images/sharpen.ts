import type { RgbImage } from './preprocessing.ts';

/**
 * Unsharp masking: `pixel + amount * (pixel - blurred pixel)`, rounded and clipped to 8 bits, with a Gaussian blur that
 * repeats the pixels of the edge.
 *
 * @param sigma of the Gaussian, in pixels, above 0
 */
export function sharpen(image: RgbImage, sigma: number, amount: number): RgbImage {
  const kernel = gaussian(sigma);
  const across = blurred(image.data, image, 3, image.width, kernel);
  const blur = blurred(across, image, 3 * image.width, image.height, kernel);
  const data = new Uint8ClampedArray(image.data.length);
  for (let i = 0; i < data.length; i++) data[i] = image.data[i]! + amount * (image.data[i]! - blur[i]!);
  return { width: image.width, height: image.height, data: new Uint8Array(data.buffer) };
}

/** Half of a Gaussian: the weight of a pixel and of those at distance 1, 2, ...; all taps together weigh 1. */
function gaussian(sigma: number): Float32Array {
  const half = Float32Array.from({ length: 1 + Math.ceil(2.5 * sigma) }, (_, i) =>
    Math.exp(-((i / sigma) ** 2) / 2),
  );
  const sum = half.reduce((total, weight, i) => total + (i === 0 ? weight : 2 * weight), 0);
  return half.map((weight) => weight / sum);
}

/** Blurs along one axis: `step` elements lie between neighbours, of which there are `length`. */
function blurred(
  values: ArrayLike<number>,
  { width, height }: RgbImage,
  step: number,
  length: number,
  kernel: Float32Array,
): Float32Array {
  const out = new Float32Array(3 * width * height);
  for (let i = 0; i < out.length; i++) {
    const at = Math.floor(i / step) % length;
    const first = i - at * step;
    const last = first + (length - 1) * step;
    let sum = kernel[0]! * values[i]!;
    for (let k = 1, d = step; k < kernel.length; k++, d += step) {
      sum += kernel[k]! * (values[Math.max(i - d, first)]! + values[Math.min(i + d, last)]!);
    }
    out[i] = sum;
  }
  return out;
}
