import type { ToSrgb } from '../../core/images/preprocessing.ts';

/** What a coded value (0 to 1) of a channel is in light (0 to 1). */
export type Curve = (value: number) => number;

/** Three rows of three. */
export type Matrix = readonly (readonly [number, number, number])[];

/** Colours that are three channels with a curve each, mixed by a matrix: what cameras, phones and screens have. */
export interface MatrixColors {
  readonly curves: readonly [Curve, Curve, Curve];
  /** From light of the three channels to XYZ, adapted to D50, as ICC profiles have it. */
  readonly toXyz: Matrix;
}

/** Of sRGB, as in its ICC profile. */
const SRGB_TO_XYZ: Matrix = [
  [0.43607, 0.38515, 0.14307],
  [0.22249, 0.71687, 0.06061],
  [0.01392, 0.09708, 0.7141],
];
const XYZ_TO_SRGB = inverse(SRGB_TO_XYZ);

export const srgbCurve: Curve = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
const srgbCode = (light: number): number =>
  light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;

/** So many steps of light that codes are right to a twentieth of a grey level, in the dark too. */
const LIGHT_BITS = 14;
const LIGHTEST = (1 << LIGHT_BITS) - 1;
/** Fractions of a step, so that sums of three are rounded once. */
const FRACTION_BITS = 12;
const ONE = LIGHTEST << FRACTION_BITS;

let codes: Uint8Array | undefined;

/** The sRGB code of each step of light. */
function srgbCodes(): Uint8Array {
  codes ??= Uint8Array.from({ length: LIGHTEST + 1 }, (_, i) => Math.round(srgbCode(i / LIGHTEST) * 255));
  return codes;
}

/** Colours outside of sRGB become the nearest code of each channel. */
export function matrixToSrgb({ curves, toXyz }: MatrixColors): ToSrgb {
  const matrix = product(XYZ_TO_SRGB, toXyz);
  // What each code of each channel adds to red, green and blue: a pixel is nine look-ups and six sums.
  const parts = curves.map((curve, channel) =>
    matrix.map((row) =>
      Int32Array.from({ length: 256 }, (_, code) => {
        // What is brighter than white is white: in each channel, before they are mixed.
        const part = row[channel] * Math.max(0, Math.min(1, curve(code / 255))) * ONE;
        return Number.isFinite(part) ? Math.round(Math.min(2 * ONE, Math.max(-2 * ONE, part))) : 0;
      }),
    ),
  );
  const [[rr, gr, br], [rg, gg, bg], [rb, gb, bb]] = parts;
  const table = srgbCodes();
  const half = 1 << (FRACTION_BITS - 1);
  return (data) => {
    for (let i = 0; i + 2 < data.length; i += 3) {
      const r = data[i];
      const g = data[i + 1];
      const b = data[i + 2];
      const red = (rr[r] + rg[g] + rb[b] + half) >> FRACTION_BITS;
      const green = (gr[r] + gg[g] + gb[b] + half) >> FRACTION_BITS;
      const blue = (br[r] + bg[g] + bb[b] + half) >> FRACTION_BITS;
      data[i] = table[Math.max(0, Math.min(red, LIGHTEST))];
      data[i + 1] = table[Math.max(0, Math.min(green, LIGHTEST))];
      data[i + 2] = table[Math.max(0, Math.min(blue, LIGHTEST))];
    }
  };
}

/** Of grey pictures, whose three channels are the same. */
export function greyToSrgb(curve: Curve): ToSrgb {
  const table = Uint8ClampedArray.from({ length: 256 }, (_, code) => srgbCode(curve(code / 255)) * 255);
  return (data) => {
    for (let i = 0; i < data.length; i++) data[i] = table[data[i]];
  };
}

/** Chromaticities x, y of the three channels and of white. */
export interface Primaries {
  readonly red: readonly [number, number];
  readonly green: readonly [number, number];
  readonly blue: readonly [number, number];
  readonly white: readonly [number, number];
}

const D50 = [0.9642, 1, 0.8249] as const;
const BRADFORD: Matrix = [
  [0.8951, 0.2664, -0.1614],
  [-0.7502, 1.7135, 0.0367],
  [0.0389, -0.0685, 1.0296],
];

/** The matrix of such channels to XYZ, white adapted to D50 (Bradford); undefined where they span no colours. */
export function primariesToXyz({ red, green, blue, white }: Primaries): Matrix | undefined {
  if ([red, green, blue, white].some(([x, y]) => !(x >= 0 && y > 0 && x <= 1 && y <= 1))) return undefined;
  const [r, g, b, w] = [red, green, blue, white].map(([x, y]): Row => [x / y, 1, (1 - x - y) / y]);
  const columns = transposed([r, g, b]);
  const amounts = times(inverse(columns), w);
  const toXyz = columns.map((row): Row => [row[0] * amounts[0], row[1] * amounts[1], row[2] * amounts[2]]);
  const from = times(BRADFORD, w);
  const to = times(BRADFORD, D50);
  const scale: Matrix = [
    [to[0] / from[0], 0, 0],
    [0, to[1] / from[1], 0],
    [0, 0, to[2] / from[2]],
  ];
  const adapted = product(product(inverse(BRADFORD), product(scale, BRADFORD)), toXyz);
  return adapted.flat().every(Number.isFinite) ? adapted : undefined;
}

type Row = readonly [number, number, number];

function times(matrix: Matrix, v: Row): Row {
  const [a, b, c] = matrix.map((row) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]);
  return [a, b, c];
}

function transposed([a, b, c]: Matrix): Matrix {
  return [
    [a[0], b[0], c[0]],
    [a[1], b[1], c[1]],
    [a[2], b[2], c[2]],
  ];
}

function product(a: Matrix, b: Matrix): Matrix {
  return transposed(transposed(b).map((column) => times(a, column)));
}

/** Not finite where there is none. */
function inverse([a, b, c]: Matrix): Matrix {
  const cross = (u: Row, v: Row): Row => [
    u[1] * v[2] - u[2] * v[1],
    u[2] * v[0] - u[0] * v[2],
    u[0] * v[1] - u[1] * v[0],
  ];
  const columns = [cross(b, c), cross(c, a), cross(a, b)];
  const determinant = a[0] * columns[0][0] + a[1] * columns[0][1] + a[2] * columns[0][2];
  return transposed(columns.map(([x, y, z]): Row => [x / determinant, y / determinant, z / determinant]));
}
