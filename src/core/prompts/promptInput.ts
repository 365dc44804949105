import type { AppliedPrompt, InputSpec } from '../images/preprocessing.ts';

/** How an image is varied for a step. */
export interface Variation {
  readonly flip: boolean;
  /** Pixels by which the picture is moved; what it leaves is filled with its mirror image: an edge drawn out is a texture. */
  readonly right: number;
  readonly down: number;
}

const AS_IT_IS: Variation = { flip: false, right: 0, down: 0 };

/** Turns pixels and prompts into a backbone's normalised values and gradients back, channels in the backbone's order. */
export class PromptInput {
  readonly #input: InputSpec;
  readonly #frame: number;
  /** Of each channel of the backbone: which of R, G, B it is, and value = pixel * factor + shift. */
  readonly #channels: readonly { readonly colour: number; readonly factor: number; readonly shift: number }[];
  readonly #tables: readonly Float32Array[];

  constructor(input: InputSpec, frame: number) {
    const { rescaleFactor, mean, std, channels } = input.preprocessing;
    this.#input = input;
    this.#frame = frame;
    this.#channels = [0, 1, 2].map((k) => {
      const colour = channels === 'bgr' ? 2 - k : k;
      return { colour, factor: rescaleFactor / std[colour], shift: -mean[colour] / std[colour] };
    });
    this.#tables = this.#channels.map(({ colour }) =>
      Float32Array.from({ length: 256 }, (_, p) => (p * rescaleFactor - mean[colour]) / std[colour]),
    );
  }

  /** Elements of one image's part of `images`. */
  get size(): number {
    return 3 * this.#input.height * this.#input.width;
  }

  /** Fills [3, H, W] from pixels of {@link pixelSpec}; the frame counts as black. */
  fill(pixels: Uint8Array, into: Float32Array, { flip, right, down }: Variation = AS_IT_IS): void {
    const frame = this.#frame;
    const { height: H, width: W } = this.#input;
    const h = H - 2 * frame;
    const w = W - 2 * frame;
    const plain = !flip && right === 0;
    for (let k = 0; k < 3; k++) {
      const table = this.#tables[k];
      const plane = into.subarray(k * H * W, (k + 1) * H * W);
      if (frame > 0) plane.fill(table[0]);
      const from = this.#channels[k].colour * h * w;
      for (let y = 0; y < h; y++) {
        const row = from + mirrored(y - down, h) * w;
        let o = (y + frame) * W + frame;
        if (plain) for (let x = 0; x < w; x++) plane[o++] = table[pixels[row + x]];
        else {
          for (let x = 0; x < w; x++) {
            const at = mirrored(x - right, w);
            plane[o++] = table[pixels[row + (flip ? w - 1 - at : at)]];
          }
        }
      }
    }
  }

  /** What is added to normalised images for an effect [3, H, W] in units of the full range. */
  added(effect: Float32Array): Float32Array {
    const plane = this.#input.height * this.#input.width;
    const result = new Float32Array(effect.length);
    this.#channels.forEach(({ colour, factor }, k) => {
      for (let i = 0; i < plane; i++) result[k * plane + i] = effect[colour * plane + i] * 255 * factor;
    });
    return result;
  }

  /** The gradient with respect to the effect, of one with respect to what is added. */
  pullBack(gradient: Float32Array): Float32Array {
    const plane = this.#input.height * this.#input.width;
    const result = new Float32Array(gradient.length);
    this.#channels.forEach(({ colour, factor }, k) => {
      for (let i = 0; i < plane; i++) result[colour * plane + i] = gradient[k * plane + i] * 255 * factor;
    });
    return result;
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
