import {
  type Code,
  i32,
  type Local,
  repeatWhile,
  v128,
  type WasmFunction,
  wasmModule,
} from './wasmModule.ts';

/** Bits after the point of a weight: 32 bits less 8 for the pixel and 2 for overshoot and sign. */
export const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);
/** A weight is multiplied in two parts that fit 16 bits each: what is above so many bits, and what is below. */
const LOW_BITS = 11;

/** Bytes of the two weights of a pair: the upper parts of both, then the lower ones. */
const PAIR = 8;

/**
 * Which source positions an output position reads, and with what weights: `taps` positions from `start[i]` on, all of
 * them inside the source. Where fewer are needed, the weights of the others are zero.
 */
export interface Coefficients {
  readonly start: Int32Array;
  /** Weight of tap `t` at output `i` stands at `i * taps + t`, as a fixed-point number of `PRECISION` bits. */
  readonly weights: Int32Array;
  readonly taps: number;
}

/** `(HALF + upper * 2^LOW_BITS + lower) >> PRECISION`, four at a time. */
function settled(upper: Local, lower: Local): Code {
  const sum = v128.add32(v128.shiftLeft32(upper.get, LOW_BITS), lower.get);
  return v128.shiftRight32(v128.add32(sum, v128.splat32(i32.constant(HALF))), PRECISION);
}

const advance = (local: Local, by: Code): Code => local.set(i32.add(local.get, by));
const accumulate = (sum: Local, pixels: Code, weights: Code): Code =>
  sum.set(v128.add32(sum.get, v128.dot16(pixels, weights)));

/** Of two RGB pixels behind each other: both reds, both greens, both blues, as 16 bits each. */
const TWO_PIXELS = [0, 3, 1, 4, 2, 5].flatMap((byte) => [byte, 0x80]).concat([0x80, 0x80, 0x80, 0x80]);
/** The bytes of two vectors in turns. */
const IN_TURNS = Array.from({ length: 16 }, (_, i) => (i >> 1) + 16 * (i & 1));

/** Every row of `source` becomes one of `into`, each pixel from `pairBytes / PAIR` pairs of pixels beside each other. */
const across: WasmFunction = {
  name: 'across',
  parameters: 8,
  integers: 6,
  vectors: 3,
  body([
    source,
    stride,
    rows,
    into,
    width,
    starts,
    weights,
    pairBytes,
    row,
    x,
    at,
    weight,
    weightEnd,
    start,
    upper,
    lower,
    pixels,
  ]) {
    const pair = [
      ...pixels.set(v128.swizzle(v128.load64(at.get), v128.constant(TWO_PIXELS))),
      ...accumulate(upper, pixels.get, v128.load32Everywhere(weight.get)),
      ...accumulate(lower, pixels.get, v128.load32Everywhere(weight.get, 4)),
      ...advance(at, i32.constant(6)),
      ...advance(weight, i32.constant(PAIR)),
    ];
    const bytes = v128.narrow16(v128.narrow32(settled(upper, lower), v128.zero), v128.zero);
    const pixel = [
      ...at.set(i32.add(source.get, i32.load(start.get))),
      ...upper.set(v128.zero),
      ...lower.set(v128.zero),
      ...weightEnd.set(i32.add(weight.get, pairBytes.get)),
      ...repeatWhile(pair, i32.isBelow(weight.get, weightEnd.get)),
      ...v128.store32(into.get, bytes),
      ...advance(into, i32.constant(3)),
      ...advance(start, i32.constant(4)),
      ...advance(x, i32.constant(1)),
    ];
    const line = [
      ...start.set(starts.get),
      ...weight.set(weights.get),
      ...x.set(i32.constant(0)),
      ...repeatWhile(pixel, i32.isBelow(x.get, width.get)),
      ...advance(source, stride.get),
      ...advance(row, i32.constant(1)),
    ];
    return [...row.set(i32.constant(0)), ...repeatWhile(line, i32.isBelow(row.get, rows.get))];
  },
};

