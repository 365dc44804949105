import type { ResampleFilter } from '../images/preprocessing.ts';
import { denseWeights } from '../images/resample.ts';
import { PRECISION } from '../images/resampleKernel.ts';
import { axisWeights, type Resampling, type ResizeAxis } from '../images/resampleWeights.ts';
import type { Sketch } from './sketch.ts';

/*
 * One axis of a resize as nodes, over planes [N, 3, H, W] of float32: a product with a matrix of the weights that
 * `axisWeights` gives, or the choice of the nearest pixel.
 */

/** Which axis of the planes. */
const ROWS = 2;
const COLUMNS = 3;
type PlaneAxis = typeof ROWS | typeof COLUMNS;

/** As `ResizeAxis` without a box, known only when the graph runs: names of floats without dimensions. */
export interface OpenAxis {
  readonly inputSize: string;
  readonly outputSize: string;
  readonly first: string;
  readonly count: string;
}

/** Filters that may give more than white and less than black. */
const OVERSHOOTS: readonly ResampleFilter[] = ['bicubic', 'lanczos'];

/** How many pixels before and after an edge the filters read that do not grow with the factor. */
const REACH: Partial<Record<ResampleFilter, number>> = { bicubic: 2, lanczos: 4 };

export class ResizeNodes {
  readonly #sketch: Sketch;
  readonly #how: Resampling;

  constructor(sketch: Sketch, how: Resampling) {
    this.#sketch = sketch;
    this.#how = how;
  }

  /** Columns, then rows; what is a string already stays as it is. */
  resized(planes: string, across: ResizeAxis | OpenAxis | undefined, down: typeof across): string {
    const columns = across ? this.#along(planes, across, COLUMNS) : planes;
    const between = across ? this.#between(columns) : columns;
    const rows = down ? this.#along(between, down, ROWS) : between;
    return across || down ? this.#last(rows, down !== undefined) : rows;
  }

  #along(planes: string, axis: ResizeAxis | OpenAxis, at: PlaneAxis): string {
    const s = this.#sketch;
    if (this.#how.filter === 'nearest') {
      const indices = isOpen(axis) ? this.#nearest(axis) : s.ints(...axisWeights(axis, this.#how).start);
      return s.op('Gather', [planes, indices], { axis: at });
    }
    if (!isOpen(axis)) {
      const weights = s.floats(denseWeights(axis, this.#how), [axis.count, axis.inputSize]);
      return this.#product(planes, weights, at);
    }
    const reach = this.#how.antialias === false ? (REACH[this.#how.filter] ?? 0) : 0;
    return this.#product(this.#extended(planes, at, reach), this.#weights(axis, reach), at);
  }

  #product(planes: string, weights: string, at: PlaneAxis): string {
    const s = this.#sketch;
    if (at === ROWS) return s.op('MatMul', [weights, planes]);
    return s.op('MatMul', [planes, s.op('Transpose', [weights], { perm: [1, 0] })]);
  }

  // --- rounding ---

