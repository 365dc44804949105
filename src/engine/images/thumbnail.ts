import { encode } from 'jpeg-js';
import type { RgbImage } from '../../core/images/preprocessing.ts';
import { resize } from '../../core/images/resample.ts';

/** An image file in memory and its media type. */
export interface EncodedImage {
  readonly type: string;
  readonly bytes: Uint8Array;
}

const QUALITY = 80;

/** A JPEG of the picture whose longest edge is `size` pixels; a smaller picture keeps its size. */
export function encodeThumbnail(image: RgbImage, size: number): EncodedImage {
  const scale = Math.min(1, size / Math.max(image.width, image.height));
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  const small = resize(image, width, height, 'bilinear');
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let s = 0, o = 0; s < small.data.length; s += 3, o += 4) {
    rgba[o] = small.data[s];
    rgba[o + 1] = small.data[s + 1];
    rgba[o + 2] = small.data[s + 2];
  }
  const encoded = encode({ data: rgba, width, height }, QUALITY).data;
  // The encoder's buffer is a view on a shared pool; a copy of its own can be transferred.
  return { type: 'image/jpeg', bytes: Uint8Array.from(encoded) };
}
