import { placeImage } from '../images/geometry.ts';
import type { InputSpec, ResampleFilter } from '../images/preprocessing.ts';
import { denseWeights } from '../images/resample.ts';
import { SHARPEN_AMOUNT, SHARPEN_RADIUS, TINY } from '../images/tensor.ts';
import type { ClassifierForm } from './classifierOptions.ts';
import type { Sketch } from './sketch.ts';

/*
 * How `fillInput` makes the pixels of an input, as nodes: resize, crop, padding, and for images that are much enlarged a
 * cubic resize whose edges are sharpened. Values are whole numbers from 0 to 255 throughout.
 */

/** The pictures that a classifier is given: uint8 [N, H, W, 3]. */
export interface Pictures {
  readonly value: string;
  /** The size of all of them; absent = any. */
  readonly size?: { readonly height: number; readonly width: number } | undefined;
}

/** Pictures of an input's size. */
export interface Pixels {
  readonly value: string;
  readonly layout: 'nhwc' | 'nchw';
  readonly type: 'uint8' | 'float32';
}

/** The pixels of an input, without prompt and scaling. */
export function pixels(sketch: Sketch, form: ClassifierForm, pictures: Pictures, spec: InputSpec): Pixels {
  const maker = new PixelMaker(sketch, form, pictures, spec);
  return pictures.size ? maker.ofSize(pictures.size) : maker.ofAnySize();
}

/** One axis of a resize: how long it is before and after, and which part of it is seen. Numbers, or names of lists of one. */
interface Axis<Value> {
  readonly from: Value;
  readonly to: Value;
  readonly first: Value;
  readonly count: Value;
}

const HEIGHT = 1;
const WIDTH = 2;

// A longest edge comes with nodes of its own.
const edgeOf = (size: { readonly shortestEdge: number } | { readonly longestEdge: number }) =>
  'shortestEdge' in size ? size.shortestEdge : size.longestEdge;

class PixelMaker {
  readonly #sketch: Sketch;
  readonly #pictures: Pictures;
  readonly #spec: InputSpec;
  readonly #isModern: boolean;

  constructor(sketch: Sketch, form: ClassifierForm, pictures: Pictures, spec: InputSpec) {
    this.#sketch = sketch;
    this.#pictures = pictures;
    this.#spec = spec;
    this.#isModern = form === 'modern';
  }

  // --- pictures of one size: all is settled here ---

