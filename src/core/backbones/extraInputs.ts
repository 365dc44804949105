import { SemapError } from '../errors.ts';
import type { ExtraInput } from '../onnx/passes/constantInputs.ts';
import { listed, phrase } from '../text/text.ts';
import { type GraphValue, unsupported } from './backboneDescription.ts';
import type { BackboneSidecar, NestedNumbers } from './backboneSidecar.ts';
import type { ImageInput } from './imageInput.ts';

const TYPES = 'float32 float16 float64 uint8 int8 uint16 int16 uint32 int32 uint64 int64 bool'.split(' ');

/** Beyond that an input is no setting. */
const MOST_VALUES = 10_000;

type Size = Pick<ImageInput, 'height' | 'width'>;

/** Names of the inputs beside the image whose values nobody has said and that are of no kind that is known. */
export function unsaidInputs({ others = [] }: ImageInput, { inputs }: BackboneSidecar): readonly string[] {
  return others
    .filter(({ name }) => !Object.hasOwn(inputs ?? {}, name))
    .filter((one) => usualValues(one, { height: 1, width: 1 }) === undefined)
    .map(({ name }) => name);
}

/**
 * What the inputs beside the image are given in every run.
 * @param name of the model
 * @throws {SemapError} `unsupported-model` for types that cannot be given, `invalid-description` for values that do not fit
 */
export function extraInputs(
  { others = [] }: ImageInput,
  { inputs = {} }: BackboneSidecar,
  size: Size,
  name: string,
): readonly ExtraInput[] | undefined {
  mustExist(others, Object.keys(inputs), name);
  if (others.length === 0) return undefined;
  return others.map((input) => {
    if (!TYPES.includes(input.type))
      throw unsupported(
        phrase(
          'The input "{0}" of {1} has the type {2}, and SeMap can give it only numbers.',
          input.name,
          name,
          input.type,
        ),
      );
    const said = Object.hasOwn(inputs, input.name) ? inputs[input.name] : undefined;
    if (said !== undefined) return { ...given(input, said, name), name: input.name, type: input.type };
    const dims = dimsOf(input);
    return { name: input.name, type: input.type, dims, values: usualValues(input, size) ?? zeros(dims) };
  });
}

function mustExist(others: readonly GraphValue[], said: readonly string[], name: string): void {
  const unknown = said.find((one) => !others.some((other) => other.name === one));
  if (unknown === undefined) return;
  throw new SemapError('invalid-description', phrase('{0} has no further input "{1}".', name, unknown), {
    hint:
      others.length > 0
        ? phrase('Its further inputs: {0}.', listed(others.map((other) => other.name)))
        : phrase('Remove it from the description.'),
  });
}

/** What is not fixed is one. */
function dimsOf({ shape }: GraphValue): number[] {
  return shape.map((d) => (typeof d === 'number' && d > 0 ? d : 1));
}

const productOf = (dims: readonly number[]) => dims.reduce((product, dim) => product * dim, 1);
const zeros = (dims: readonly number[]) => Array<number>(Math.min(productOf(dims), MOST_VALUES)).fill(0);

/** What exporters leave as inputs beside the image: switches of the training, what dropout keeps, the size of the image. */
function usualValues(input: GraphValue, { height, width }: Size): readonly number[] | undefined {
  const name = (input.name.split('/').at(-1) ?? '').replace(/:\d+$/, '').toLowerCase();
  const count = productOf(dimsOf(input));
  if (count > MOST_VALUES) return undefined;
  const all = (value: number) => Array<number>(count).fill(value);
  if (input.type === 'bool' || /train|phase/.test(name)) return all(0);
  if (/keep/.test(name)) return all(1);
  if (/drop/.test(name)) return all(/rate|prob|ratio/.test(name) ? 0 : 1);
  if (/scale_?factor/.test(name)) return all(1);
  if (/(?:im|img|image|input|pixel|picture)s?_?(?:size|shape|info|hw|dims?)$/.test(name)) {
    if (count === 2) return [height ?? 0, width ?? 0];
    if (count === 3 && name.endsWith('info')) return [height ?? 0, width ?? 0, 1];
  }
  return undefined;
}

function given(input: GraphValue, said: NestedNumbers, name: string): Pick<ExtraInput, 'dims' | 'values'> {
  const values = typeof said === 'number' ? [said] : (said.flat(8) as number[]);
  const lengths: number[] = [];
  for (let inner = said; typeof inner !== 'number'; inner = inner[0] ?? 0) lengths.push(inner.length);
  const same = lengths.length === input.shape.length;
  const dims = input.shape.map((d, axis) => (typeof d === 'number' && d > 0 ? d : same ? lengths[axis] : 1));
  const count = productOf(dims);
  const fits = values.length === count || values.length === 1;
  const isWhole = /^float/.test(input.type) || values.every(Number.isInteger);
  if (fits && isWhole && count <= MOST_VALUES)
    return { dims, values: values.length === 1 ? Array<number>(count).fill(values[0]) : values };
  throw new SemapError(
    'invalid-description',
    phrase(
      'The input "{0}" of {1} takes {2} as [{3}], and the value that is given does not fit.',
      input.name,
      name,
      input.type,
      input.shape.map((d) => (d === '' ? '?' : d)).join(', '),
    ),
    { hint: phrase('Correct "inputs" in the description, or give the value with --set-input.') },
  );
}
