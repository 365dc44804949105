import type { RgbImage } from '../../core/images/preprocessing.ts';
import { onWhite } from '../../core/images/rgbImage.ts';
import { damaged, outOfMemory } from './codec.ts';
import { wholeCodec } from './wasmCodec.ts';

/** What is used of libheif's C interface. Structures are returned in memory that the first argument points to. */
interface LibHeif {
  readonly HEAPU8: Uint8Array;
  readonly HEAP32: Int32Array;
  _malloc(bytes: number): number;
  _free(at: number): void;
  _heif_context_alloc(): number;
  _heif_context_free(context: number): void;
  _heif_context_read_from_memory(
    error: number,
    context: number,
    at: number,
    bytes: number,
    options: number,
  ): void;
  _heif_context_get_primary_image_handle(error: number, context: number, handle: number): void;
  _heif_image_handle_is_premultiplied_alpha(handle: number): number;
  _heif_image_handle_release(handle: number): void;
  _heif_decoding_options_alloc(): number;
  _heif_decoding_options_free(options: number): void;
  _heif_decode_image(
    error: number,
    handle: number,
    image: number,
    space: number,
    chroma: number,
    options: number,
  ): void;
  _heif_image_get_width(image: number, channel: number): number;
  _heif_image_get_height(image: number, channel: number): number;
  _heif_image_get_plane_readonly2(image: number, channel: number, stride: number): number;
  _heif_image_release(image: number): void;
}

/** For one picture each: where libde265 bears damage, pixels that it never wrote would be those of a picture before. */
const codec = wholeCodec<LibHeif>('libheif', { once: true });

const RGB = 1;
const INTERLEAVED_RGB = 10;
const INTERLEAVED_RGBA = 11;
const INTERLEAVED = 10;
/** Places in the structure of options: pictures as coded, and damage that is noticed is an error. */
const IGNORE_TRANSFORMATIONS = 1;
const STRICT = 21;
const OUT_OF_MEMORY = 6;

/** The primary picture of a file of HEVC pictures, as coded, by libheif and libde265 as WebAssembly. */
export async function decodeHeic(bytes: Uint8Array, alpha: boolean, most: number): Promise<RgbImage> {
  const { result } = await codec.run((lib) => decode(lib, bytes, alpha), most);
  return result;
}

function decode(lib: LibHeif, bytes: Uint8Array, alpha: boolean): RgbImage {
  const file = lib._malloc(bytes.length);
  // An error (code, kind, text), then what is asked for.
  const answer = lib._malloc(16);
  const asked = answer + 12;
  const context = lib._heif_context_alloc();
  const options = lib._heif_decoding_options_alloc();
  if (!file || !answer || !context || !options) throw outOfMemory();
  const checked = (): number => {
    const code = lib.HEAP32[answer >> 2];
    if (code !== 0) throw code === OUT_OF_MEMORY ? outOfMemory() : damaged();
    return lib.HEAP32[asked >> 2];
  };
  // What throws leaves the instance as it is: it is not used again.
  lib.HEAPU8.set(bytes, file);
  lib._heif_context_read_from_memory(answer, context, file, bytes.length, 0);
  checked();
  lib._free(file);
  lib._heif_context_get_primary_image_handle(answer, context, asked);
  const handle = checked();
  const premultiplied = alpha && lib._heif_image_handle_is_premultiplied_alpha(handle) !== 0;
  lib.HEAPU8[options + IGNORE_TRANSFORMATIONS] = 1;
  lib.HEAPU8[options + STRICT] = 1;
  lib._heif_decode_image(answer, handle, asked, RGB, alpha ? INTERLEAVED_RGBA : INTERLEAVED_RGB, options);
  const decoded = checked();
  const [width, height] = [
    lib._heif_image_get_width(decoded, INTERLEAVED),
    lib._heif_image_get_height(decoded, INTERLEAVED),
  ];
  const plane = lib._heif_image_get_plane_readonly2(decoded, INTERLEAVED, asked);
  const image = copied(lib.HEAPU8, plane, lib.HEAP32[asked >> 2], width, height, alpha, premultiplied);
  lib._heif_image_release(decoded);
  lib._heif_image_handle_release(handle);
  lib._heif_decoding_options_free(options);
  lib._heif_context_free(context);
  lib._free(answer);
  return image;
}

function copied(
  from: Uint8Array,
  plane: number,
  stride: number,
  width: number,
  height: number,
  alpha: boolean,
  premultiplied: boolean,
): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, o = 0; y < height; y++) {
    let s = plane + y * stride;
    if (!alpha) {
      data.set(from.subarray(s, s + 3 * width), o);
      o += 3 * width;
      continue;
    }
    for (let x = 0; x < width; x++, s += 4) {
      const opacity = from[s + 3];
      for (let c = 0; c < 3; c++) {
        const color = from[s + c];
        data[o++] = premultiplied ? Math.min(255, color + 255 - opacity) : onWhite(color, opacity);
      }
    }
  }
  return { width, height, data };
}