  ofSize({ height, width }: { readonly height: number; readonly width: number }): Pixels {
    const s = this.#sketch;
    const place = placeImage(width, height, this.#spec);
    const { window } = place;
    const enlarged = Math.min(place.width / width, place.height / height);
    const isSmall = enlarged >= TINY;
    const filter = isSmall ? 'bicubic' : this.#spec.preprocessing.resample;
    const axes = [
      { from: height, to: place.height, first: window.top, count: window.height },
      { from: width, to: place.width, first: window.left, count: window.width },
    ];
    let seen: Pixels;
    if (axes.every(({ from, to }) => from === to)) {
      seen = { value: this.#pictures.value, layout: 'nhwc', type: 'uint8' };
      seen = { ...seen, value: this.#cut(seen.value, axes, s.ints(window.top, window.left)) };
    } else if (this.#isModern) {
      const sizes = s.op('Concat', [this.#batch(), s.ints(place.height, place.width, 3)], { axis: 0 });
      const resized = this.#resize(sizes, filter);
      seen = {
        value: this.#cut(resized, axes, s.ints(window.top, window.left)),
        layout: 'nhwc',
        type: 'uint8',
      };
    } else {
      const [down, across] = axes.map(({ from, to, first, count }) =>
        from === to ? undefined : s.floats(denseWeights(from, to, filter, first, count), [count, from]),
      );
      const planes = this.#planes();
      const columns = across ? this.#across(planes, across, filter) : this.#slice(planes, 3, axes[1]);
      const rows = down ? this.#down(columns, down, filter) : this.#slice(columns, 2, axes[0]);
      seen = { value: rows, layout: 'nchw', type: 'float32' };
    }
    const sharp = isSmall ? this.#sharpened(seen, s.float(SHARPEN_RADIUS * enlarged)) : seen;
    const [bottom, right] = [this.#spec.height - window.height, this.#spec.width - window.width];
    if (bottom === 0 && right === 0) return sharp;
    const pads = [place.top, place.left, bottom - place.top, right - place.left];
    return { ...sharp, value: this.#padded(sharp, s.ints(...this.#pads(sharp, pads))) };
  }

  #cut(value: string, [rows, columns]: readonly Axis<number>[], start: string): string {
    if (rows.count === rows.to && columns.count === columns.to) return value;
    const s = this.#sketch;
    const end = s.ints(rows.first + rows.count, columns.first + columns.count);
    return s.op('Slice', [value, start, end, s.ints(HEIGHT, WIDTH)]);
  }

  #slice(value: string, axis: number, { to, first, count }: Axis<number>): string {
    if (count === to) return value;
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
    const { crop, size } = preprocessing;
    const before = s.op('Slice', [this.#shape(), s.ints(HEIGHT), s.ints(WIDTH + 1)]);
    const shortest = Math.min(height, width);
    const after =
      'height' in size
        ? s.ints(size.height, size.width)
        : this.#keepingShape(before, edgeOf(size), crop ? shortest : undefined);
    const cropped = s.ints(height, width);
    // With the tiny rule the shortest edge may become that of the input.
    const least = 'height' in size ? [size.height, size.width] : [Math.min(edgeOf(size), shortest)];
    const mayPad =
      least.length > 1 ? least[0] < height || least[1] < width : least[0] < Math.max(height, width);
    const zero = s.ints(0);
    const surplus = s.op('Sub', [after, cropped]);
    const start = this.#halfToEven(mayPad ? s.op('Max', [surplus, zero]) : surplus);
    const seen = mayPad ? s.op('Min', [after, cropped]) : cropped;
    const ratio = s.reduce(
      'ReduceMin',
      s.op('Div', [s.cast(after, 'float32'), s.cast(before, 'float32')]),
      [0],
    );
    const isSmall = s.op('GreaterOrEqual', [ratio, s.float(TINY)]);
    const shown = mayPad ? (['h', 'w'] as const) : [height, width];
    const sketched = {
      layout: this.#isModern ? 'nhwc' : 'nchw',
      type: this.#isModern ? 'uint8' : 'float32',
    } as const;
    const dims = this.#isModern ? ['n', ...shown, 3] : ['n', 3, ...shown];
    const resized = (filter: ResampleFilter): Pixels => ({
      ...sketched,
      value: this.#isModern
        ? this.#resizedWindow(after, start, seen, filter)
        : this.#product(before, after, start, mayPad ? seen : undefined, filter),
    });
    const value = s.branch(
      isSmall,
      { type: sketched.type, dims },
      () => this.#sharpened(resized('bicubic'), s.op('Mul', [ratio, s.float(SHARPEN_RADIUS)])).value,
      () => resized(preprocessing.resample).value,
    );
    if (!mayPad) return { ...sketched, value };
    const missing = s.op('Max', [s.op('Neg', [surplus]), zero]);
    const first = s.op('Div', [missing, s.ints(2)]);
    const last = s.op('Sub', [missing, first]);
    const pads = this.#isModern
      ? [zero, first, zero, zero, last, zero]
      : [s.ints(0, 0), first, s.ints(0, 0), last];
    return { ...sketched, value: this.#padded({ ...sketched, value }, s.op('Concat', pads, { axis: 0 })) };
  }

  /** `floor(edge * length / shortest)` of both edges. @param tiny what the shortest becomes where no edge is longer than its half */
  #keepingShape(before: string, edge: number, tiny: number | undefined): string {
    const s = this.#sketch;
    const short = s.reduce('ReduceMin', before, [0]);
    let becomes = s.ints(edge);
    if (tiny !== undefined) {
      const long = s.reduce('ReduceMax', before, [0]);
      const isTiny = s.op('LessOrEqual', [s.op('Mul', [long, s.ints(2)]), s.ints(tiny)]);
      becomes = s.op('Where', [isTiny, s.ints(tiny), becomes]);
    }
    return s.op('Div', [s.op('Mul', [before, becomes]), short]);
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

  #resizedWindow(after: string, start: string, seen: string, filter: ResampleFilter): string {
    const s = this.#sketch;
    const sizes = s.op('Concat', [this.#batch(), after, s.ints(3)], { axis: 0 });
    const end = s.op('Add', [start, seen]);
    return s.op('Slice', [this.#resize(sizes, filter), start, end, s.ints(HEIGHT, WIDTH)]);
  }

  #product(
    before: string,
    after: string,
    start: string,
    seen: string | undefined,
    filter: ResampleFilter,
  ): string {
    const s = this.#sketch;
    const axes = [this.#spec.height, this.#spec.width].map((count, at): Axis<string> => {
      const one = (list: string) => s.cast(s.op('Gather', [list, s.index(at)]), 'float32');
      return {
        from: one(before),
        to: one(after),
        first: one(start),
        count: seen === undefined ? s.float(count) : one(seen),
      };
    });
    const [down, across] = axes.map((axis) => this.#weights(axis, filter));
    return this.#down(this.#across(this.#planes(), across, filter), down, filter);
  }

  /** The matrix [count, from] of {@link denseWeights}. */
  #weights({ from, to, first, count }: Axis<string>, filter: ResampleFilter): string {
    const s = this.#sketch;
    const [zero, half, one, two] = [0, 0.5, 1, 2].map((value) => s.float(value));
    const range = (length: string) => s.op('Range', [zero, length, one]);
    const outputs = s.op('Unsqueeze', [s.op('Add', [s.op('Add', [range(count), first]), half]), s.ints(1)]);
    const inputs = s.op('Add', [range(from), half]);
    // Whole numbers up to here, half of them at most: nothing is rounded.
    const distance = s.op('Abs', [s.op('Sub', [s.op('Mul', [inputs, to]), s.op('Mul', [outputs, from])])]);
    const x = s.op('Div', [distance, s.op('Max', [from, to])]);
    const weights =
      filter === 'bilinear' ? s.op('Relu', [s.op('Sub', [one, x])]) : this.#cubic(s.op('Min', [x, two]));
    return s.op('Div', [weights, s.reduce('ReduceSum', weights, [1])]);
  }

  /** Keys' cubic convolution with a = -0.5, for 0 <= x <= 2. */
  #cubic(x: string): string {
    const s = this.#sketch;
    const plus = (value: string, number: number) => s.op('Add', [value, s.float(number)]);
    const times = (value: string, by: string) => s.op('Mul', [value, by]);
    const near = plus(times(times(plus(times(x, s.float(1.5)), -2.5), x), x), 1);
    const far = times(plus(times(plus(times(plus(x, -5), x), 8), x), -4), s.float(-0.5));
    return s.op('Where', [s.op('Less', [x, s.float(1)]), near, far]);
  }

  // --- both ---

  #shape(): string {
    return this.#sketch.op('Shape', [this.#pictures.value]);
  }

  #batch(): string {
    const s = this.#sketch;
    return s.op('Slice', [this.#shape(), s.ints(0), s.ints(1)]);
  }

  #resize(sizes: string, filter: ResampleFilter): string {
    return this.#sketch.op('Resize', [this.#pictures.value, '', '', sizes], {
      mode: filter === 'bilinear' ? 'linear' : 'cubic',
      antialias: 1,
      // Pillow's: weights of what is beside the picture go to what is in it.
      exclude_outside: 1,
      cubic_coeff_a: { kind: 'float', value: -0.5 },
      coordinate_transformation_mode: 'half_pixel',
    });
  }

  /** The pictures as float32 [N, 3, H, W]. */
  #planes(): string {
    const s = this.#sketch;
    return s.cast(s.op('Transpose', [this.#pictures.value], { perm: [0, 3, 1, 2] }), 'float32');
  }

  #across(planes: string, weights: string, filter: ResampleFilter): string {
    const s = this.#sketch;
    const turned = s.op('Transpose', [weights], { perm: [1, 0] });
    return this.#rounded(s.op('MatMul', [planes, turned]), filter);
  }

  #down(planes: string, weights: string, filter: ResampleFilter): string {
    return this.#rounded(this.#sketch.op('MatMul', [weights, planes]), filter);
  }

  /** To 8 bits, halves up, as Pillow does after each pass. */
  #rounded(value: string, filter: ResampleFilter): string {
    const s = this.#sketch;
    const whole = s.op('Floor', [s.op('Add', [value, s.float(0.5)])]);
    // Weights that are not negative keep within the range.
    return filter === 'bilinear' ? whole : this.#clipped(whole);
  }

  #clipped(value: string): string {
    return this.#sketch.op('Clip', [value, this.#sketch.float(0), this.#sketch.float(255)]);
  }

  /** See `sharpen`: pixel + amount (pixel - blurred pixel). @param sigma of the Gaussian, a float */
  #sharpened({ value, layout, type }: Pixels, sigma: string): Pixels {
    const s = this.#sketch;
    const planes =
      layout === 'nchw' ? value : s.cast(s.op('Transpose', [value], { perm: [0, 3, 1, 2] }), 'float32');
    const radius = s.op('Ceil', [s.op('Mul', [sigma, s.float(2.5)])]);
    const across = this.#blurred(planes, 3, sigma, radius);
    const blurred = this.#blurred(across, 2, sigma, radius);
    const detail = s.op('Mul', [s.op('Sub', [planes, blurred]), s.float(SHARPEN_AMOUNT)]);
    const sharp = this.#clipped(s.op('Round', [s.op('Add', [planes, detail])]));
    if (layout === 'nchw') return { value: sharp, layout, type };
    return { value: s.op('Transpose', [s.cast(sharp, 'uint8')], { perm: [0, 2, 3, 1] }), layout, type };
  }

  /** A Gaussian along an axis, which repeats the pixels of the edge. */
  #blurred(planes: string, axis: 2 | 3, sigma: string, radius: string): string {
    const s = this.#sketch;
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

  #padded({ value, type }: Pixels, pads: string): string {
    const s = this.#sketch;
    return type === 'float32' ? s.op('Pad', [value, pads]) : s.op('Pad', [value, pads, s.zeroByte()]);
  }
}
