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
}

const AS_IT_IS: Variation = { flip: false, right: 0, down: 0 };

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
  /** Of one channel without the frame, filled again for every image. */
  readonly #values: Float32Array;

  constructor(input: InputSpec, frame: number) {
    const { rescaleFactor, mean, std, channels, inverted } = input.preprocessing;
    this.#input = input;
    this.#frame = frame;
    this.#values = new Float32Array((input.height - 2 * frame) * (input.width - 2 * frame));
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
    const { flip, right, down, zoom = 1, turn = 0, tint } = variation;
    const frame = this.#frame;
    const { height: H, width: W } = this.#input;
    const h = H - 2 * frame;
    const w = W - 2 * frame;
    const plain = !flip && right === 0;
    const values = this.#values;
    const tinted = tint ? tintedPixels(pixels, tint, h * w) : pixels;
    const warp = zoom === 1 && turn === 0 ? undefined : warpOf(variation, w, h);
    for (const [k, channel] of this.#channels.entries()) {
      const { table } = channel;
      const plane = into.subarray(k * H * W, (k + 1) * H * W);
      if (frame > 0) plane.fill(table[0]);
      fillValues(channel, tinted, values);
      if (warp) {
        for (let y = 0, i = 0; y < h; y++) {
          for (let x = 0, o = (y + frame) * W + frame; x < w; x++) plane[o++] = sampled(values, warp, i++);
        }
        continue;
      }
      for (let y = 0; y < h; y++) {
        const row = mirrored(y - down, h) * w;
        let o = (y + frame) * W + frame;
        if (plain) plane.set(values.subarray(row, row + w), o);
        else {
          for (let x = 0; x < w; x++) {
            const at = mirrored(x - right, w);
            plane[o++] = values[row + (flip ? w - 1 - at : at)];
          }
        }
      }
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

/** The values of a channel for pixels [3, plane]. */
function fillValues(
  { colour, factor, shares, table }: Channel,
  pixels: Uint8Array,
  values: Float32Array,
): void {
  const plane = values.length;
  if (colour !== undefined) {
    for (let i = 0, from = colour * plane; i < plane; i++) values[i] = table[pixels[from + i]];
    return;
  }
  const [red, green, blue] = shares;
  for (let i = 0; i < plane; i++) {
    const mixed = red * pixels[i] + green * pixels[plane + i] + blue * pixels[2 * plane + i];
    values[i] = table[0] + factor * mixed;
  }
}

/** Pixels [3, plane] in another tint. */
function tintedPixels(
  pixels: Uint8Array,
  { gain, lift }: NonNullable<Variation['tint']>,
  plane: number,
): Uint8Array {
  const tinted = new Uint8Array(3 * plane);
  const table = new Uint8Array(256);
  for (let c = 0; c < 3; c++) {
    for (let pixel = 0; pixel < 256; pixel++)
      table[pixel] = Math.max(0, Math.min(255, Math.round(gain[c] * pixel + lift[c])));
    for (let i = c * plane; i < (c + 1) * plane; i++) tinted[i] = table[pixels[i]];
  }
  return tinted;
}

/** Where the pixels of a varied picture come from: per pixel the four around that place, and how near it is to them. */
interface Warp {
  /** [plane, 4]: upper left and right, lower left and right. */
  readonly from: Int32Array;
  /** [plane]: shares of the right and of the lower ones. */
  readonly right: Float32Array;
  readonly lower: Float32Array;
}

function warpOf({ flip, right, down, zoom = 1, turn = 0 }: Variation, w: number, h: number): Warp {
  const from = new Int32Array(4 * w * h);
  const shareRight = new Float32Array(w * h);
  const shareLower = new Float32Array(w * h);
  const [along, across] = [Math.cos(turn) / zoom, Math.sin(turn) / zoom];
  const [midX, midY] = [(w - 1) / 2, (h - 1) / 2];
  for (let y = 0, i = 0; y < h; y++) {
    for (let x = 0; x < w; x++, i++) {
      const dx = x - right - midX;
      const dy = y - down - midY;
      const turned = along * dx + across * dy;
      const atX = midX + (flip ? -turned : turned);
      const atY = midY + along * dy - across * dx;
      const [left, upper] = [Math.floor(atX), Math.floor(atY)];
      const [x0, x1] = [folded(left, w), folded(left + 1, w)];
      const [y0, y1] = [folded(upper, h) * w, folded(upper + 1, h) * w];
      from[4 * i] = y0 + x0;
      from[4 * i + 1] = y0 + x1;
      from[4 * i + 2] = y1 + x0;
      from[4 * i + 3] = y1 + x1;
      shareRight[i] = atX - left;
      shareLower[i] = atY - upper;
    }
  }
  return { from, right: shareRight, lower: shareLower };
}

/** Bilinear. */
function sampled(values: Float32Array, { from, right, lower }: Warp, i: number): number {
  const upperLeft = values[from[4 * i]];
  const lowerLeft = values[from[4 * i + 2]];
  const upper = upperLeft + right[i] * (values[from[4 * i + 1]] - upperLeft);
  const below = lowerLeft + right[i] * (values[from[4 * i + 3]] - lowerLeft);
  return upper + lower[i] * (below - upper);
}

/** {@link mirrored} for any distance. */
function folded(at: number, length: number): number {
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
