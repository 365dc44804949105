import { encode } from 'jpeg-js';
import type { InputSpec } from '../../core/images/preprocessing.ts';
import { fillInput, type InputArray } from '../../core/images/tensor.ts';
import { decodeImage } from './decodeImage.ts';

const WIDTH = 400;
const HEIGHT = 300;
/** After about this many pictures the decoder and the resizing loops are compiled with optimisation. */
const PICTURES = 10;

/**
 * Decodes and resizes a made-up photograph some times, so that the first images of a run do not wait for compilers:
 * without it, a thread's first ten take as long as the next fifty.
 *
 * @param into an input that the backbone takes; what it holds afterwards means nothing
 */
export async function warmUp(spec: InputSpec, into: InputArray): Promise<void> {
  const picture = new Uint8Array(encode({ width: WIDTH, height: HEIGHT, data: texture() }, 75).data);
  for (let i = 0; i < PICTURES; i++) fillInput(await decodeImage(picture), spec, into);
}

/** RGBA with detail in every block, so that the decoder has to do all of its work. */
function texture(): Uint8Array {
  const data = new Uint8Array(WIDTH * HEIGHT * 4);
  for (let y = 0, o = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++, o += 4) {
      data[o] = 128 + 90 * Math.sin(x * 0.31 + y * 0.07);
      data[o + 1] = 128 + 90 * Math.sin(y * 0.23 - x * 0.11);
      data[o + 2] = 128 + 90 * Math.sin((x + y) * 0.17);
      data[o + 3] = 255;
    }
  }
  return data;
}
