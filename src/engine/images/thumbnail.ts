import mozjpeg, { type EncodeOptions, type MozJPEGModule } from '@jsquash/jpeg/codec/enc/mozjpeg_enc.js';
import type { RgbImage } from '../../core/images/preprocessing.ts';
import { resize } from '../../core/images/resample.ts';
import type { LeastScale } from './codec.ts';
import { WasmCodec } from './wasmCodec.ts';

/** An image file in memory and its media type. */
export interface EncodedImage {
  readonly type: string;
  readonly bytes: Uint8Array;
}

const codec = new WasmCodec<MozJPEGModule>(mozjpeg, '@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm');

/** What mozjpeg offers for smaller files costs three times the time. */
const OPTIONS: EncodeOptions = {
  quality: 80,
  baseline: true,
  arithmetic: false,
  progressive: false,
  optimize_coding: true,
  smoothing: 0,
  color_space: 3,
  quant_table: 3,
  trellis_multipass: false,
  trellis_opt_zero: false,
  trellis_opt_table: false,
  trellis_loops: 1,
  auto_subsample: true,
  chroma_subsample: 2,
  separate_chroma_quality: false,
  chroma_quality: 80,
};

/** How small a picture may be decoded for a thumbnail: no smaller than that is. */
export function thumbnailScale(size: number): LeastScale {
  return (width, height) => Math.min(1, size / Math.max(width, height));
}

/** A JPEG of the picture whose longest edge is `size` pixels; a smaller picture keeps its size. */
export async function encodeThumbnail(image: RgbImage, size: number): Promise<EncodedImage> {
  const full = image.reduced ?? image;
  const scale = Math.min(1, size / Math.max(full.width, full.height));
  const width = Math.max(1, Math.round(full.width * scale));
  const height = Math.max(1, Math.round(full.height * scale));
  const small = resize(image, { width, height }, { filter: 'bilinear' });
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let s = 0, o = 0; s < small.data.length; s += 3, o += 4) {
    rgba[o] = small.data[s];
    rgba[o + 1] = small.data[s + 1];
    rgba[o + 2] = small.data[s + 2];
  }
  const { result } = await codec.run((module) => module.encode(rgba, width, height, OPTIONS));
  // A copy, because what the codec returns may lie in its own memory, which cannot be transferred.
  return { type: 'image/jpeg', bytes: Uint8Array.from(result) };
}
