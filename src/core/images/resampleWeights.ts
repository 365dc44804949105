import type { Preprocessing, ResampleFilter } from './preprocessing.ts';

/** One axis of a resize: outputs `first` to `first + count` of `outputSize`, made from a part of `inputSize` pixels. */
export interface ResizeAxis {
  readonly inputSize: number;
  /** The part of the source that becomes the whole result; its ends may lie between pixels. */
  readonly boxStart: number;
  readonly boxSize: number;
  readonly outputSize: number;
  readonly first: number;
  readonly count: number;
  /** The pixels that may be read, where the picture was cut before; absent: all. */
  readonly limits?: readonly [from: number, to: number] | undefined;
}

/** Which filter, and whether it grows with the factor by which a picture shrinks (see `Preprocessing`). */
export interface Resampling {
  readonly filter: ResampleFilter;
  readonly antialias?: false | undefined;
  readonly rounded?: false | undefined;
}

export function resampling({ resample, antialias, rounded }: Preprocessing): Resampling {
  return { filter: resample, antialias, rounded };
}

/** Weights of `taps` source positions from `start[i]` on; those of output `i` begin at `i * taps` and add up to 1. */
export interface Weights {
  readonly start: Int32Array;
  readonly weights: Float64Array;
  readonly taps: number;
}

/** @returns what each output reads */
export function axisWeights(axis: ResizeAxis, { filter, antialias }: Resampling): Weights {
  if (filter === 'nearest') return nearest(axis, antialias === false);
  if (antialias !== false) return antialiased(axis, filter);
  return filter === 'box' ? areas(axis) : interpolated(axis, filter);
}

type SmoothFilter = Exclude<ResampleFilter, 'nearest'>;

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));
const hamming = (x: number): number => sinc(x) * (0.54 + 0.46 * Math.cos(x * Math.PI));

/** Keys' cubic convolution. */
const cubic = (a: number) => (x: number) => {
  const d = Math.abs(x);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return (((d - 5) * d + 8) * d - 4) * a;
  return 0;
};

interface Kernel {
  readonly support: number;
  readonly at: (x: number) => number;
}

