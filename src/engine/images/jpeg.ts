import mozjpeg, { type MozJPEGModule } from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js';
import { decode as decodeInJs } from 'jpeg-js';
import { opaqueRgb } from '../../core/images/rgbImage.ts';
import type { ImageCodec } from './codec.ts';
import { adobeMarker, type JpegInfo, readJpegMarkers } from './jpegMarkers.ts';
import { cutShort, damaged } from './unreadable.ts';
import { WasmCodec } from './wasmCodec.ts';

const codec = new WasmCodec<MozJPEGModule>(mozjpeg, '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm');

/**
 * JPEG: libjpeg as WebAssembly, whose pixels are those of libjpeg-turbo and Pillow; CMYK and YCCK in JavaScript.
 * Damage inside the coded data is borne as browsers bear it; a missing end is an error.
 */
export const jpegCodec: ImageCodec = {
  readHeader(bytes) {
    const info = readJpegMarkers(bytes);
    const { width, height, orientation } = info;
    return { width, height, orientation, memory: bytes.length + memoryOf(info) };
  },

  async decode(bytes) {
    const info = readJpegMarkers(bytes);
    if (!info.complete) throw cutShort();
    if (info.components === 4) return decodeCmyk(bytes, info);
    const { result, messages } = await codec.run((module) =>
      module.decode(bytes as BufferSource & Uint8Array, false),
    );
    if (!result) throw damaged();
    if (messages.some((line) => line.startsWith('Premature end of JPEG file'))) throw cutShort();
    return opaqueRgb(result.width, result.height, result.data);
  },
};

/** In bytes: four channels in the codec and once more outside it, and every coefficient where scans are many. */
function memoryOf({ width, height, components, samples, progressive, scans }: JpegInfo): number {
  const pixels = width * height;
  // jpeg-js keeps each block of 64 samples in an array of its own, then its lines, then both kinds of colours.
  if (components === 4) return 12 * samples + 8 * pixels;
  return 8 * pixels + (progressive || scans > 1 ? 2 * samples : 0);
}

/**
 * jpeg-js turns YCCK into CMYK and that into RGB; it is within one grey level of Pillow. A file that does not say how its
 * colours are stored is taken as Pillow and OpenCV take it: the way that Adobe stores CMYK.
 */
function decodeCmyk(bytes: Uint8Array, info: JpegInfo): ReturnType<typeof opaqueRgb> {
  const said = info.adobe ? bytes : Buffer.concat([bytes.subarray(0, 2), adobeMarker(0), bytes.subarray(2)]);
  const megabytes = Math.ceil((bytes.length + memoryOf(info)) / 2 ** 20) + 16;
  try {
    const image = decodeInJs(said, {
      useTArray: true,
      maxResolutionInMP: 1000,
      maxMemoryUsageInMB: megabytes,
    });
    return opaqueRgb(image.width, image.height, image.data);
  } catch (error) {
    throw damaged(error);
  }
}
