import { SemapError } from '../errors.ts';
import { isWithinRange, type Range } from '../mapping/ranges.ts';
import { closestName } from '../text/closestName.ts';
import { listed, phrase, type Text, type TextValue } from '../text/text.ts';

/** How to resize: a number or `shortest_edge` keeps the aspect ratio; `height` and `width` do not. */
export type SidecarSize =
  | number
  | { readonly shortest_edge?: number; readonly height?: number; readonly width?: number };

export interface SidecarPreprocessing {
  readonly rescale_factor?: number | undefined;
  /** Three numbers, after `rescale_factor`, in the order R, G, B. */
  readonly image_mean?: readonly number[] | undefined;
  readonly image_std?: readonly number[] | undefined;
  readonly size?: SidecarSize | undefined;
  /** Centre crop after the resize. */
  readonly crop?: number | { readonly height: number; readonly width: number } | undefined;
  readonly resample?: 'bilinear' | 'bicubic' | undefined;
  /** What the network expects. */
  readonly channels?: 'rgb' | 'bgr' | undefined;
}

/** What a sidecar, options or the person say about a backbone, in the field names of `<name>.backbone.json`. */
export interface BackboneSidecar {
  /** `imagenet-1k`, `imagenet-1k-background`, the path of a file with one name or wnid a line, or the labels. */
  readonly labels?: string | readonly string[] | undefined;
  readonly preprocessing?: SidecarPreprocessing | undefined;
  readonly output?: 'logits' | 'probabilities' | undefined;
}

/**
 * Checks what was read from a sidecar file. A field that does not exist is an error and not ignored: it is nearly
 * always a typo, and the figures would silently be wrong.
 * @param source names the file in messages
 * @throws {SemapError} `invalid-description`
 */
export function parseBackboneSidecar(value: unknown, source: string): BackboneSidecar {
  const at = new Checker(source);
  const what = phrase('The description');
  const sidecar = at.record(value, what, ['$schema', 'labels', 'preprocessing', 'output']);
  const { labels, output, preprocessing } = sidecar;
  return said({
    labels: labels === undefined ? undefined : at.labels(labels),
    preprocessing: preprocessing === undefined ? undefined : at.preprocessing(preprocessing),
    output:
      output === undefined ? undefined : at.oneOf(output, 'output', ['logits', 'probabilities'] as const),
  });
}

/** Without the fields that nobody has said: merging would take them for something that was. */
function said<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/** `over` where it says something, `under` elsewhere; preprocessing field by field. */
export function mergeSidecars(under: BackboneSidecar, over: BackboneSidecar | undefined): BackboneSidecar {
  if (!over) return under;
  const preprocessing = { ...under.preprocessing, ...said(over.preprocessing ?? {}) };
  return { ...under, ...said(over), ...(Object.keys(preprocessing).length === 0 ? {} : { preprocessing }) };
}

/**
 * What the numbers of a preprocessing may be: beyond these, inputs overflow or are all the same, and so are the answers.
 */
export const ranges = {
  rescale: { from: 1e-6, to: 1e6 },
  mean: { from: -1e6, to: 1e6 },
  std: { from: 1e-6, to: 1e6 },
} as const satisfies Record<string, Range>;

/** The longest edge of an input or of what it is cut from. */
export const MOST_PIXELS = 16_384;

export function isPixels(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MOST_PIXELS;
}

const PREPROCESSING_FIELDS = 'rescale_factor image_mean image_std size crop resample channels'.split(' ');

/** `preprocessor_config.json` names filters by Pillow's numbers. */
function filterName(value: unknown): unknown {
  if (value === 2) return 'bilinear';
  return value === 3 ? 'bicubic' : value;
}

class Checker {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  preprocessing(value: unknown): SidecarPreprocessing {
    const p = this.record(value, '"preprocessing"', PREPROCESSING_FIELDS);
    const field = <T>(name: string, read: (value: unknown) => T) =>
      p[name] === undefined ? undefined : read(p[name]);
    return said({
      rescale_factor: field('rescale_factor', (v) => this.#within(v, 'rescale_factor', ranges.rescale)),
      image_mean: field('image_mean', (v) => this.#three(v, 'image_mean', ranges.mean)),
      image_std: field('image_std', (v) => this.#three(v, 'image_std', ranges.std)),
      size: field('size', (v) => this.#size(v)),
      crop: field('crop', (v) => this.#crop(v)),
      resample: field('resample', (v) =>
        this.oneOf(filterName(v), 'resample', ['bilinear', 'bicubic'] as const),
      ),
      channels: field('channels', (v) => this.oneOf(v, 'channels', ['rgb', 'bgr'] as const)),
    });
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

  oneOf<T extends string>(value: unknown, field: string, allowed: readonly [T, T]): T {
    const found = allowed.find((one) => one === value);
    if (found === undefined) {
      const [one, other] = allowed;
      throw this.#error(phrase('"{0}" must be "{1}" or "{2}".', field, one, other));
    }
    return found;
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

  #three(value: unknown, field: string, range: Range): readonly number[] {
    if (!Array.isArray(value) || value.length !== 3 || !value.every(Number.isFinite))
      throw this.#error(phrase('"{0}" must be three numbers, for red, green and blue.', field));
    return value.map((one, i) => this.#within(one, `${field}[${i}]`, range));
  }

  #size(value: unknown): SidecarSize {
    if (typeof value === 'number') return this.#pixels(value, 'size');
    const size = this.record(value, '"size"', ['shortest_edge', 'height', 'width']);
    if (size['shortest_edge'] !== undefined) {
      if (size['height'] !== undefined || size['width'] !== undefined) {
        throw this.#error(
          phrase('{0} has "shortest_edge" and also "height" or "width". Use only one of them.', '"size"'),
        );
      }
      return { shortest_edge: this.#pixels(size['shortest_edge'], 'size.shortest_edge') };
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
