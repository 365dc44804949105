import {
  type AppliedPrompt,
  channelPlan,
  type InputSpec,
  isGray,
  LUMA_SHARES,
} from '../images/preprocessing.ts';

/** What a prompt brings into normalized images. */
export interface InputPrompt {
  /** [C, H, W], channels in the backbone's order. */
  readonly added: Float32Array;
  /** Numbers of the network that masks it, where it has one. */
  readonly network?: Float32Array | undefined;
}

/** How an image is varied for a step. */
export interface Variation {
  readonly flip: boolean;
  /** Pixels by which the picture is moved; what it leaves is filled with its mirror image: an edge drawn out is a texture. */
  readonly right: number;
  readonly down: number;
  /** How many times as large the picture is seen, about its middle; absent = 1. */
  readonly zoom?: number | undefined;
  /** By which angle it is turned about its middle, in radians; absent = 0. */
  readonly turn?: number | undefined;
  /** What pixels of R, G and B become: gain x value + lift, kept in [0, 255]; absent = as they are. */
  readonly tint?: { readonly gain: readonly number[]; readonly lift: readonly number[] } | undefined;
  /** A rectangle that is made gray, in shares of the picture's edges; absent = none. */
  readonly erased?: Rectangle | undefined;
}

/** Of a picture, in shares of its edges. */
interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The level in the middle. */
const GRAY = 127;

const AS_IT_IS: Variation = { flip: false, right: 0, down: 0 };

const AS_PIXELS = Float32Array.from({ length: 256 }, (_, pixel) => pixel);

/** A channel of a backbone's input. */
interface Channel {
  /** How much of R, G and B it takes. */
  readonly shares: readonly number[];
  /** Which of them it is; undefined for gray and alpha. */
  readonly colour: number | undefined;
  /** By how much its value grows with the pixel. */
  readonly factor: number;
  /** Its values for a pixel. */
  readonly table: Float32Array;
}

/** Turns pixels and prompts into a backbone's normalised values and gradients back, channels in the backbone's order. */
export class PromptInput {
  readonly #input: InputSpec;
  readonly #frame: number;
  readonly #channels: readonly Channel[];
  /** A gray picture without the frame, filled again for every image. */
  readonly #mixed: Float32Array;

  constructor(input: InputSpec, frame: number) {
    const { rescaleFactor, mean, std, channels, inverted } = input.preprocessing;
    this.#input = input;
    this.#frame = frame;
    this.#mixed = new Float32Array((input.height - 2 * frame) * (input.width - 2 * frame));
    this.#channels = channelPlan(channels).map(({ of, alpha }) => {
      const value = (pixel: number) =>
        ((inverted && !alpha ? 255 - pixel : pixel) * rescaleFactor - mean[of]) / std[of];
      const own = [0, 1, 2].map((colour) => Number(colour === of));
      return {
        shares: alpha ? [0, 0, 0] : isGray(channels) ? LUMA_SHARES : own,
        colour: alpha || isGray(channels) ? undefined : of,
        factor: ((inverted ? -1 : 1) * rescaleFactor) / std[of],
        table: Float32Array.from({ length: 256 }, (_, pixel) => value(alpha ? 255 : pixel)),
      };
    });
  }

  /** Elements of one image's part of `images`. */
  get size(): number {
    return this.#channels.length * this.#input.height * this.#input.width;
  }

  /** Fills [C, H, W] from pixels of {@link pixelSpec}; the frame counts as black. */
  fill(pixels: Uint8Array, into: Float32Array, variation: Variation = AS_IT_IS): void {
    const { zoom = 1, turn = 0, tint, erased } = variation;
    const frame = this.#frame;
    const { height: H, width: W } = this.#input;
    const plane = H * W;
    const inner = { w: W - 2 * frame, h: H - 2 * frame, from: frame * W + frame, stride: W };
    const size = inner.w * inner.h;
    const place = zoom === 1 && turn === 0 ? placeMoved : placeWarped;
    const tables = tint && [0, 1, 2].map((colour) => tintTable(tint, colour));
    for (const [k, { table, colour, shares, factor }] of this.#channels.entries()) {
      const target = into.subarray(k * plane, (k + 1) * plane);
      if (frame > 0) target.fill(table[0]);
      if (colour !== undefined) {
        const values = tables ? tables[colour].map((pixel) => table[pixel]) : table;
        place(pixels.subarray(colour * size, (colour + 1) * size), values, target, inner, variation);
        if (erased) erase(target, inner, erased, table[GRAY]);
        continue;
      }
      const [red, green, blue] = [0, 1, 2].map((c) => (tables?.[c] ?? AS_PIXELS).map((v) => shares[c] * v));
      const mixed = this.#mixed;
      for (let i = 0; i < size; i++) {
        const sum = red[pixels[i]] + green[pixels[size + i]] + blue[pixels[2 * size + i]];
        mixed[i] = table[0] + factor * sum;
      }
      place(mixed, undefined, target, inner, variation);
      if (erased && shares.some((share) => share > 0)) erase(target, inner, erased, table[0] + factor * GRAY);
    }
  }

  /** What is added to normalised images for an effect [3, H, W] in units of the full range. */
  added(effect: Float32Array): Float32Array {
    const plane = this.#input.height * this.#input.width;
    const result = new Float32Array(this.size);
    this.#channels.forEach(({ factor, shares }, k) => {
      shares.forEach((share, colour) => {
        if (share === 0) return;
        for (let i = 0; i < plane; i++)
          result[k * plane + i] += share * effect[colour * plane + i] * 255 * factor;
      });
    });
    return result;
  }

  /** The gradient with respect to the effect [3, H, W], of one with respect to what is added. */
  pullBack(gradient: Float32Array): Float32Array {
    const plane = this.#input.height * this.#input.width;
    const result = new Float32Array(3 * plane);
    this.#channels.forEach(({ factor, shares }, k) => {
      shares.forEach((share, colour) => {
        if (share === 0) return;
        for (let i = 0; i < plane; i++)
          result[colour * plane + i] += share * gradient[k * plane + i] * 255 * factor;
      });
    });
    return result;
  }
}