  /** Pillow rounds after each pass. */
  #between(value: string): string {
    return this.#roundsTwice() ? this.#halvesUp(value) : value;
  }

  #last(value: string, isSecond: boolean): string {
    const { filter, rounded } = this.#how;
    if (filter === 'nearest' || rounded === false) return value;
    if (this.#roundsTwice()) return isSecond ? this.#halvesUp(value) : value;
    return this.#clipped(this.#sketch.op('Round', [value]));
  }

  #roundsTwice(): boolean {
    const { filter, antialias, rounded } = this.#how;
    return filter !== 'nearest' && antialias !== false && rounded !== false;
  }

  #halvesUp(value: string): string {
    const s = this.#sketch;
    return this.#clipped(s.op('Floor', [s.op('Add', [value, s.float(0.5)])]));
  }

  #clipped(value: string): string {
    const s = this.#sketch;
    return OVERSHOOTS.includes(this.#how.filter) ? s.op('Clip', [value, s.float(0), s.float(255)]) : value;
  }

  // --- axes that are open ---

  /** The pixel at the middle of each output, or where it begins: the sums of `axisWeights`, in 64 bits as there. */
  #nearest({ inputSize, outputSize, first, count }: OpenAxis): string {
    const s = this.#sketch;
    const [from, to] = [s.cast(inputSize, 'float64'), s.cast(outputSize, 'float64')];
    const start = s.op('Reshape', [s.cast(first, 'int64'), s.ints(1)]);
    const end = s.op('Add', [start, s.op('Reshape', [s.cast(count, 'int64'), s.ints(1)])]);
    const whole = s.op('Range', [s.float(0), outputSize, s.float(1)]);
    let at: string;
    if (this.#how.antialias === false) {
      at = s.op('Mul', [s.cast(whole, 'float64'), this.#inverse(s.op('Div', [to, from]))]);
    } else {
      const scale = s.op('Div', [from, to]);
      const steps = s.op('Add', [s.op('Mul', [s.cast(whole, 'float64'), s.double(0)]), scale]);
      const half = s.op('Mul', [scale, s.double(0.5)]);
      const isFirst = s.op('Equal', [s.cast(whole, 'int64'), s.index(0)]);
      at = s.op('CumSum', [s.op('Where', [isFirst, half, steps]), s.index(0)]);
    }
    const last = s.op('Sub', [s.cast(inputSize, 'int64'), s.index(1)]);
    return s.op('Slice', [s.op('Min', [s.cast(at, 'int64'), last]), start, end]);
  }

  /** More pixels before and after, which repeat those of the edge. */
  #extended(planes: string, at: PlaneAxis, by: number): string {
    if (by === 0) return planes;
    const s = this.#sketch;
    const pads = at === ROWS ? [0, 0, by, 0, 0, 0, by, 0] : [0, 0, 0, by, 0, 0, 0, by];
    return s.op('Pad', [planes, s.ints(...pads)], { mode: 'edge' });
  }

  /** The matrix [count, inputSize + 2 reach] of what `axisWeights` gives. */
  #weights({ inputSize, outputSize, first, count }: OpenAxis, reach: number): string {
    const s = this.#sketch;
    const { filter, antialias } = this.#how;
    const [zero, half, one] = [0, 0.5, 1].map((value) => s.float(value));
    if (filter === 'box' && antialias !== false) {
      const weights = this.#box({ inputSize, outputSize, first, count });
      return this.#shares(weights);
    }
    const range = (length: string) => s.op('Range', [zero, length, one]);
    const there = reach === 0 ? inputSize : s.op('Add', [inputSize, s.float(2 * reach)]);
    const inputs = s.op('Add', [range(there), s.float(0.5 - reach)]);
    const outputs = s.op('Unsqueeze', [s.op('Add', [s.op('Add', [range(count), first]), half]), s.ints(1)]);
    // Whole numbers up to here, half of them at most: nothing is rounded.
    const offset = s.op('Sub', [s.op('Mul', [inputs, outputSize]), s.op('Mul', [outputs, inputSize])]);
    const wide = antialias === false ? outputSize : s.op('Max', [inputSize, outputSize]);
    const weights =
      filter === 'box' ? this.#covered(offset, inputSize, outputSize) : this.#kernel(offset, wide);
    return this.#shares(weights);
  }

  /** Weights whose sum is one: where Pillow rounds pixels, also of as many bits as its own, which decide where a sum is a half. */
  #shares(weights: string): string {
    const s = this.#sketch;
    const shares = s.op('Div', [weights, s.reduce('ReduceSum', weights, [1])]);
    if (!this.#roundsTwice()) return shares;
    const units = s.op('Round', [s.op('Mul', [shares, s.float(2 ** PRECISION)])]);
    return s.op('Mul', [units, s.float(2 ** -PRECISION)]);
  }

  /** Whether a pixel's middle is in an output: to the last of 64 bits as in `axisWeights`, which decides where it is on an edge. */
  #box({ inputSize, outputSize, first, count }: OpenAxis): string {
    const s = this.#sketch;
    const half = s.double(0.5);
    const range = (length: string) => s.cast(s.op('Range', [s.float(0), length, s.float(1)]), 'float64');
    const [size, to] = [s.cast(inputSize, 'float64'), s.cast(outputSize, 'float64')];
    const scale = s.op('Div', [size, to]);
    const at = s.op('Add', [s.op('Add', [range(count), s.cast(first, 'float64')]), half]);
    const middles = s.op('Unsqueeze', [s.op('Mul', [at, scale]), s.ints(1)]);
    const away = s.op('Add', [s.op('Sub', [range(inputSize), middles]), half]);
    const x = s.op('Mul', [away, this.#inverse(s.op('Max', [scale, s.double(1)]))]);
    const isIn = s.op('And', [s.op('Greater', [x, s.double(-0.5)]), s.op('LessOrEqual', [x, half])]);
    return s.cast(isIn, 'float32');
  }

  /** Twice over twice: 1 / x is merged with a product by onnxruntime, which rounds once instead of twice. */
  #inverse(double: string): string {
    const two = this.#sketch.double(2);
    return this.#sketch.op('Div', [two, this.#sketch.op('Mul', [double, two])]);
  }

  /** What an output covers of a pixel. @param offset from the middle of the one to that of the other */
  #covered(offset: string, inputSize: string, outputSize: string): string {
    const s = this.#sketch;
    // Two intervals, as long as the input and as the output, whose middles are so far apart.
    const together = s.op('Mul', [s.op('Add', [inputSize, outputSize]), s.float(0.5)]);
    const overlap = s.op('Sub', [together, s.op('Abs', [offset])]);
    return s.op('Relu', [s.op('Min', [overlap, s.op('Min', [inputSize, outputSize])])]);
  }

  #kernel(offset: string, wide: string): string {
    const s = this.#sketch;
    const { filter, antialias } = this.#how;
    const x = s.op('Abs', [s.op('Div', [offset, wide])]);
    switch (filter) {
      case 'hamming':
        return this.#within(x, 1, this.#hamming(x));
      case 'bicubic':
        return this.#cubic(s.op('Min', [x, s.float(2)]), antialias === false ? -0.75 : -0.5);
      case 'lanczos': {
        const reach = antialias === false ? 4 : 3;
        const slow = this.#sinc(s.op('Mul', [x, s.float(1 / reach)]));
        return this.#within(x, reach, s.op('Mul', [this.#sinc(x), slow]));
      }
      default:
        return s.op('Relu', [s.op('Sub', [s.float(1), x])]);
    }
  }

  #within(x: string, reach: number, value: string): string {
    const s = this.#sketch;
    return s.op('Where', [s.op('Less', [x, s.float(reach)]), value, s.float(0)]);
  }

  /** sin(pi x) / (pi x), and 1 at 0. */
  #sinc(x: string): string {
    const s = this.#sketch;
    const angle = s.op('Mul', [s.op('Max', [x, s.float(1e-4)]), s.float(Math.PI)]);
    return s.op('Div', [s.op('Sin', [angle]), angle]);
  }

  #hamming(x: string): string {
    const s = this.#sketch;
    const cosine = s.op('Cos', [s.op('Mul', [x, s.float(Math.PI)])]);
    const window = s.op('Add', [s.op('Mul', [cosine, s.float(0.46)]), s.float(0.54)]);
    return s.op('Mul', [this.#sinc(x), window]);
  }

  /** Keys' cubic convolution, for 0 <= x <= 2. */
  #cubic(x: string, a: number): string {
    const s = this.#sketch;
    const plus = (value: string, number: number) => s.op('Add', [value, s.float(number)]);
    const times = (value: string, by: string) => s.op('Mul', [value, by]);
    const near = plus(times(times(plus(times(x, s.float(a + 2)), -(a + 3)), x), x), 1);
    const far = times(plus(times(plus(times(plus(x, -5), x), 8), x), -4), s.float(a));
    return s.op('Where', [s.op('Less', [x, s.float(1)]), near, far]);
  }
}

function isOpen(axis: ResizeAxis | OpenAxis): axis is OpenAxis {
  return typeof axis.count === 'string';
}