/** Every row of `into` is made from `pairBytes / PAIR` pairs of rows of `source` below each other, eight bytes at a time. */
const down: WasmFunction = {
  name: 'down',
  parameters: 7,
  integers: 5,
  vectors: 7,
  body([source, stride, into, rows, starts, weights, pairBytes, x, at, weight, weightEnd, row, ...vectors]) {
    const [pixels, upperLeft, lowerLeft, upperRight, lowerRight, uppers, lowers] = vectors;
    const pair = [
      ...pixels.set(v128.shuffle(v128.load64(at.get), v128.load64(i32.add(at.get, stride.get)), IN_TURNS)),
      ...uppers.set(v128.load32Everywhere(weight.get)),
      ...lowers.set(v128.load32Everywhere(weight.get, 4)),
      ...accumulate(upperLeft, v128.widenLow8(pixels.get), uppers.get),
      ...accumulate(lowerLeft, v128.widenLow8(pixels.get), lowers.get),
      ...accumulate(upperRight, v128.widenHigh8(pixels.get), uppers.get),
      ...accumulate(lowerRight, v128.widenHigh8(pixels.get), lowers.get),
      ...advance(at, i32.add(stride.get, stride.get)),
      ...advance(weight, i32.constant(PAIR)),
    ];
    const words = v128.narrow32(settled(upperLeft, lowerLeft), settled(upperRight, lowerRight));
    const part = [
      ...at.set(i32.add(i32.add(source.get, i32.load(starts.get)), x.get)),
      ...weight.set(weights.get),
      ...[upperLeft, lowerLeft, upperRight, lowerRight].flatMap((sum) => sum.set(v128.zero)),
      ...repeatWhile(pair, i32.isBelow(weight.get, weightEnd.get)),
      ...v128.store64(i32.add(into.get, x.get), v128.narrow16(words, v128.zero)),
      ...advance(x, i32.constant(8)),
    ];
    const whole = [
      ...x.set(i32.constant(0)),
      ...weightEnd.set(i32.add(weights.get, pairBytes.get)),
      ...repeatWhile(part, i32.isBelow(x.get, stride.get)),
      ...weights.set(weightEnd.get),
      ...advance(into, stride.get),
      ...advance(starts, i32.constant(4)),
      ...advance(row, i32.constant(1)),
    ];
    return [...row.set(i32.constant(0)), ...repeatWhile(whole, i32.isBelow(row.get, rows.get))];
  },
};

/** What the module exports. Places and strides are in bytes of its memory. */
interface Passes {
  across(
    source: number,
    stride: number,
    rows: number,
    into: number,
    width: number,
    starts: number,
    weights: number,
    pairBytes: number,
  ): void;
  down(
    source: number,
    stride: number,
    into: number,
    rows: number,
    starts: number,
    weights: number,
    pairBytes: number,
  ): void;
}

let compiled: WebAssembly.Module | undefined;
let kernel: ResampleKernel | undefined;

/** What a memory of WebAssembly may keep from one picture to the next: it never shrinks. */
const KEEP_BYTES = 8 * 2 ** 20;
const PAGE = 2 ** 16;
/** Rows are copied so many bytes at a time, which stay in the cache until they are resized. */
const STRIPE_BYTES = 2 ** 18;
/** Vectors reach so far beyond what they are for. */
const MARGIN = 16;

/** The two passes of a resize, in WebAssembly: eight times as fast as the same loops in JavaScript (docs/BENCHMARKS.md). */
class ResampleKernel {
  readonly #memory = new WebAssembly.Memory({ initial: 1 });
  readonly #passes: Passes;
  #bytes = new Uint8Array(this.#memory.buffer);

