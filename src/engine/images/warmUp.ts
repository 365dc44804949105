import { setFlagsFromString } from 'node:v8';
import { encode } from 'jpeg-js';
import { lookOf } from '../../core/images/imageFacts.ts';
import type { InputSpec, RgbImage } from '../../core/images/preprocessing.ts';
import { fillInput, type InputArray } from '../../core/images/tensor.ts';
import { decodeImage } from './decodeImage.ts';

/** Widths of the pictures, in widths of the input: the first is sharpened. */
const SIZES = [0.4, 1.3];
/** After about so many rounds the decoder and the loops are compiled with optimisation. */
const ROUNDS = 5;

/**
 * What is not compiled with optimisation by then is not worth it any more: in a run of a thousand images V8 would take a
 * twentieth of the processor's time for functions that run once an image. Loops over pixels reach this at once.
 */
const RELUCTANT = '--interrupt-budget=1000000';

/**
 * Decodes and resizes made-up photographs some times, so that the first images of a run do not wait for compilers:
 * without it, a thread's first ten take as long as the next fifty.
 *
 * @param into an input that the backbone takes; what it holds afterwards means nothing
 */
export async function warmUp(spec: InputSpec, into: InputArray): Promise<void> {
  // The first buffer that a thread gives away makes V8 throw away every compiled loop over arrays: better now than then.
  const given = new ArrayBuffer(1);
  structuredClone(given, { transfer: [given] });
  const pictures = SIZES.map((size) =>
    photograph(Math.ceil(size * spec.width), Math.ceil(size * spec.height)),
  );
  const file = encoded(pictures[1]);
  for (let i = 0; i < ROUNDS; i++) {
    lookOf(fillInput(await decodeImage(file), spec, into));
    for (const picture of pictures) lookOf(fillInput(picture, spec, into));
  }
  setFlagsFromString(RELUCTANT);
}

/** Detail in every block, so that the decoder has to do all of its work. */
function photograph(width: number, height: number): RgbImage {
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < data.length; i++) data[i] = Math.imul(i, 0x9e3779b1) >>> 24;
  return { width, height, data };
}

function encoded({ width, height, data }: RgbImage): Uint8Array {
  const rgba = new Uint8Array(4 * width * height).fill(255);
  for (let s = 0, o = 0; s < data.length; s++, o += s % 3 === 0 ? 2 : 1) rgba[o] = data[s];
  return new Uint8Array(encode({ width, height, data: rgba }, 75).data);
}
