import avif, { type AVIFModule } from '@jsquash/avif/codec/dec/avif_dec.js';
import type { RgbImage } from '../../core/images/preprocessing.ts';
import { rgbaOnWhite } from '../../core/images/rgbImage.ts';
import { damaged } from './codec.ts';
import { WasmCodec } from './wasmCodec.ts';

/** For one picture each: where libaom bears damage, pixels that it never wrote would be those of a picture before. */
const codec = new WasmCodec<AVIFModule>(avif, '@jsquash/avif/codec/dec/avif_dec.wasm', { once: true });

/** The primary picture of a file of AV1 pictures, as coded, by libavif and libaom as WebAssembly. */
export async function decodeAvif(bytes: Uint8Array, most: number): Promise<RgbImage> {
  const { result } = await codec.run((module) => module.decode(bytes as BufferSource & Uint8Array, 8), most);
  if (!result) throw damaged();
  return rgbaOnWhite(result.width, result.height, result.data);
}
