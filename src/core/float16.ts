const bits = new DataView(new ArrayBuffer(8));

/** The IEEE 754 half-precision bit pattern nearest to `value`, halves to even; too large values become infinite. */
export function float16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  bits.setFloat64(0, value);
  const sign = (bits.getUint32(0) >>> 16) & 0x8000;
  const magnitude = Math.abs(value);
  if (magnitude >= 65520) return sign | 0x7c00;
  // Below 2^-14 the step is that of the subnormal numbers, 2^-24.
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude || 2 ** -24)));
  let step = 2 ** (exponent - 10);
  let steps = roundHalfToEven(magnitude / step);
  let biased = exponent + 15;
  if (steps >= 2048) {
    step *= 2;
    steps = 1024;
    biased++;
  }
  return steps < 1024 ? sign | steps : sign | (biased << 10) | (steps - 1024);
}

/** The number that a half-precision bit pattern stands for. */
export function float16Value(pattern: number): number {
  const sign = pattern & 0x8000 ? -1 : 1;
  const exponent = (pattern >> 10) & 31;
  const fraction = pattern & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

let known: Float32Array | undefined;

/** The numbers that half-precision bit patterns stand for. A model has millions of them: all patterns are a table. */
export function float16Values(patterns: Uint16Array): Float32Array {
  known ??= Float32Array.from({ length: 1 << 16 }, (_, pattern) => float16Value(pattern));
  const values = new Float32Array(patterns.length);
  for (let i = 0; i < patterns.length; i++) values[i] = known[patterns[i]];
  return values;
}

/** The nearest integer, of two equally near ones the even one: as numpy, torchvision and ONNX round. */
export function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  return x - floor === 0.5 ? floor + (floor & 1) : Math.round(x);
}

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/** bfloat16 bits to a number: the upper half of a float32. */
export function bfloat16Value(bits: number): number {
  scratchBits[0] = bits << 16;
  return scratch[0];
}
