import {
  type AppliedPrompt,
  channelPlan,
  type InputSpec,
  isGray,
  LUMA_SHARES,
} from '../images/preprocessing.ts';

/** How an image is varied for a step. */
export interface Variation {
  readonly flip: boolean;
  /** Pixels by which the picture is moved; what it leaves is filled with its mirror image: an edge drawn out is a texture. */
  readonly right: number;
  readonly down: number;
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
  fill(pixels: Uint8Array, into: Float32Array, { flip, right, down }: Variation = AS_IT_IS): void {
    const frame = this.#frame;
    const { height: H, width: W } = this.#input;
    const h = H - 2 * frame;
    const w = W - 2 * frame;
    const plain = !flip && right === 0;
    const values = this.#values;
    for (const [k, channel] of this.#channels.entries()) {
      const { table } = channel;
      const plane = into.subarray(k * H * W, (k + 1) * H * W);
      if (frame > 0) plane.fill(table[0]);
      fillValues(channel, pixels, values);
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
