import { SemapError } from '../errors.ts';
import { isWithinRange, type Range, rangeText } from '../mapping/ranges.ts';
import { closestName } from '../text/closestName.ts';
import { phrase, verbatim } from '../text/text.ts';

/** How to resize: a number or `shortest_edge` keeps the aspect ratio; `height` and `width` do not. */
export type SidecarSize =
  | number
  | { readonly shortest_edge?: number; readonly height?: number; readonly width?: number };

export interface SidecarPreprocessing {
  readonly rescale_factor?: number;
  /** Three numbers, after `rescale_factor`, in the order R, G, B. */
  readonly image_mean?: readonly number[];
  readonly image_std?: readonly number[];
  readonly size?: SidecarSize;
  /** Centre crop after the resize. */
  readonly crop?: number | { readonly height: number; readonly width: number };
  readonly resample?: 'bilinear' | 'bicubic';
  /** What the network expects. */
  readonly channels?: 'rgb' | 'bgr';
}

/** What a sidecar, options or the person say about a backbone, in the field names of `<name>.backbone.json`. */
export interface BackboneSidecar {
  /** `imagenet-1k`, `imagenet-1k-background`, the path of a file with one name or wnid a line, or the labels. */
  readonly labels?: string | readonly string[];
  readonly preprocessing?: SidecarPreprocessing;
  readonly output?: 'logits' | 'probabilities';
}

/**
 * Checks what was read from a sidecar file. A field that does not exist is an error and not ignored: it is nearly
 * always a typo, and the figures would silently be wrong.
 * @param source names the file in messages
 * @throws {SemapError} `invalid-description`
 */
export function parseBackboneSidecar(value: unknown, source: string): BackboneSidecar {
  const at = new Checker(source);
  const sidecar = at.record(value, 'The description', ['$schema', 'labels', 'preprocessing', 'output']);
  const { labels, output } = sidecar;
  return {
    ...(labels === undefined ? {} : { labels: at.labels(labels) }),
    ...(sidecar['preprocessing'] === undefined
      ? {}
      : { preprocessing: at.preprocessing(sidecar['preprocessing']) }),
    ...(output === undefined ? {} : { output: at.oneOf(output, 'output', ['logits', 'probabilities']) }),
  };
}

/** `over` where it says something, `under` elsewhere; preprocessing field by field. */
export function mergeSidecars(under: BackboneSidecar, over: BackboneSidecar | undefined): BackboneSidecar {
  if (!over) return under;
  const preprocessing = { ...under.preprocessing, ...over.preprocessing };
  return {
    ...under,
    ...over,
    ...(Object.keys(preprocessing).length === 0 ? {} : { preprocessing }),
  };
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

const PREPROCESSING_FIELDS = [
  'rescale_factor',
  'image_mean',
  'image_std',
  'size',
  'crop',
  'resample',
  'channels',
];

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
    const mean = p['image_mean'];
    const std = p['image_std'];
    return {
      ...(p['rescale_factor'] === undefined
        ? {}
        : { rescale_factor: this.#within(p['rescale_factor'], 'rescale_factor', ranges.rescale) }),
      ...(mean === undefined ? {} : { image_mean: this.#three(mean, 'image_mean', ranges.mean) }),
      ...(std === undefined ? {} : { image_std: this.#three(std, 'image_std', ranges.std) }),
      ...(p['size'] === undefined ? {} : { size: this.#size(p['size']) }),
      ...(p['crop'] === undefined ? {} : { crop: this.#crop(p['crop']) }),
      ...(p['resample'] === undefined
        ? {}
        : { resample: this.oneOf(filterName(p['resample']), 'resample', ['bilinear', 'bicubic']) }),
      ...(p['channels'] === undefined
        ? {}
        : { channels: this.oneOf(p['channels'], 'channels', ['rgb', 'bgr']) }),
    };
  }

  labels(value: unknown): string | readonly string[] {
    if (typeof value === 'string' && value.trim() !== '') return value;
    if (Array.isArray(value) && value.length > 0 && value.every((label) => typeof label === 'string')) {
      return value;
    }
    throw this.#error(
      '"labels" must be a name such as "imagenet-1k", the path of a text file, or a list of names.',
    );
  }

  record(value: unknown, what: string, known: readonly string[]): Record<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.#error(`${what} must be an object.`);
    }
    for (const field of Object.keys(value)) {
      if (known.includes(field)) continue;
      const near = closestName(field, known);
      throw this.#error(
        `${what} has an unknown field "${field}".`,
        near
          ? `Did you mean "${near}"?`
          : `Known fields: ${known.filter((f) => !f.startsWith('$')).join(', ')}.`,
      );
    }
    return value as Record<string, unknown>;
  }

  oneOf<T extends string>(value: unknown, field: string, allowed: readonly T[]): T {
    const found = allowed.find((one) => one === value);
    if (found === undefined) {
      throw this.#error(`"${field}" must be ${allowed.map((one) => `"${one}"`).join(' or ')}.`);
    }
    return found;
  }

  #within(value: unknown, field: string, range: Range): number {
    if (isWithinRange(value, range)) return value;
    throw this.#error(`"${field}" must be a number ${rangeText(range)}.`);
  }

  #pixels(value: unknown, field: string): number {
    if (isPixels(value)) return value;
    throw this.#error(`"${field}" must be a whole number of pixels from 1 to ${MOST_PIXELS}.`);
  }

  #three(value: unknown, field: string, range: Range): readonly number[] {
    if (!Array.isArray(value) || value.length !== 3 || !value.every(Number.isFinite))
      throw this.#error(`"${field}" must be three numbers, for red, green and blue.`);
    return value.map((one, i) => this.#within(one, `${field}[${i}]`, range));
  }

  #size(value: unknown): SidecarSize {
    if (typeof value === 'number') return this.#pixels(value, 'size');
    const size = this.record(value, '"size"', ['shortest_edge', 'height', 'width']);
    if (size['shortest_edge'] !== undefined) {
      if (size['height'] !== undefined || size['width'] !== undefined) {
        throw this.#error('"size" has both "shortest_edge" and "height" or "width"; give one of them.');
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

  #error(message: string, hint?: string): SemapError {
    return new SemapError('invalid-description', phrase('{0}: {1}', this.#source, message), {
      hint: verbatim(hint ?? `Correct ${this.#source}, or give the value as an option.`),
    });
  }
}
