import { SemapError } from '../errors.ts';
import { CHANNEL_ORDERS, FILTERS, PILLOW_FILTERS } from '../images/preprocessing.ts';
import { LONGEST_LABEL } from '../labels/labelEntry.ts';
import { isWithinRange, type Range } from '../mapping/ranges.ts';
import { OUTPUT_KINDS } from '../onnx/scoreReading.ts';
import { closestName } from '../text/closestName.ts';
import { listed, phrase, type Text, type TextValue } from '../text/text.ts';
import {
  type BackboneSidecar,
  isPixels,
  MOST_PIXELS,
  type NestedNumbers,
  ranges,
  type SidecarPreprocessing,
  type SidecarSize,
  type SidecarText,
  said,
} from './backboneSidecar.ts';

/**
 * Checks what was read from a sidecar file. A field that does not exist is an error and not ignored: it is nearly
 * always a typo, and the figures would silently be wrong.
 * @param source names the file in messages
 * @throws {SemapError} `invalid-description`
 */
export function parseBackboneSidecar(value: unknown, source: string): BackboneSidecar {
  const at = new Checker(source);
  const what = phrase('The description');
  const sidecar = at.record(value, what, FIELDS);
  const field = fieldsOf(sidecar);
  return said({
    labels: field('labels', (v) => at.labels(v)),
    preprocessing: field('preprocessing', (v) => at.preprocessing(v)),
    layout: field('layout', (v) => at.oneOf(v, 'layout', ['nchw', 'nhwc'] as const)),
    input_name: field('input_name', (v) => at.name(v, 'input_name')),
    inputs: field('inputs', (v) => at.inputs(v)),
    output: field('output', (v) => at.oneOf(v, 'output', OUTPUT_KINDS)),
    output_name: field('output_name', (v) => at.name(v, 'output_name')),
    license: field('license', (v) => at.name(v, 'license')),
    text: field('text', (v) => at.text(v)),
  });
}

const FIELDS = '$schema labels preprocessing layout input_name inputs output output_name license text'.split(
  ' ',
);

const PREPROCESSING_FIELDS =
  'rescale_factor image_mean image_std size fit pad_color anchor crop_first crop crop_pct resample antialias rounding invert channels'.split(
    ' ',
  );

/** `preprocessor_config.json` names filters by Pillow's numbers. */
function filterName(value: unknown): unknown {
  return (Number.isInteger(value) ? PILLOW_FILTERS[value as number] : undefined) ?? value;
}

/** Of a label: each is a run of the text tower. CLIP's own list has 80. */
const MOST_TEMPLATES = 1000;

/** Numbers that an extra input may have. */
const MOST_VALUES = 10_000;

function fieldsOf(object: Record<string, unknown>) {
  return <T>(name: string, read: (value: unknown) => T) =>
    object[name] === undefined ? undefined : read(object[name]);
}

