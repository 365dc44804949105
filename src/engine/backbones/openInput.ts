import path from 'node:path';
import type { ImageInput } from '../../core/backbones/imageInput.ts';
import type { InputLayout } from '../../core/images/preprocessing.ts';
import type { ExtraInput } from '../../core/onnx/passes/constantInputs.ts';
import { readChecked, writeChecked } from '../cacheFiles.ts';

interface Shape {
  readonly layout: InputLayout;
  readonly channels: number;
}

/** Whether a graph runs on images as an input says. */
export type Runs = (input: ImageInput) => Promise<boolean>;

const LAYOUTS: readonly InputLayout[] = ['nchw', 'nhwc'];
/** The likeliest first: a graph that takes colours takes no gray. */
const CHANNELS = [3, 1, 4];

/**
 * Layout and channels where the shape of an input leaves them open: those with which the graph runs. What still is not sure
 * then stays supposed. Remembered by the model's hash.
 */
export async function settleOpenInput(
  cacheFolder: string,
  sha256: string,
  input: ImageInput,
  extras: readonly ExtraInput[] | undefined,
  runs: Runs,
): Promise<ImageInput> {
  const { supposed = [], axes } = input;
  // Pixels in one row run in any order.
  if (supposed.length === 0 || axes?.includes('L')) return input;
  const file = path.join(cacheFolder, 'backbones', `${sha256}-input.json`);
  const { height, width, layout, channels } = input;
  const key = JSON.stringify([input.name, supposed, layout, channels, height, width, extras]);
  const known = ((await readChecked(file)) ?? {}) as Record<string, readonly Shape[]>;
  let shapes = Object.hasOwn(known, key) ? known[key] : undefined;
  if (!shapes) {
    shapes = await running(input, runs);
    await writeChecked(file, { ...known, [key]: shapes });
  }
  // What is wrong with a graph that runs with none is told where it is run.
  if (shapes.length === 0) return input;
  const [shape, other] = shapes;
  const { supposed: _, ...settled } = withShape(input, shape);
  return other ? { ...settled, supposed: ['layout'] } : settled;
}

async function running(input: ImageInput, runs: Runs): Promise<Shape[]> {
  const { supposed = [], layout, channels } = input;
  const layouts = supposed.includes('layout') ? LAYOUTS : [layout];
  for (const count of supposed.includes('channels') ? CHANNELS : [channels]) {
    const found: Shape[] = [];
    for (const one of layouts) {
      const shape = { layout: one, channels: count };
      if (await runs(withShape(input, shape))) found.push(shape);
    }
    if (found.length > 0) return found;
  }
  return [];
}

function withShape(input: ImageInput, { layout, channels }: Shape): ImageInput {
  const axes = layout === 'nchw' ? (['C', 'H', 'W'] as const) : (['H', 'W', 'C'] as const);
  return { ...input, layout, channels, ...(input.axes ? { axes } : {}) };
}
