import { firstCropSize, placeImage, type Size, uncropped } from '../images/geometry.ts';
import type { InputSpec, Preprocessing } from '../images/preprocessing.ts';
import { type Resampling, type ResizeAxis, resampling } from '../images/resampleWeights.ts';
import { isSharpened, SHARPEN_RADIUS, SMALL, TINY } from '../images/tensor.ts';
import { makeTensor } from '../onnx/tensor.ts';
import type { ClassifierForm } from './classifierOptions.ts';
import type { Pictures, Pixels } from './pictures.ts';
import { type OpenAxis, ResizeNodes } from './resizeNodes.ts';
import { sharpened } from './sharpenNodes.ts';
import type { Sketch } from './sketch.ts';

/*
 * How `fillInput` makes the pixels of an input, as nodes: resize, crop, padding, and for images that are much enlarged a
 * cubic resize whose edges are sharpened. Values are whole numbers from 0 to 255 throughout, unless nothing is rounded.
 */

/** The pixels of an input, without prompt and scaling. */
export function pixels(sketch: Sketch, form: ClassifierForm, pictures: Pictures, spec: InputSpec): Pixels {
  const maker = new PixelMaker(sketch, form, pictures, spec);
  return pictures.size ? maker.ofSize(pictures.size) : maker.ofAnySize();
}

const HEIGHT = 1;
const WIDTH = 2;

/** Pictures whose size is open: a list of height and width. */
interface OpenPictures {
  readonly value: string;
  readonly size: string;
}

class PixelMaker {
  readonly #sketch: Sketch;
  readonly #pictures: Pictures;
  readonly #spec: InputSpec;
  readonly #how: Resampling;
  /** Whether the operator Resize does what is described. */
  readonly #hasOperator: boolean;

  constructor(sketch: Sketch, form: ClassifierForm, pictures: Pictures, spec: InputSpec) {
    this.#sketch = sketch;
    this.#pictures = pictures;
    this.#spec = spec;
    this.#how = resampling(spec.preprocessing);
    const { filter, antialias, rounded } = this.#how;
    this.#hasOperator =
      form === 'modern' &&
      (filter === 'bilinear' || filter === 'bicubic') &&
      antialias !== false &&
      rounded !== false;
  }

  // --- pictures of one size: all is settled here ---

