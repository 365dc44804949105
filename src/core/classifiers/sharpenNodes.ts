import { SHARPEN_AMOUNT } from '../images/tensor.ts';
import type { Pixels } from './pictures.ts';
import type { Sketch } from './sketch.ts';

/** See `sharpen`: pixel + amount (pixel - blurred pixel). @param sigma of the Gaussian, a float */
export function sharpened(s: Sketch, { value, layout, type }: Pixels, sigma: string): Pixels {
  const planes =
    layout === 'nchw' ? value : s.cast(s.op('Transpose', [value], { perm: [0, 3, 1, 2] }), 'float32');
  const radius = s.op('Ceil', [s.op('Mul', [sigma, s.float(2.5)])]);
  const across = blurred(s, planes, 3, sigma, radius);
  const both = blurred(s, across, 2, sigma, radius);
  const detail = s.op('Mul', [s.op('Sub', [planes, both]), s.float(SHARPEN_AMOUNT)]);
  const sharp = s.op('Clip', [s.op('Round', [s.op('Add', [planes, detail])]), s.float(0), s.float(255)]);
  if (layout === 'nchw') return { value: sharp, layout, type };
  return { value: s.op('Transpose', [s.cast(sharp, 'uint8')], { perm: [0, 2, 3, 1] }), layout, type };
}

/** A Gaussian along an axis, which repeats the pixels of the edge. */
function blurred(s: Sketch, planes: string, axis: 2 | 3, sigma: string, radius: string): string {
  const [zero, one] = [s.float(0), s.float(1)];
  const reach = s.op('Reshape', [s.cast(radius, 'int64'), s.ints(1)]);
  const none = s.ints(0, 0, 0);
  const pads =
    axis === 3
      ? s.op('Concat', [none, reach, none, reach], { axis: 0 })
      : s.op('Concat', [s.ints(0, 0), reach, none, reach, s.ints(0)], { axis: 0 });
  const padded = s.op('Pad', [planes, pads], { mode: 'edge' });
  const shape = s.op('Shape', [planes]);
  const length = s.cast(s.op('Gather', [shape, s.index(axis)]), 'float32');
  const outputs = s.op('Unsqueeze', [s.op('Range', [zero, length, one]), s.ints(1)]);
  const flat = s.op('Reshape', [radius, s.noDims()]);
  const wide = s.op('Add', [length, s.op('Add', [flat, flat])]);
  const inputs = s.op('Sub', [s.op('Range', [zero, wide, one]), flat]);
  const distance = s.op('Sub', [inputs, outputs]);
  const steps = s.op('Div', [distance, sigma]);
  const bell = s.op('Exp', [s.op('Mul', [s.op('Mul', [steps, steps]), s.float(-0.5)])]);
  const within = s.op('LessOrEqual', [s.op('Abs', [distance]), radius]);
  const weights = s.op('Where', [within, bell, zero]);
  const kernel = s.op('Div', [weights, s.reduce('ReduceSum', weights, [1])]);
  if (axis === 2) return s.op('MatMul', [kernel, padded]);
  return s.op('MatMul', [padded, s.op('Transpose', [kernel], { perm: [1, 0] })]);
}
