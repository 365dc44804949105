import type { RgbImage } from './preprocessing.ts';

/** `color` with opacity `alpha` (0 to 255, not premultiplied) on white, rounded. */
export function onWhite(color: number, alpha: number): number {
  return Math.round((color * alpha) / 255) + 255 - alpha;
}

/** RGBA pixels on white. */
export function rgbaOnWhite(width: number, height: number, rgba: Uint8Array | Uint8ClampedArray): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let s = 0, o = 0; o < data.length; s += 4, o += 3) {
    const alpha = rgba[s + 3];
    if (alpha === 255) {
      data[o] = rgba[s];
      data[o + 1] = rgba[s + 1];
      data[o + 2] = rgba[s + 2];
    } else {
      data[o] = onWhite(rgba[s], alpha);
      data[o + 1] = onWhite(rgba[s + 1], alpha);
      data[o + 2] = onWhite(rgba[s + 2], alpha);
    }
  }
  return { width, height, data };
}

/** RGBA pixels whose alpha is known to be 255. */
export function opaqueRgb(width: number, height: number, rgba: Uint8Array | Uint8ClampedArray): RgbImage {
  const data = new Uint8Array(width * height * 3);
  dropAlpha(rgba, data, data.length);
  return { width, height, data };
}

function dropAlpha(rgba: Uint8Array | Uint8ClampedArray, into: Uint8Array, length: number): void {
  for (let s = 0, o = 0; o < length; s += 4, o += 3) {
    into[o] = rgba[s];
    into[o + 1] = rgba[s + 1];
    into[o + 2] = rgba[s + 2];
  }
}
