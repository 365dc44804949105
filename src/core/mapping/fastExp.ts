const STEPS = 256;
const LEAST = -700;
const perStep = Math.LN2 / STEPS;
/** 2^(i / 256), and 2^-j. */
const fractions = Float64Array.from({ length: STEPS }, (_, i) => 2 ** (i / STEPS));
const powers = Float64Array.from({ length: 1012 }, (_, j) => 2 ** -j);

/**
 * e^x for x <= 0 with a relative error below 1e-11, about twice as fast as Math.exp; 0 below -700.
 * x = (k / 256) ln 2 + r, e^x = 2^floor(k / 256) 2^((k mod 256) / 256) e^r, the last by its series.
 */
export function expOfNegative(x: number): number {
  if (!(x > LEAST)) return 0;
  const k = Math.floor(x / perStep);
  const r = x - k * perStep;
  return powers[-(k >> 8)] * fractions[k & (STEPS - 1)] * (1 + r * (1 + r * (0.5 + r * (1 / 6))));
}
