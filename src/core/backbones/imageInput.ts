import { INPUT_TYPES, type InputLayout, type InputSpec, type InputType } from '../images/preprocessing.ts';
import { listed, phrase } from '../text/text.ts';
import { type GraphFacts, unsupported } from './backboneDescription.ts';

/** The image input of a classifier. */
export interface ImageInput {
  readonly name: string;
  readonly type: InputType;
  readonly layout: InputLayout;
  /** Undefined where the graph takes any size. */
  readonly height?: number | undefined;
  readonly width?: number | undefined;
  readonly fixedBatch?: number | undefined;
  readonly dims?: InputSpec['dims'];
}

const TYPES: readonly string[] = INPUT_TYPES;
/** @throws {SemapError} `unsupported-model` when the graph does not take exactly one RGB image. */
export function readImageInput(facts: GraphFacts, name: string): ImageInput {
  const { inputs } = facts;
  if (inputs.length !== 1) {
    const names = listed(inputs.map((input) => input.name));
    throw unsupported(phrase('{0} takes {1} inputs ({2}), not one image.', name, inputs.length, names));
  }
  const [input] = inputs;
  const { shape } = input;
  const dims = `[${shape.map((d) => (d === '' ? '?' : d)).join(', ')}]`;
  if (shape.length !== 4) {
    throw unsupported(
      phrase(
        'The input "{0}" of {1} has the shape {2}, which is not a batch of images.',
        input.name,
        name,
        dims,
      ),
    );
  }
  if (!TYPES.includes(input.type)) {
    throw unsupported(
      phrase(
        'The input "{0}" of {1} has the type {2}. SeMap supports {3}.',
        input.name,
        name,
        input.type,
        listed(INPUT_TYPES),
      ),
    );
  }
  const layout = layoutOf(shape);
  if (!layout) {
    const grey = shape[1] === 1 || shape[3] === 1;
    throw unsupported(
      grey
        ? phrase(
            'The input "{0}" of {1} has the shape {2}: one gray channel instead of three color channels.',
            input.name,
            name,
            dims,
          )
        : phrase(
            'The input "{0}" of {1} has the shape {2}, which has no three color channels.',
            input.name,
            name,
            dims,
          ),
    );
  }
  const [height, width] = layout === 'nchw' ? [shape[2], shape[3]] : [shape[1], shape[2]];
  const fixed = (d: number | string) => (typeof d === 'number' && d > 0 ? d : undefined);
  return {
    name: input.name,
    type: input.type as InputType,
    layout,
    height: fixed(height),
    width: fixed(width),
    fixedBatch: fixed(shape[0]),
  };
}

function layoutOf(shape: readonly (number | string)[]): InputLayout | undefined {
  if (shape[1] === 3) return 'nchw';
  if (shape[3] === 3) return 'nhwc';
  // Exports with every axis dynamic are channels-first as PyTorch's are, unless the last axis says otherwise.
  const open = (d: number | string) => typeof d === 'string' || d <= 0;
  if (/chan/i.test(String(shape[3])) && open(shape[3])) return 'nhwc';
  return open(shape[1]) ? 'nchw' : undefined;
}
