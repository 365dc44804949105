import { channelPlan, type InputSpec, isGray } from '../images/preprocessing.ts';

/** A mask [C, H, W] of a backbone's channels as one of red, green and blue [3, H, W]. */
export function maskInRgb(mask: Float32Array, { height, width, preprocessing }: InputSpec): Float32Array {
  const plane = height * width;
  const plan = channelPlan(preprocessing.channels);
  const result = new Float32Array(3 * plane);
  for (let colour = 0; colour < 3; colour++) {
    const of = isGray(preprocessing.channels) ? 0 : colour;
    const channel = plan.findIndex((one) => !one.alpha && one.of === of);
    result.set(mask.subarray(channel * plane, (channel + 1) * plane), colour * plane);
  }
  return result;
}

/** Where a mask is 0. */
const NOTHING = 128;
/** Grey levels of a mask of 1: white is twice the prompt. */
const ONCE = 64;

/** A mask [3, H, W] as bytes [H, W, 3], for looking at: gray is 0, white 2 and more, black -2 and less. */
export function maskPicture(mask: Float32Array): Uint8Array {
  const plane = mask.length / 3;
  return Uint8Array.from({ length: mask.length }, (_, i) => {
    const value = NOTHING + ONCE * mask[(i % 3) * plane + Math.floor(i / 3)];
    return Math.max(0, Math.min(255, Math.round(value)));
  });
}