/** Pillow's (src/libImaging/Resample.c). */
const KERNEL: Record<SmoothFilter, Kernel> = {
  box: { support: 0.5, at: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: { support: 1, at: (x) => (Math.abs(x) < 1 ? hamming(x) : 0) },
  bicubic: { support: 2, at: cubic(-0.5) },
  lanczos: { support: 3, at: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** Pillow's `precompute_coeffs`, which tensors of torch resized with `antialias=True` follow. */
function antialiased(axis: ResizeAxis, filter: SmoothFilter): Weights {
  const { boxStart, boxSize, outputSize, first, count } = axis;
  const [low, high] = axis.limits ?? [0, axis.inputSize];
  const kernel = KERNEL[filter];
  const scale = boxSize / outputSize;
  const filterScale = Math.max(scale, 1);
  const support = kernel.support * filterScale;
  const bounds = (i: number): readonly [from: number, to: number] => {
    const center = boxStart + (first + i + 0.5) * scale;
    const from = Math.max(low, Math.trunc(center - support + 0.5));
    return [from, Math.min(high, Math.trunc(center + support + 0.5))];
  };
  let taps = 1;
  for (let i = 0; i < count; i++) taps = Math.max(taps, bounds(i)[1] - bounds(i)[0]);
  const start = new Int32Array(count);
  const weights = new Float64Array(count * taps);
  const exact = new Float64Array(taps);
  for (let i = 0; i < count; i++) {
    const center = boxStart + (first + i + 0.5) * scale;
    const [from, to] = bounds(i);
    let sum = 0;
    for (let t = 0; t < to - from; t++) {
      exact[t] = kernel.at((t + from - center + 0.5) * (1 / filterScale));
      sum += exact[t];
    }
    start[i] = Math.min(from, axis.inputSize - taps);
    const w = i * taps + from - start[i];
    for (let t = 0; t < to - from; t++) weights[w + t] = sum === 0 ? exact[t] : exact[t] / sum;
  }
  return { start, weights, taps };
}

/** Of one pixel each, and those beside it: OpenCV's `INTER_LINEAR`, `INTER_CUBIC` and `INTER_LANCZOS4`. */
const NARROW: Record<Exclude<SmoothFilter, 'box'>, Kernel> = {
  bilinear: KERNEL.bilinear,
  hamming: KERNEL.hamming,
  bicubic: { support: 2, at: cubic(-0.75) },
  lanczos: { support: 4, at: (x) => (Math.abs(x) < 4 ? sinc(x) * sinc(x / 4) : 0) },
};

/** What lies beyond an edge is the pixel of the edge. */
function interpolated(axis: ResizeAxis, filter: Exclude<SmoothFilter, 'box'>): Weights {
  const { boxStart, boxSize, outputSize, first, count } = axis;
  const [low, high] = axis.limits ?? [0, axis.inputSize];
  const { support, at } = NARROW[filter];
  const taps = Math.min(2 * support, axis.inputSize);
  const start = new Int32Array(count);
  const weights = new Float64Array(count * taps);
  const exact = new Float64Array(2 * support);
  for (let i = 0; i < count; i++) {
    const position = boxStart + ((first + i + 0.5) * boxSize) / outputSize - 0.5;
    const from = Math.floor(position) - support + 1;
    let sum = 0;
    for (let t = 0; t < exact.length; t++) {
      exact[t] = at(from + t - position);
      sum += exact[t];
    }
    start[i] = Math.min(Math.max(from, low), axis.inputSize - taps);
    for (let t = 0; t < exact.length; t++) {
      const source = Math.min(Math.max(from + t, low), high - 1);
      weights[i * taps + source - start[i]] += exact[t] / sum;
    }
  }
  return { start, weights, taps };
}

/** Every pixel by the part of it that an output covers: OpenCV's `INTER_AREA`. */
function areas(axis: ResizeAxis): Weights {
  const { inputSize, boxStart, boxSize, outputSize, first, count } = axis;
  const edge = (i: number): number => boxStart + ((first + i) * boxSize) / outputSize;
  const low = (i: number): number => Math.min(Math.floor(edge(i)), inputSize - 1);
  const high = (i: number): number => Math.min(Math.ceil(edge(i + 1)), inputSize);
  let taps = 1;
  for (let i = 0; i < count; i++) taps = Math.max(taps, high(i) - low(i));
  const start = new Int32Array(count);
  const weights = new Float64Array(count * taps);
  for (let i = 0; i < count; i++) {
    const from = low(i);
    start[i] = Math.min(from, inputSize - taps);
    let sum = 0;
    for (let source = from; source < high(i); source++) {
      const covered = Math.min(source + 1, edge(i + 1)) - Math.max(source, edge(i));
      weights[i * taps + source - start[i]] = Math.max(covered, 0);
      sum += Math.max(covered, 0);
    }
    for (let t = 0; t < taps; t++) weights[i * taps + t] /= sum;
  }
  return { start, weights, taps };
}

/** The pixel at the middle of each output, found as Pillow finds it; or that at its beginning, as OpenCV's `INTER_NEAREST` does. */
function nearest(axis: ResizeAxis, fromCorner: boolean): Weights {
  const { inputSize, boxStart, boxSize, outputSize, first, count } = axis;
  const scale = boxSize / outputSize;
  const start = new Int32Array(count);
  // Both libraries' sums, whose rounding decides where a pixel ends at a middle.
  const inverse = 1 / (outputSize / boxSize);
  let middle = boxStart + scale * 0.5;
  for (let i = 0; i < first; i++) middle += scale;
  for (let i = 0; i < count; i++, middle += scale) {
    const at = fromCorner ? boxStart + (first + i) * inverse : middle;
    start[i] = Math.min(Math.max(Math.floor(at), 0), inputSize - 1);
  }
  return { start, weights: new Float64Array(count).fill(1), taps: 1 };
}