/** A prompt that is in an input, as graphs add it. */
export function inputPrompt(input: InputSpec, { effect, frame, network }: AppliedPrompt): InputPrompt {
  return {
    added: new PromptInput(input, frame).added(new Float32Array(effect)),
    network: network && new Float32Array(network),
  };
}

/** The part of a plane that the picture is put into. */
interface Inner {
  readonly w: number;
  readonly h: number;
  readonly from: number;
  readonly stride: number;
}

/** Puts a picture [h, w] into a plane, moved by whole pixels and turned over. @param values of its pixels */
function placeMoved(
  picture: Uint8Array | Float32Array,
  values: Float32Array | undefined,
  plane: Float32Array,
  { w, h, from, stride }: Inner,
  { flip, right, down }: Variation,
): void {
  const columns = new Int32Array(w);
  for (let x = 0; x < w; x++) {
    const at = mirrored(x - right, w);
    columns[x] = flip ? w - 1 - at : at;
  }
  for (let y = 0; y < h; y++) {
    const row = mirrored(y - down, h) * w;
    const o = from + y * stride;
    if (values) for (let x = 0; x < w; x++) plane[o + x] = values[picture[row + columns[x]]];
    else for (let x = 0; x < w; x++) plane[o + x] = picture[row + columns[x]];
  }
}

/** The same, also zoomed and turned about its middle: bilinear between the four pixels around a place. */
function placeWarped(
  picture: Uint8Array | Float32Array,
  values: Float32Array | undefined,
  plane: Float32Array,
  { w, h, from, stride }: Inner,
  { flip, right, down, zoom = 1, turn = 0 }: Variation,
): void {
  const [along, across] = [Math.cos(turn) / zoom, Math.sin(turn) / zoom];
  const [midX, midY] = [(w - 1) / 2, (h - 1) / 2];
  const side = flip ? -1 : 1;
  for (let y = 0; y < h; y++) {
    const dy = y - down - midY;
    for (let x = 0; x < w; x++) {
      const dx = x - right - midX;
      const atX = midX + side * (along * dx + across * dy);
      const atY = midY + along * dy - across * dx;
      const left = Math.floor(atX);
      const upper = Math.floor(atY);
      const x0 = folded(left, w);
      const x1 = folded(left + 1, w);
      const y0 = folded(upper, h) * w;
      const y1 = folded(upper + 1, h) * w;
      const a = values ? values[picture[y0 + x0]] : picture[y0 + x0];
      const b = values ? values[picture[y0 + x1]] : picture[y0 + x1];
      const c = values ? values[picture[y1 + x0]] : picture[y1 + x0];
      const d = values ? values[picture[y1 + x1]] : picture[y1 + x1];
      const shareRight = atX - left;
      const above = a + shareRight * (b - a);
      const below = c + shareRight * (d - c);
      plane[from + y * stride + x] = above + (atY - upper) * (below - above);
    }
  }
}

/** Fills a rectangle of a plane's inner picture. */
function erase(
  plane: Float32Array,
  { w, h, from, stride }: Inner,
  { left, top, width, height }: Rectangle,
  value: number,
): void {
  const [x0, x1] = [Math.round(left * w), Math.round((left + width) * w)];
  const [y0, y1] = [Math.round(top * h), Math.round((top + height) * h)];
  for (let y = y0; y < y1; y++) plane.fill(value, from + y * stride + x0, from + y * stride + x1);
}

/** What becomes of the levels of a color. */
function tintTable({ gain, lift }: NonNullable<Variation['tint']>, colour: number): Float32Array {
  return AS_PIXELS.map((pixel) =>
    Math.max(0, Math.min(255, Math.round(gain[colour] * pixel + lift[colour]))),
  );
}

/** {@link mirrored} for any distance. */
function folded(at: number, length: number): number {
  if (at >= 0 && at < length) return at;
  const within = ((at % (2 * length)) + 2 * length) % (2 * length);
  return mirrored(within, length);
}

/** Positions beyond the picture are those as far within it; it is moved by less than its length. */
function mirrored(at: number, length: number): number {
  return at < 0 ? -1 - at : at >= length ? 2 * length - 1 - at : at;
}

/** Pixels with an effect added as bytes [H, W, 3], for looking at. */
export function pictureOf(
  pixels: Uint8Array | undefined,
  { height, width }: InputSpec,
  { frame, effect }: Pick<AppliedPrompt, 'frame'> & { readonly effect: Float32Array },
): Uint8Array {
  const h = height - 2 * frame;
  const w = width - 2 * frame;
  const picture = new Uint8Array(height * width * 3);
  // A prompt by itself is shown on grey where it is added, and on black where it frames.
  const ground = frame > 0 ? 0 : 128;
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const inside = y >= frame && y < height - frame && x >= frame && x < width - frame;
        const under = inside ? (pixels?.[(c * h + y - frame) * w + x - frame] ?? ground) : 0;
        const value = under + 255 * effect[(c * height + y) * width + x];
        picture[(y * width + x) * 3 + c] = Math.max(0, Math.min(255, Math.round(value)));
      }
    }
  }
  return picture;
}
