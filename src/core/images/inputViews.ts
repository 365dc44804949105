import { channelCount, type InputSpec } from './preprocessing.ts';
import { inputView } from './tensor.ts';

/** The input of the same image seen in a mirror. */
export function mirroredInput(input: ArrayBuffer, spec: InputSpec): ArrayBuffer {
  return rearranged(input, spec, (x, y) => [spec.width - 1 - x, y]);
}

/** Parts of an edge by which an image is moved. */
const PARTS = 16;

/** The input of the same image moved a little to the left and up; its last row and column go on. */
export function movedInput(input: ArrayBuffer, spec: InputSpec): ArrayBuffer {
  const { width, height } = spec;
  const by = Math.max(1, Math.round(Math.min(width, height) / PARTS));
  return rearranged(input, spec, (x, y) => [Math.min(width - 1, x + by), Math.min(height - 1, y + by)]);
}

/** @param from where the element comes from that stands at x, y */
function rearranged(
  input: ArrayBuffer,
  spec: InputSpec,
  from: (x: number, y: number) => readonly [x: number, y: number],
): ArrayBuffer {
  const { width, height, layout, preprocessing } = spec;
  const channels = channelCount(preprocessing.channels);
  const result = new ArrayBuffer(input.byteLength);
  const source = inputView(spec, input);
  const into = inputView(spec, result);
  const [step, next] = layout === 'nchw' ? [1, width * height] : [channels, 1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [fromX, fromY] = from(x, y);
      const here = (y * width + x) * step;
      const there = (fromY * width + fromX) * step;
      for (let c = 0; c < channels; c++) into[here + c * next] = source[there + c * next];
    }
  }
  return result;
}