  ofSize({ height, width }: { readonly height: number; readonly width: number }): Pixels {
    const s = this.#sketch;
    const place = placeImage(width, height, this.#spec);
    const { window, source } = place;
    const isSmall = isSharpened(place, this.#how);
    const how = isSmall ? SMALL : this.#how;
    const read = source ?? { width, height };
    const value = source
      ? this.#window(
          this.#pictures.value,
          s.ints(source.top, source.left),
          s.ints(source.height, source.width),
        )
      : this.#pictures.value;
    const axis = (
      inputSize: number,
      outputSize: number,
      first: number,
      count: number,
    ): ResizeAxis | undefined =>
      outputSize === inputSize
        ? undefined
        : { inputSize, boxStart: 0, boxSize: inputSize, outputSize, first, count };
    const down = axis(read.height, place.height, window.top, window.height);
    const across = axis(read.width, place.width, window.left, window.width);
    const start = s.ints(window.top, window.left);
    const isWhole = window.height === place.height && window.width === place.width;
    const cut = (whole: string) =>
      isWhole ? whole : this.#window(whole, start, s.ints(window.height, window.width));
    let seen: Pixels;
    if (!down && !across) {
      seen = { value: cut(value), layout: 'nhwc', type: 'uint8' };
    } else if (this.#hasOperator) {
      const sizes = s.op('Concat', [this.#batch(), s.ints(place.height, place.width, 3)], { axis: 0 });
      seen = { value: cut(this.#resize(value, sizes, how)), layout: 'nhwc', type: 'uint8' };
    } else {
      let planes = this.#planes(value);
      if (!across) planes = this.#slice(planes, 3, window.left, window.width, place.width);
      if (!down) planes = this.#slice(planes, 2, window.top, window.height, place.height);
      const resized = new ResizeNodes(s, how).resized(planes, across, down);
      seen = { value: resized, layout: 'nchw', type: 'float32' };
    }
    const sharp = isSmall ? sharpened(s, seen, s.float(SHARPEN_RADIUS * place.enlarged)) : seen;
    const [bottom, right] = [this.#spec.height - window.height, this.#spec.width - window.width];
    if (bottom === 0 && right === 0) return sharp;
    const pads = [place.top, place.left, bottom - place.top, right - place.left];
    return this.#padded(sharp, s.ints(...this.#pads(sharp, pads)));
  }

  /** @param start of the rows and the columns. @param count of both */
  #window(value: string, start: string, count: string): string {
    const s = this.#sketch;
    return s.op('Slice', [value, start, s.op('Add', [start, count]), s.ints(HEIGHT, WIDTH)]);
  }

  #slice(value: string, axis: number, first: number, count: number, whole: number): string {
    if (count === whole) return value;
    const s = this.#sketch;
    return s.op('Slice', [value, s.ints(first), s.ints(first + count), s.ints(axis)]);
  }

  /** Zeros before and after every axis. @param pads top, left, bottom, right */
  #pads({ layout }: Pixels, [top, left, bottom, right]: readonly number[]): number[] {
    return layout === 'nhwc'
      ? [0, top, left, 0, 0, bottom, right, 0]
      : [0, 0, top, left, 0, 0, bottom, right];
  }

  // --- pictures of any size: the graph settles it ---

  ofAnySize(): Pixels {
    const s = this.#sketch;
    const { preprocessing, height, width } = this.#spec;
    const { anchor } = preprocessing;
    const pictures = this.#source();
    const before = s.cast(pictures.size, 'float32');
    const after = this.#after(pictures.size);
    const cropped = s.ints(height, width);
    const least = this.#least();
    const mayPad = least.height < height || least.width < width;
    const zero = s.ints(0);
    const surplus = s.op('Sub', [after, cropped]);
    const start =
      anchor === 'top-left'
        ? s.ints(0, 0)
        : this.#halfToEven(mayPad ? s.op('Max', [surplus, zero]) : surplus);
    const seen = mayPad ? s.op('Min', [after, cropped]) : cropped;
    const ratio = s.reduce('ReduceMin', s.op('Div', [s.cast(after, 'float32'), before]), [0]);
    const shown = mayPad ? (['h', 'w'] as const) : [height, width];
    const sketched = {
      layout: this.#hasOperator ? 'nhwc' : 'nchw',
      type: this.#hasOperator ? 'uint8' : 'float32',
    } as const;
    const dims = this.#hasOperator ? ['n', ...shown, 3] : ['n', 3, ...shown];
    const resized = (how: Resampling): Pixels => ({
      ...sketched,
      value: this.#hasOperator
        ? this.#resizedWindow(pictures.value, after, start, seen, how)
        : this.#product(pictures, after, start, mayPad ? seen : undefined, how),
    });
    const mayBeSharpened = isSharpened({ enlarged: TINY }, this.#how);
    const value = mayBeSharpened
      ? s.branch(
          s.op('GreaterOrEqual', [ratio, s.float(TINY)]),
          { type: sketched.type, dims },
          () => sharpened(s, resized(SMALL), s.op('Mul', [ratio, s.float(SHARPEN_RADIUS)])).value,
          () => resized(this.#how).value,
        )
      : resized(this.#how).value;
    if (!mayPad) return { ...sketched, value };
    const missing = s.op('Max', [s.op('Neg', [surplus]), zero]);
    const first = anchor === 'top-left' ? s.ints(0, 0) : s.op('Div', [missing, s.ints(2)]);
    const last = s.op('Sub', [missing, first]);
    const pads = this.#hasOperator
      ? [zero, first, zero, zero, last, zero]
      : [s.ints(0, 0), first, s.ints(0, 0), last];
    return this.#padded({ ...sketched, value }, s.op('Concat', pads, { axis: 0 }));
  }

  /** What is resized: the pictures, or what was cut from them. */
  #source(): OpenPictures {
    const s = this.#sketch;
    const { value } = this.#pictures;
    const size = this.#original();
    const { preprocessing } = this.#spec;
    const { cropFirst, anchor } = preprocessing;
    if (cropFirst === undefined) return { value, size };
    const to = firstCropSize(preprocessing.size);
    // In 64 bits, as `placeImage` counts: a share of pixels may be all but a whole number.
    const double = (value: string) => s.cast(value, 'float64');
    const turned = s.gather(size, [1, 0], 0);
    const across = double(s.op('Mul', [turned, s.ints(to.height, to.width)]));
    const fitting = s.op('Div', [across, double(s.ints(to.width, to.height))]);
    const largest = s.op('Min', [double(size), fitting]);
    const share =
      cropFirst === 1 ? s.double(1) : s.op('Where', [this.#isTiny(size), s.double(1), s.double(cropFirst)]);
    const part = s.op('Mul', [largest, share]);
    const pixels = s.op('Max', [s.cast(part, 'int64'), s.ints(1)]);
    const start =
      anchor === 'top-left' ? s.ints(0, 0) : s.op('Div', [s.op('Sub', [size, pixels]), s.ints(2)]);
    return { value: this.#window(value, start, pixels), size: pixels };
  }

  /** Height and width after the resize, see `placeImage`. */
  #after(before: string): string {
    const s = this.#sketch;
    const { preprocessing, height, width } = this.#spec;
    const { crop, size, fit, cropFirst } = preprocessing;
    const input = { height, width };
    const tiny = crop && uncropped(size, fit, input);
    const sized = (to: Preprocessing['size']): string => {
      if (cropFirst !== undefined) return this.#fixed(firstCropSize(to));
      if ('shortestEdge' in to) return this.#covering(before, to.shortestEdge);
      const most = 'height' in to ? to : { height: to.longestEdge, width: to.longestEdge };
      return 'height' in to && fit !== 'letterbox' ? this.#fixed(to) : this.#contained(before, most);
    };
    if (!tiny || JSON.stringify(tiny) === JSON.stringify(size)) return sized(size);
    return s.op('Where', [this.#isTiny(this.#original()), sized(tiny), sized(size)]);
  }

  /** The least that the resize gives on either axis. */
  #least(): Size {
    const { preprocessing, height, width } = this.#spec;
    const { size, fit, cropFirst } = preprocessing;
    const sizes = [size, uncropped(size, fit, { height, width })].map((to): Size => {
      const isContained = 'longestEdge' in to || fit === 'letterbox';
      return isContained && cropFirst === undefined ? { height: 0, width: 0 } : firstCropSize(to);
    });
    return {
      height: Math.min(...sizes.map((one) => one.height)),
      width: Math.min(...sizes.map((one) => one.width)),
    };
  }

  #fixed({ height, width }: Size): string {
    return this.#sketch.ints(height, width);
  }

  /** Whether no edge is longer than half of the input's shortest. */
  #isTiny(size: string): string {
    const s = this.#sketch;
    const { height, width } = this.#spec;
    const long = s.reduce('ReduceMax', size, [0]);
    return s.op('LessOrEqual', [s.op('Mul', [long, s.ints(2)]), s.ints(Math.min(height, width))]);
  }

  /** `floor(edge * length / shortest)` of both edges. */
  #covering(before: string, edge: number): string {
    const s = this.#sketch;
    const short = s.reduce('ReduceMin', before, [0]);
    return s.op('Div', [s.op('Mul', [before, s.ints(edge)]), short]);
  }

  /** What fits inside: see `resizedSize`. */
  #contained(before: string, { height, width }: Size): string {
    const s = this.#sketch;
    const [one, two] = [s.ints(1), s.ints(2)];
    const other = s.gather(before, [1, 0], 0);
    const whole = s.op('Mul', [other, two]);
    const twice = s.op('Add', [s.op('Mul', [s.op('Mul', [before, s.ints(width, height)]), two]), other]);
    const up = s.op('Div', [twice, whole]);
    const isHalf = s.op('Equal', [twice, s.op('Mul', [up, whole])]);
    const odd = s.op('Sub', [up, s.op('Mul', [s.op('Div', [up, two]), two])]);
    const rounded = s.op('Sub', [up, s.op('Mul', [odd, s.cast(isHalf, 'int64')])]);
    return s.op('Min', [s.op('Max', [rounded, one]), s.ints(height, width)]);
  }

  /** Half of whole numbers that are not negative, halves rounded to the even neighbour. */
  #halfToEven(value: string): string {
    const s = this.#sketch;
    const two = s.ints(2);
    const odd = (of: string, half: string) => s.op('Sub', [of, s.op('Mul', [half, two])]);
    const half = s.op('Div', [value, two]);
    const isHalfOdd = odd(half, s.op('Div', [half, two]));
    return s.op('Add', [half, s.op('Mul', [odd(value, half), isHalfOdd])]);
  }

  #resizedWindow(value: string, after: string, start: string, seen: string, how: Resampling): string {
    const s = this.#sketch;
    const sizes = s.op('Concat', [this.#batch(), after, s.ints(3)], { axis: 0 });
    return this.#window(this.#resize(value, sizes, how), start, seen);
  }

  #product(
    { value, size }: OpenPictures,
    after: string,
    start: string,
    seen: string | undefined,
    how: Resampling,
  ): string {
    const s = this.#sketch;
    const [down, across] = [this.#spec.height, this.#spec.width].map((count, at): OpenAxis => {
      const one = (list: string) => s.cast(s.op('Gather', [list, s.index(at)]), 'float32');
      return {
        inputSize: one(size),
        outputSize: one(after),
        first: one(start),
        count: seen === undefined ? s.float(count) : one(seen),
      };
    });
    return new ResizeNodes(s, how).resized(this.#planes(value), across, down);
  }

  // --- both ---

  #shape(): string {
    return this.#sketch.op('Shape', [this.#pictures.value]);
  }

  /** Height and width of the pictures. */
  #original(): string {
    const s = this.#sketch;
    return s.op('Slice', [this.#shape(), s.ints(HEIGHT), s.ints(WIDTH + 1)]);
  }

  #batch(): string {
    const s = this.#sketch;
    return s.op('Slice', [this.#shape(), s.ints(0), s.ints(1)]);
  }

  #resize(value: string, sizes: string, { filter }: Resampling): string {
    return this.#sketch.op('Resize', [value, '', '', sizes], {
      mode: filter === 'bilinear' ? 'linear' : 'cubic',
      antialias: 1,
      // Pillow's: weights of what is beside the picture go to what is in it.
      exclude_outside: 1,
      cubic_coeff_a: { kind: 'float', value: -0.5 },
      coordinate_transformation_mode: 'half_pixel',
    });
  }

  /** Pictures as float32 [N, 3, H, W]. */
  #planes(value: string): string {
    const s = this.#sketch;
    return s.cast(s.op('Transpose', [value], { perm: [0, 3, 1, 2] }), 'float32');
  }

  /** With the described color around. */
  #padded(pixels: Pixels, pads: string): Pixels {
    const s = this.#sketch;
    const { padColor = [0, 0, 0] } = this.#spec.preprocessing;
    const { value, type, layout } = pixels;
    const [color, ...others] = padColor;
    if (others.every((other) => other === color)) {
      const around =
        type === 'uint8' ? s.tensor(makeTensor('uint8', [], [Math.round(color)])) : s.float(color);
      return { ...pixels, value: s.op('Pad', [value, pads, around]) };
    }
    const shift = s.floats(padColor, layout === 'nchw' ? [3, 1, 1] : [3]);
    const floats = type === 'float32' ? value : s.cast(value, 'float32');
    const padded = s.op('Pad', [s.op('Sub', [floats, shift]), pads]);
    return { layout, type: 'float32', value: s.op('Add', [padded, shift]) };
  }
}