class Checker {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  /** A folder, or that with what is particular to it. */
  text(value: unknown): SidecarText {
    const given = typeof value === 'string' ? { encoder: value } : value;
    const text = this.record(given, '"text"', ['encoder', 'templates', 'scale', 'bias']);
    const field = fieldsOf(text);
    return said({
      encoder: field('encoder', (v) => this.name(v, 'text.encoder')),
      templates: field('templates', (v) => this.#templates(v)),
      scale: field('scale', (v) => this.#within(v, 'text.scale', ranges.scale)),
      bias: field('bias', (v) => this.#within(v, 'text.bias', ranges.bias)),
    });
  }

  #templates(value: unknown): readonly string[] {
    const isTemplate = (one: unknown) =>
      typeof one === 'string' && one.length <= LONGEST_LABEL && one.split('{}').length === 2;
    if (Array.isArray(value) && value.length > 0 && value.length <= MOST_TEMPLATES && value.every(isTemplate))
      return value;
    throw this.#error(
      phrase('"{0}" must be a list of texts, each with {} where the label goes.', 'text.templates'),
    );
  }

  preprocessing(value: unknown): SidecarPreprocessing {
    const p = this.record(value, '"preprocessing"', PREPROCESSING_FIELDS);
    const field = fieldsOf(p);
    return said({
      rescale_factor: field('rescale_factor', (v) => this.#within(v, 'rescale_factor', ranges.rescale)),
      image_mean: field('image_mean', (v) => this.#perChannel(v, 'image_mean', ranges.mean)),
      image_std: field('image_std', (v) => this.#perChannel(v, 'image_std', ranges.std)),
      size: field('size', (v) => this.#size(v)),
      fit: field('fit', (v) => this.oneOf(v, 'fit', ['letterbox', 'squash'] as const)),
      pad_color: field('pad_color', (v) => this.#color(v)),
      anchor: field('anchor', (v) => this.oneOf(v, 'anchor', ['center', 'top-left'] as const)),
      crop_first: field('crop_first', (v) => this.#within(v, 'crop_first', ranges.share)),
      crop: field('crop', (v) => this.#crop(v)),
      crop_pct: field('crop_pct', (v) => this.#within(v, 'crop_pct', ranges.share)),
      resample: field('resample', (v) => this.oneOf(filterName(v), 'resample', FILTERS)),
      antialias: field('antialias', (v) => this.#yesOrNo(v, 'antialias')),
      rounding: field('rounding', (v) => this.#yesOrNo(v, 'rounding')),
      invert: field('invert', (v) => this.#yesOrNo(v, 'invert')),
      channels: field('channels', (v) => this.oneOf(v, 'channels', CHANNEL_ORDERS)),
    });
  }

  name(value: unknown, field: string): string {
    if (typeof value === 'string' && value.trim() !== '') return value;
    throw this.#error(phrase('"{0}" must be a text.', field));
  }

  inputs(value: unknown): Readonly<Record<string, NestedNumbers>> {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.#error(phrase('{0} must be an object.', '"inputs"'));
    // A name such as "__proto__" is a name like any other.
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [name, this.#numbers(one, `inputs.${name}`)]),
    );
  }

  #numbers(value: unknown, field: string): NestedNumbers {
    let count = 0;
    const read = (one: unknown, depth: number): NestedNumbers => {
      if (typeof one === 'boolean') return Number(one);
      if (Array.isArray(one) && depth < 8) return one.map((inner) => read(inner, depth + 1));
      count++;
      if (count <= MOST_VALUES && isWithinRange(one, ranges.input)) return one;
      throw this.#error(
        phrase(
          '"{0}" must be a number, true, false, or lists of numbers with at most {1} in all.',
          field,
          MOST_VALUES,
        ),
      );
    };
    return read(value, 0);
  }

  #yesOrNo(value: unknown, field: string): boolean {
    if (typeof value === 'boolean') return value;
    throw this.#error(phrase('"{0}" must be true or false.', field));
  }

  #color(value: unknown): number | readonly number[] {
    if (!Array.isArray(value)) return this.#within(value, 'pad_color', ranges.pixel);
    if (value.length !== 3)
      throw this.#error(phrase('"{0}" must be one number, or three for red, green and blue.', 'pad_color'));
    return value.map((one, i) => this.#within(one, `pad_color[${i}]`, ranges.pixel));
  }

  labels(value: unknown): string | readonly string[] {
    if (typeof value === 'string' && value.trim() !== '') return value;
    if (Array.isArray(value) && value.length > 0 && value.every((label) => typeof label === 'string'))
      return value;
    throw this.#error(
      phrase(
        '{0} must be a name such as "imagenet-1k", the path of a text file, or a list of names.',
        '"labels"',
      ),
    );
  }

  record(value: unknown, what: TextValue, known: readonly string[]): Record<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.#error(phrase('{0} must be an object.', what));
    for (const field of Object.keys(value)) {
      if (known.includes(field)) continue;
      const near = closestName(field, known);
      throw this.#error(
        phrase('{0} has an unknown field "{1}".', what, field),
        near
          ? phrase('Did you mean "{0}"?', near)
          : phrase('Known fields: {0}.', listed(known.filter((f) => !f.startsWith('$')))),
      );
    }
    return value as Record<string, unknown>;
  }

  oneOf<T extends string>(value: unknown, field: string, allowed: readonly T[]): T {
    const found = allowed.find((one) => one === value);
    if (found !== undefined) return found;
    const [one, other] = allowed;
    throw this.#error(
      allowed.length === 2
        ? phrase('"{0}" must be "{1}" or "{2}".', field, one, other)
        : phrase('"{0}" must be one of: {1}.', field, listed(allowed)),
    );
  }

  #within(value: unknown, field: string, range: Range): number {
    if (isWithinRange(value, range)) return value;
    throw this.#error(
      phrase('"{0}" must be a number from {1} to {2}.', field, String(range.from), String(range.to)),
    );
  }

  #pixels(value: unknown, field: string): number {
    if (isPixels(value)) return value;
    throw this.#error(phrase('"{0}" must be a whole number of pixels from 1 to {1}.', field, MOST_PIXELS));
  }

  #perChannel(value: unknown, field: string, range: Range): readonly number[] {
    const numbers = typeof value === 'number' ? [value] : value;
    if (
      !Array.isArray(numbers) ||
      ![1, 2, 3, 4].includes(numbers.length) ||
      !numbers.every(Number.isFinite)
    ) {
      throw this.#error(
        phrase('"{0}" must be three numbers, for red, green and blue, or one for each channel.', field),
      );
    }
    return numbers.map((one, i) => this.#within(one, `${field}[${i}]`, range));
  }

  #size(value: unknown): SidecarSize {
    if (typeof value === 'number') return this.#pixels(value, 'size');
    const size = this.record(value, '"size"', ['shortest_edge', 'longest_edge', 'height', 'width']);
    for (const edge of ['shortest_edge', 'longest_edge'] as const) {
      if (size[edge] === undefined) continue;
      if (Object.keys(size).length > 1)
        throw this.#error(
          phrase('{0} has "{1}" and also another edge. Use only one of them.', '"size"', edge),
        );
      return { [edge]: this.#pixels(size[edge], `size.${edge}`) };
    }
    return {
      height: this.#pixels(size['height'], 'size.height'),
      width: this.#pixels(size['width'], 'size.width'),
    };
  }

  #crop(value: unknown): number | { height: number; width: number } {
    if (typeof value === 'number') return this.#pixels(value, 'crop');
    const crop = this.record(value, '"crop"', ['height', 'width']);
    return {
      height: this.#pixels(crop['height'], 'crop.height'),
      width: this.#pixels(crop['width'], 'crop.width'),
    };
  }

  #error(message: Text, hint?: Text): SemapError {
    return new SemapError('invalid-description', phrase('{0}: {1}', this.#source, message), {
      hint: hint ?? phrase('Correct {0}, or give the value as an option.', this.#source),
    });
  }
}
