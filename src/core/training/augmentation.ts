import type { Variation } from '../prompts/promptInput.ts';
import { standardNormal } from '../random.ts';
import type { AugmentSettings } from '../runs/trainingSettings.ts';

/** Crops move the picture by up to this share of its edge. */
const SHIFT = 1 / 24;

/** Bounds of what `vary` does: all that leaves digits, signs and letters what they are. */
export interface VaryBounds {
  /** Share of an edge. */
  readonly shift: number;
  /** The picture is seen up to so many times as large, or as small. */
  readonly zoom: number;
  /** Radians. */
  readonly turn: number;
  /** By what share the gain of all colors, and of each by itself, is changed. */
  readonly gain: number;
  readonly cast: number;
  /** Levels by which all colors are lifted. */
  readonly lift: number;
}

const VARY: VaryBounds = { shift: 0.1, zoom: 1.2, turn: Math.PI / 15, gain: 0.3, cast: 0.1, lift: 25 };

/** Every other image loses a rectangle of so large a share of it, and so many times as wide as high, or as high as wide. */
const ERASED = { area: [0.02, 0.25], aspect: 3 } as const;

/** How an image is varied for a step; undefined: it stays as it is. */
export function variationOf(
  { flip = false, crop = false, vary = false, erase = false }: AugmentSettings,
  { width, height }: { readonly width: number; readonly height: number },
  random: () => number,
  bounds: VaryBounds = VARY,
): Variation | undefined {
  if (!flip && !crop && !vary && !erase) return undefined;
  const flipped = random() < 0.5;
  /** In [-1, 1]. */
  const either = () => 2 * random() - 1;
  const share = vary ? bounds.shift : crop ? SHIFT : 0;
  const moved = {
    flip: flip && flipped,
    right: Math.round(either() * share * width),
    down: Math.round(either() * share * height),
    ...(erase && { erased: erasedPart(random) }),
  };
  if (!vary) return moved;
  const gain = 1 + bounds.gain * either();
  const lift = bounds.lift * either();
  return {
    ...moved,
    zoom: bounds.zoom ** either(),
    turn: bounds.turn * either(),
    tint: {
      gain: [0, 1, 2].map(() => gain * (1 + bounds.cast * either())),
      // About the middle, so that gain is contrast and lift is brightness.
      lift: [0, 1, 2].map(() => 127.5 * (1 - gain) + lift),
    },
  };
}

/** Random erasing (Zhong et al., AAAI 2020), gray as in Cutout (DeVries and Taylor 2017). */
function erasedPart(random: () => number): Variation['erased'] {
  const [chance, size, shape, right, down] = [random(), random(), random(), random(), random()];
  if (chance < 0.5) return undefined;
  const [least, most] = ERASED.area;
  const area = least + size * (most - least);
  const aspect = ERASED.aspect ** (2 * shape - 1);
  const [width, height] = [Math.sqrt(area * aspect), Math.sqrt(area / aspect)];
  return { left: right * (1 - width), top: down * (1 - height), width, height };
}

/**
 * Mixes rows in pairs, images and truths alike, in place: x' = m x + (1 - m) y (mixup: Zhang, Cisse, Dauphin and
 * Lopez-Paz, ICLR 2018), m from a symmetric Beta distribution, and never below one half, so that each row is still mostly
 * itself. The rows of a step are in random order, so neighbors are pairs.
 * @param images row-major [N, ...]
 * @param truths row-major [N, T]
 * @param concentration of the Beta distribution, above 0: 1 = every share is as likely
 */
export function mixRows(
  images: Float32Array,
  truths: Float32Array,
  rows: number,
  concentration: number,
  random: () => number,
): void {
  for (let row = 0; row + 1 < rows; row += 2) {
    const share = betaShare(concentration, random);
    const own = Math.max(share, 1 - share);
    mixPair(images, row, images.length / rows, own);
    mixPair(truths, row, truths.length / rows, own);
  }
}

function mixPair(values: Float32Array, row: number, size: number, own: number): void {
  for (let i = row * size; i < (row + 1) * size; i++) {
    const [first, second] = [values[i], values[i + size]];
    values[i] = own * first + (1 - own) * second;
    values[i + size] = own * second + (1 - own) * first;
  }
}

/** A number from Beta(a, a): by Jöhnk's rejection (1964) where a < 1, where a > 1 as the share of two Gamma numbers. */
function betaShare(a: number, random: () => number): number {
  if (a === 1) return random();
  if (a > 1) {
    const [one, other] = [gamma(a, random), gamma(a, random)];
    return one / (one + other);
  }
  for (;;) {
    const [first, second] = [random(), random()];
    const [u, v] = [first ** (1 / a), second ** (1 / a)];
    if (u + v > 1) continue;
    // Of a tiny a both vanish: what is left is their ratio.
    return u + v > 0 ? u / (u + v) : 1 / (1 + (second / first) ** (1 / a));
  }
}

/** A number from Gamma(a, 1), a >= 1 (Marsaglia, Tsang 2000). */
function gamma(a: number, random: () => number): number {
  const d = a - 1 / 3;
  for (;;) {
    const x = standardNormal(random);
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - random()) < (x * x) / 2 + d * (1 - v + Math.log(v))) return d * v;
  }
}

/** Truths of which `amount` is spread over all targets (label smoothing: Szegedy et al., CVPR 2016), in place. */
export function smoothTruths(truths: Float32Array, targets: number, amount: number): void {
  if (amount === 0) return;
  for (let i = 0; i < truths.length; i++) truths[i] = (1 - amount) * truths[i] + amount / targets;
}
