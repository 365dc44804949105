import type { RgbImage } from '../../core/images/preprocessing.ts';

/** A frame of an animation on its white canvas; what lies outside the canvas is cut off. */
export function placeOnWhite(
  frame: RgbImage,
  width: number,
  height: number,
  left: number,
  top: number,
): RgbImage {
  if (left === 0 && top === 0 && frame.width === width && frame.height === height) return frame;
  const data = new Uint8Array(width * height * 3).fill(255);
  const columns = Math.max(0, Math.min(frame.width, width - left));
  const rows = Math.max(0, Math.min(frame.height, height - top));
  for (let y = 0; y < rows; y++) {
    const from = y * frame.width * 3;
    data.set(frame.data.subarray(from, from + columns * 3), ((y + top) * width + left) * 3);
  }
  return { width, height, data };
}
