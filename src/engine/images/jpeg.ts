import mozjpeg, { type MozJPEGModule } from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js';
import { decode as decodeInJs } from 'jpeg-js';
import { opaqueRgb } from '../../core/images/compositing.ts';
import type { ImageCodec } from './codec.ts';
import { readJpegMarkers } from './jpegMarkers.ts';
import { cutShort, damaged, unreadable } from './unreadable.ts';
import { WasmCodec } from './wasmCodec.ts';

const codec = new WasmCodec<MozJPEGModule>(mozjpeg, '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm');

/**
 * JPEG: libjpeg as WebAssembly, whose pixels are those of libjpeg-turbo and Pillow; CMYK and YCCK in JavaScript.
 * Damage inside the coded data is borne as browsers bear it; a missing end is an error.
 */
export const jpegCodec: ImageCodec = {
  readHeader: readJpegMarkers,

  async decode(bytes) {
    const info = readJpegMarkers(bytes);
    if (!info.complete) throw cutShort();
    if (info.components === 4) return decodeCmyk(bytes);
    const { result, messages } = await codec.run((module) =>
      module.decode(bytes as BufferSource & Uint8Array, false),
    );
    if (!result) throw damaged();
    if (messages.some((line) => line.startsWith('Premature end of JPEG file'))) throw cutShort();
    return opaqueRgb(result.width, result.height, result.data);
  },
};

/** jpeg-js turns YCCK into CMYK and that into RGB; it is within one grey level of Pillow. */
function decodeCmyk(bytes: Uint8Array): ReturnType<typeof opaqueRgb> {
  try {
    const image = decodeInJs(bytes, { useTArray: true, maxResolutionInMP: 1000, maxMemoryUsageInMB: 2048 });
    return opaqueRgb(image.width, image.height, image.data);
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    if (message.startsWith('maxMemoryUsageInMB'))
      throw unreadable('The picture is too big to decode.', error);
    throw damaged(error);
  }
}
