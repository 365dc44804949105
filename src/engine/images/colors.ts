import { createHash } from 'node:crypto';
import type { ToSrgb } from '../../core/images/preprocessing.ts';
import type { StatedColors } from './codec.ts';
import { gridReader, gridToSrgb, type PixelConverter } from './colorGrid.ts';
import {
  type Curve,
  greyToSrgb,
  matrixToSrgb,
  type Primaries,
  primariesToXyz,
  srgbCurve,
} from './colorTables.ts';
import { type IccProfile, readIccProfile } from './iccProfile.ts';
import { type ColorGrid, readColorGrid } from './lcms.ts';

/** Larger profiles are not looked at; those of printers have up to three million bytes. */
export const MAX_PROFILE_BYTES = 4 << 20;

/**
 * Turns a picture's pixels into sRGB; undefined where they are sRGB already, to one grey level, and where nothing sensible
 * is said, which is taken for sRGB as browsers take it.
 * @param grey whether the file has one channel, whose value stands in all three
 */
export async function colorsToSrgb(colors: StatedColors, grey: boolean): Promise<ToSrgb | undefined> {
  const key = `${grey} ${'icc' in colors ? digest(colors.icc) : JSON.stringify(colors)}`;
  return conversions.get(key, async () => {
    const conversion = await makeConversion(colors, grey);
    return conversion && changes(conversion, grey) ? conversion : undefined;
  });
}

/**
 * Turns CMYK into sRGB, by the profile of the file where that is one of CMYK.
 * @param cmyk full ink is 0: so Adobe stores it in JPEG files, and so does everybody else whose files are met
 */
export async function cmykToRgb(cmyk: Uint8Array, icc: Uint8Array | undefined): Promise<Uint8Array> {
  const convert =
    icc && icc.length <= MAX_PROFILE_BYTES && (await inks.get(digest(icc), () => makeInks(icc)));
  const data = new Uint8Array((cmyk.length >> 2) * 3);
  if (convert) {
    const ink = new Uint8Array(4);
    for (let s = 0, o = 0; o < data.length; s += 4, o += 3) {
      for (let c = 0; c < 4; c++) ink[c] = 255 - cmyk[s + c];
      convert(ink, 0, data, o);
    }
    return data;
  }
  // As Pillow does it.
  for (let s = 0, o = 0; o < data.length; s += 4, o += 3) {
    const light = cmyk[s + 3];
    data[o] = light - share(255 - cmyk[s], light);
    data[o + 1] = light - share(255 - cmyk[s + 1], light);
    data[o + 2] = light - share(255 - cmyk[s + 2], light);
  }
  return data;
}

/** a * b / 255, rounded. */
function share(a: number, b: number): number {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

/** What was made last, by what it was made of: folders have few cameras. */
class Recent<T> {
  readonly #values = new Map<string, T>();

  async get(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#values.get(key);
    if (known !== undefined || this.#values.has(key)) return known as T;
    const value = await make();
    // A map keeps its order: the first one is the oldest.
    if (this.#values.size >= MAX_KNOWN) this.#values.delete(this.#values.keys().next().value as string);
    this.#values.set(key, value);
    return value;
  }
}

const MAX_KNOWN = 16;
const conversions = new Recent<ToSrgb | undefined>();
const inks = new Recent<PixelConverter | undefined>();

async function makeInks(icc: Uint8Array): Promise<PixelConverter | undefined> {
  const grid = readIccProfile(icc)?.space === 'cmyk' ? await gridOf(icc, 'cmyk') : undefined;
  return grid && gridReader(grid);
}

/** A profile that Little CMS gives up on counts as none. */
async function gridOf(icc: Uint8Array, space: IccProfile['space']): Promise<ColorGrid | undefined> {
  return readColorGrid(icc, space).catch(() => undefined);
}

function digest(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('base64');
}

async function makeConversion(colors: StatedColors, grey: boolean): Promise<ToSrgb | undefined> {
  if ('icc' in colors) {
    if (colors.icc.length > MAX_PROFILE_BYTES) return undefined;
    const profile = readIccProfile(colors.icc);
    if (profile?.space !== (grey ? 'grey' : 'rgb')) return undefined;
    if ('tables' in profile) {
      const grid = await gridOf(colors.icc, profile.space);
      return grid && gridToSrgb(grid);
    }
    return profile.space === 'grey' ? greyToSrgb(profile.curve) : matrixToSrgb(profile.colors);
  }
  const curve =
    'transfer' in colors
      ? (TRANSFERS[colors.transfer] ?? srgbCurve)
      : colors.gamma === undefined || Math.abs(1 / colors.gamma - 2.2) < 0.05
        ? srgbCurve
        : power(1 / colors.gamma);
  if (grey) return greyToSrgb(curve);
  const primaries = 'transfer' in colors ? PRIMARIES[colors.primaries] : colors.chromaticities;
  const toXyz = primariesToXyz(primaries ?? PRIMARIES[1]);
  return toXyz && matrixToSrgb({ curves: [curve, curve, curve], toXyz });
}

/** Whether any of some colours from all over becomes another by more than one level. */
function changes(toSrgb: ToSrgb, grey: boolean): boolean {
  const levels = [0, 16, 48, 96, 144, 192, 224, 255];
  const probe = grey
    ? Uint8Array.from({ length: 256 * 3 }, (_, i) => Math.floor(i / 3))
    : Uint8Array.from(levels.flatMap((r) => levels.flatMap((g) => levels.flatMap((b) => [r, g, b]))));
  const converted = probe.slice();
  toSrgb(converted);
  return converted.some((value, i) => Math.abs(value - probe[i]) > 1);
}

const power =
  (exponent: number): Curve =>
  (v) =>
    v ** exponent;

const D65 = [0.3127, 0.329] as const;
const C = [0.31, 0.316] as const;

/** By code point (H.273, table 2). */
const PRIMARIES: Readonly<Record<number, Primaries>> = {
  1: { red: [0.64, 0.33], green: [0.3, 0.6], blue: [0.15, 0.06], white: D65 },
  4: { red: [0.67, 0.33], green: [0.21, 0.71], blue: [0.14, 0.08], white: C },
  5: { red: [0.64, 0.33], green: [0.29, 0.6], blue: [0.15, 0.06], white: D65 },
  6: { red: [0.63, 0.34], green: [0.31, 0.595], blue: [0.155, 0.07], white: D65 },
  7: { red: [0.63, 0.34], green: [0.31, 0.595], blue: [0.155, 0.07], white: D65 },
  9: { red: [0.708, 0.292], green: [0.17, 0.797], blue: [0.131, 0.046], white: D65 },
  11: { red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06], white: [0.314, 0.351] },
  12: { red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06], white: D65 },
};

/** Light that is white on a screen beside which nothing is brighter (ITU-R BT.2408), in candela a square meter. */
const WHITE_NITS = 203;

/**
 * By code point (H.273, table 3). Those of television (1, 6, 14, 15) count as sRGB's, as in browsers. What is brighter than
 * white is white.
 */
const TRANSFERS: Readonly<Record<number, Curve>> = {
  4: power(2.2),
  5: power(2.8),
  8: (v) => v,
  16: (v) => {
    const root = v ** (1 / 78.84375);
    return (
      (10_000 / WHITE_NITS) *
      (Math.max(0, root - 0.8359375) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125)
    );
  },
  18: (v) => {
    const scene = v <= 0.5 ? v ** 2 / 3 : (Math.exp((v - 0.55991073) / 0.17883277) + 0.28466892) / 12;
    // On a screen of 1,000 candela.
    return (1000 / WHITE_NITS) * scene ** 1.2;
  },
};
