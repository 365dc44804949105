import { deflateSync } from 'node:zlib';
import type { InputSpec } from '../../core/images/preprocessing.ts';
import { maskInRgb, maskPicture } from '../../core/prompts/maskPicture.ts';
import { pictureOf } from '../../core/prompts/promptInput.ts';
import { effectOf, type PromptShape } from '../../core/prompts/visualPrompt.ts';
import type { Picture } from '../../core/training/trainJob.ts';

/** A prompt as it is looked at. */
export interface PromptPictures {
  readonly prompt: Picture;
  /** An image with the prompt applied. */
  readonly sample?: (Picture & { readonly path: string }) | undefined;
  /** How much of the prompt that image gets where, for a prompt under a mask. */
  readonly mask?: Picture | undefined;
}

/** An image to show a prompt on. */
export interface SampleImage {
  readonly path: string;
  readonly pixels: Uint8Array;
  /** [C, H, W] */
  readonly mask?: Float32Array | undefined;
}

export function promptPictures(
  input: InputSpec,
  shape: PromptShape,
  parameters: Float32Array,
  sample: SampleImage | undefined,
): PromptPictures {
  const { height, width } = input;
  const { frame } = shape;
  const effect = effectOf(shape, parameters);
  const png = (rgb: Uint8Array): Picture => ({ width, height, png: encodePng(rgb, width, height) });
  const prompt = png(pictureOf(undefined, input, { frame, effect }));
  if (!sample) return { prompt };
  const mask = sample.mask && maskInRgb(sample.mask, input);
  const own = mask ? effect.map((value, i) => value * mask[i]) : effect;
  return {
    prompt,
    sample: { ...png(pictureOf(sample.pixels, input, { frame, effect: own })), path: sample.path },
    ...(mask && { mask: png(maskPicture(mask)) }),
  };
}

/** A PNG of bytes [H, W, 3]. */
export function encodePng(rgb: Uint8Array, width: number, height: number): Uint8Array {
  const rows = Buffer.alloc(height * (width * 3 + 1));
  for (let y = 0; y < height; y++) {
    rows.set(rgb.subarray(y * width * 3, (y + 1) * width * 3), y * (width * 3 + 1) + 1);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits, RGB, deflate, no filters, not interlaced.
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const chunks = [chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))];
  return new Uint8Array(Buffer.concat([signature, ...chunks]));
}

function chunk(type: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

/** CRC-32 (ISO 3309); zlib's own is missing in Node 20's first versions. */
function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = TABLE[(c ^ byte) & 0xff] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}
