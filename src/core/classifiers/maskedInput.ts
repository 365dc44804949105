import { channelCount, type InputSpec } from '../images/preprocessing.ts';
import { writeGraph } from '../onnx/writeGraph.ts';
import { maskNodes } from '../prompts/maskNetwork.ts';
import { type InputPrompt, inputPrompt } from '../prompts/promptInput.ts';
import { Sketch } from './sketch.ts';

/** Names in the graph of {@link maskedInputModel}. */
export const MASKED_INPUT = { images: 'images', fed: 'fed', mask: 'mask' } as const;

/** Of its graph; operators in it have not changed since. */
const OPSET = 13;
const IR_VERSION = 7;

/**
 * The graph that stands before a backbone whose prompt is under a mask: what images fill (float32 [N, C, H, W], normalized)
 * in; out, what the backbone is fed, and the mask [N, C, H, W].
 */
export function maskedInputModel(spec: InputSpec, prompt: InputPrompt): Uint8Array {
  const { height, width, layout, preprocessing } = spec;
  const s = new Sketch(OPSET);
  const { whole, mask } = maskedImages(s, MASKED_INPUT.images, spec, prompt);
  const laid = layout === 'nchw' ? whole : s.op('Transpose', [whole], { perm: [0, 2, 3, 1] });
  s.name(typedInput(s, laid, spec), MASKED_INPUT.fed);
  s.name(mask, MASKED_INPUT.mask);
  const dims = ['N', channelCount(preprocessing.channels), height, width];
  return writeGraph({
    inputs: [{ name: MASKED_INPUT.images, type: 'float32', dims }],
    outputs: [MASKED_INPUT.fed, MASKED_INPUT.mask],
    nodes: s.nodes,
    constants: s.constants,
    types: new Map(),
    irVersion: IR_VERSION,
    opsets: new Map([['', OPSET]]),
  });
}

/** Normalized images [N, C, H, W] with their prompt, as much of it as the mask of each says. */
export function masked(s: Sketch, images: string, spec: InputSpec): string {
  return maskedImages(s, images, spec, inputPrompt(spec, spec.prompt!)).whole;
}

function maskedImages(s: Sketch, images: string, spec: InputSpec, { added, network }: InputPrompt) {
  const { height, width, preprocessing } = spec;
  const maker = {
    op: s.op.bind(s),
    ints: (values: readonly number[]) => s.ints(...values),
    floats: s.floats.bind(s),
    numbers: (from: number, to: number, dims: readonly number[]) => s.floats(network!.slice(from, to), dims),
  };
  const mask = maskNodes(maker, images, spec);
  const shared = s.floats(added, [channelCount(preprocessing.channels), height, width]);
  return { whole: s.op('Add', [images, s.op('Mul', [shared, mask])]), mask };
}

/** In the element type and the shape that the backbone wants. */
export function typedInput(s: Sketch, value: string, spec: InputSpec): string {
  const { type } = spec;
  if (type === 'float32') return shapedInput(s, value, spec);
  const bounds = BOUNDS[type];
  if (!bounds) return shapedInput(s, s.cast(value, type), spec);
  const [low, high] = bounds;
  const whole = s.op('Clip', [s.op('Round', [value]), s.float(low), s.float(high)]);
  return shapedInput(s, s.cast(whole, type), spec);
}

/** Of graphs that take no [N, C, H, W] or [N, H, W, C]. */
export function shapedInput(s: Sketch, value: string, { dims }: InputSpec): string {
  if (!dims) return value;
  return s.op('Reshape', [value, s.ints(...dims.map((one) => (one === 'N' ? -1 : one)))]);
}

/** Whole numbers that a type holds, as far as float32 has them. */
const BOUNDS: Readonly<Partial<Record<InputSpec['type'], readonly [number, number]>>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65_535],
  int16: [-32_768, 32_767],
  int32: [-(2 ** 31), 2 ** 31 - 128],
  int64: [-(2 ** 31), 2 ** 31 - 128],
};