  constructor() {
    compiled ??= new WebAssembly.Module(wasmModule([across, down]));
    const { exports } = new WebAssembly.Instance(compiled, { host: { memory: this.#memory } });
    this.#passes = exports as unknown as Passes;
  }

  get size(): number {
    return this.#bytes.length;
  }

  /**
   * @param source [rows, stride]: RGB bytes from the first row on that is needed
   * @param stride bytes of a row of `source`
   * @param width pixels of a row of the result
   * @param columns absent where the pixels of a row stay as they are
   * @param lines absent where the rows stay as they are; their positions count from the first row of `source`
   * @returns [height, width, 3]
   */
  run(
    source: Uint8Array | Uint8ClampedArray,
    stride: number,
    rows: number,
    width: number,
    columns: Coefficients | undefined,
    lines: Coefficients | undefined,
  ): Uint8Array {
    const between = width * 3;
    const height = lines ? lines.start.length : rows;
    let end = MARGIN;
    const take = (bytes: number): number => {
      const at = end;
      end += Math.ceil((bytes + MARGIN) / MARGIN) * MARGIN;
      return at;
    };
    const stripe = Math.max(1, Math.floor(STRIPE_BYTES / stride));
    const stripeAt = take(columns ? Math.min(stripe, rows) * stride : 0);
    // A pair may reach a row beyond the last.
    const betweenAt = take((rows + 1) * between);
    const intoAt = lines ? take(height * between) : betweenAt;
    const columnsAt = columns && { starts: take(4 * width), weights: take(weightBytes(columns)) };
    const linesAt = lines && { starts: take(4 * height), weights: take(weightBytes(lines)) };
    this.#reserve(end);
    if (columns && columnsAt) {
      this.#write(columns, 3, columnsAt);
      const pairBytes = bytesOfPairs(columns);
      for (let row = 0; row < rows; row += stripe) {
        const count = Math.min(stripe, rows - row);
        this.#bytes.set(source.subarray(row * stride, (row + count) * stride), stripeAt);
        const into = betweenAt + row * between;
        this.#passes.across(
          stripeAt,
          stride,
          count,
          into,
          width,
          columnsAt.starts,
          columnsAt.weights,
          pairBytes,
        );
      }
    } else {
      this.#bytes.set(source.subarray(0, rows * stride), betweenAt);
    }
    if (lines && linesAt) {
      this.#write(lines, between, linesAt);
      this.#passes.down(
        betweenAt,
        between,
        intoAt,
        height,
        linesAt.starts,
        linesAt.weights,
        bytesOfPairs(lines),
      );
    }
    return this.#bytes.slice(intoAt, intoAt + height * between);
  }

  #reserve(bytes: number): void {
    const missing = Math.ceil((bytes - this.#bytes.length) / PAGE);
    if (missing <= 0) return;
    this.#memory.grow(missing);
    this.#bytes = new Uint8Array(this.#memory.buffer);
  }

  /** @param step bytes from one source position to the next */
  #write(
    { start, weights, taps }: Coefficients,
    step: number,
    at: { starts: number; weights: number },
  ): void {
    const starts = new Int32Array(this.#memory.buffer, at.starts, start.length);
    for (let i = 0; i < start.length; i++) starts[i] = start[i] * step;
    const pairs = Math.ceil(taps / 2);
    const parts = new Int16Array(this.#memory.buffer, at.weights, (start.length * pairs * PAIR) / 2);
    let o = 0;
    for (let i = 0; i < start.length; i++) {
      for (let t = 0; t < 2 * pairs; t += 2, o += 4) {
        const first = weights[i * taps + t];
        const second = t + 1 < taps ? weights[i * taps + t + 1] : 0;
        parts[o] = first >> LOW_BITS;
        parts[o + 1] = second >> LOW_BITS;
        parts[o + 2] = first & ((1 << LOW_BITS) - 1);
        parts[o + 3] = second & ((1 << LOW_BITS) - 1);
      }
    }
  }
}

/** Bytes of the weights of one output position. */
function bytesOfPairs({ taps }: Coefficients): number {
  return Math.ceil(taps / 2) * PAIR;
}

/** Bytes of the weights of all output positions. */
function weightBytes(coefficients: Coefficients): number {
  return coefficients.start.length * bytesOfPairs(coefficients);
}

/** As {@link ResampleKernel.run}, with a kernel that is kept as long as its memory is small. */
export function resample(...picture: Parameters<ResampleKernel['run']>): Uint8Array {
  kernel ??= new ResampleKernel();
  try {
    return kernel.run(...picture);
  } finally {
    if (kernel.size > KEEP_BYTES) kernel = undefined;
  }
}
