import { SemapError } from '../../core/errors.ts';
import type { Reduction, RgbImage } from '../../core/images/preprocessing.ts';
import { isTurned, turnUpright } from '../../core/images/rgbImage.ts';
import { phrase } from '../../core/text/text.ts';
import { bmpCodec } from './bmp.ts';
import {
  type DecodeScale,
  damaged,
  type ImageCodec,
  type ImageHeader,
  type LeastScale,
  MAX_PIXELS,
  outOfMemory,
  type Preview,
  tooBig,
  unreadable,
} from './codec.ts';
import { colorsToSrgb } from './colors.ts';
import { gifCodec } from './gif.ts';
import { heifCodec } from './heif.ts';
import { type ImageType, identifyImage, otherKind } from './imageType.ts';
import { jpegCodec } from './jpeg.ts';
import { jpeg2000Codec } from './jpeg2000.ts';
import { jxlCodec } from './jxl.ts';
import { pngCodec } from './png.ts';
import { pnmCodec } from './pnm.ts';
import { tiffCodec } from './tiff.ts';
import { WasmCodecError } from './wasmCodec.ts';
import { webpCodec } from './webp.ts';

const CODECS: Record<ImageType, ImageCodec> = {
  jpeg: jpegCodec,
  png: pngCodec,
  webp: webpCodec,
  bmp: bmpCodec,
  gif: gifCodec,
  tiff: tiffCodec,
  pnm: pnmCodec,
  heif: heifCodec,
  jxl: jxlCodec,
  jpeg2000: jpeg2000Codec,
};

export interface DecodeLimits {
  /** How small the picture may come out; absent = as large as it is. */
  readonly least?: LeastScale | undefined;
  /** Whether a preview in the file serves where it is as large as `least`: to look at, not to classify. */
  readonly preview?: boolean | undefined;
  readonly maxPixels?: number;
  /**
   * Waits until there is room for so many bytes, the file itself not among them.
   * @throws {SemapError} when there never is
   */
  readonly admit?: (header: ImageHeader, bytes: number) => Promise<void>;
}

/**
 * Decodes an image file: its type told by its first bytes, the first picture of several, upright, alpha on white.
 *
 * @throws SemapError `unreadable-image`: empty, not an image, too many pixels, cut short, damaged, or of a kind that is
 * not supported; `out-of-memory` when it does not fit.
 */
export async function decodeImage(
  file: Uint8Array,
  { maxPixels = MAX_PIXELS, least, preview = false, admit }: DecodeLimits = {},
): Promise<RgbImage> {
  // A Buffer goes into WebAssembly ten times slower than a plain array.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.length);
  const codec = codecOf(bytes);
  try {
    const header = codec.readHeader(bytes);
    checkSize(header, maxPixels);
    const small = preview && least ? previewOf(header, least) : undefined;
    const chosen = small ? { scale: 1, memory: small.memory } : chooseScale(header, least);
    const size = small ?? sizeAt(header, chosen.scale);
    await admit?.(header, memoryOf(header, chosen));
    const image = small ? await codec.decodePreview?.(bytes) : await codec.decode(bytes, chosen.scale);
    // Whatever decodes: what was checked and admitted is what came out.
    if (image?.width !== size.width || image.height !== size.height) throw damaged();
    const reduced = small
      ? { width: header.width, height: header.height, box: { left: 0, top: 0, ...sizeOf(small) } }
      : chosen.scale < 1
        ? reductionOf(header, chosen.scale)
        : undefined;
    const toSrgb = header.colors && (await colorsToSrgb(header.colors, header.grey ?? false));
    return turnUpright(
      { ...image, ...(reduced ? { reduced } : {}), ...(toSrgb ? { toSrgb } : {}) },
      header.orientation,
    );
  } catch (error) {
    if (error instanceof SemapError) throw error;
    const noMemory =
      (error instanceof RangeError && /alloc|array length/i.test(error.message)) ||
      (error instanceof WasmCodecError && error.outOfMemory);
    throw noMemory ? outOfMemory(error) : damaged(error);
  }
}

const LFS_POINTER = 'version https://git-lfs';

function codecOf(bytes: Uint8Array): ImageCodec {
  if (bytes.length === 0) throw unreadable(phrase('The file is empty.'));
  const type = identifyImage(bytes);
  if (type) return CODECS[type];
  if (Buffer.from(bytes.subarray(0, LFS_POINTER.length)).toString('latin1') === LFS_POINTER) {
    throw new SemapError('lfs-pointer', phrase('The file is a Git LFS pointer, not the image itself.'), {
      hint: phrase('Run `git lfs pull` in the repository, then try again.'),
    });
  }
  const other = otherKind(bytes);
  throw unreadable(
    other === undefined
      ? phrase(
          'The file is not an image that SeMap reads (JPEG, PNG, WebP, HEIC, AVIF, JPEG XL, JPEG 2000, GIF, BMP, TIFF, PPM).',
        )
      : phrase(
          'The file is {0}. SeMap reads JPEG, PNG, WebP, HEIC, AVIF, JPEG XL, JPEG 2000, GIF, BMP, TIFF and PPM.',
          other,
        ),
  );
}

function checkSize({ width, height }: ImageHeader, maxPixels: number): void {
  if (width < 1 || height < 1) throw damaged();
  if (width * height > maxPixels) throw tooBig(width, height, maxPixels);
}

/** The smallest that the codec offers and that serves. */
function chooseScale(header: ImageHeader, least: LeastScale | undefined): DecodeScale {
  const { width, height, orientation, memory, scales = [] } = header;
  const whole = { scale: 1, memory };
  if (!least || scales.length === 0) return whole;
  const needed = isTurned(orientation) ? least(height, width) : least(width, height);
  return scales.find(({ scale }) => scale >= needed) ?? whole;
}

/** The preview, where it is large enough and has the shape of the picture. */
function previewOf(
  { width, height, orientation, preview }: ImageHeader,
  least: LeastScale,
): Preview | undefined {
  if (!preview) return undefined;
  const needed = isTurned(orientation) ? least(height, width) : least(width, height);
  const [across, down] = [preview.width / width, preview.height / height];
  // Its edges are rounded to whole pixels, or to even numbers.
  const alike = Math.abs(across - down) * Math.max(width, height) <= 2.5;
  return alike && across < 1 && Math.max(across, down) >= needed ? preview : undefined;
}

function sizeOf({ width, height }: Preview) {
  return { width, height };
}

function sizeAt({ width, height }: ImageHeader, scale: number) {
  return { width: Math.ceil(width * scale), height: Math.ceil(height * scale) };
}

function reductionOf({ width, height }: ImageHeader, scale: number): Reduction {
  return { width, height, box: { left: 0, top: 0, width: width * scale, height: height * scale } };
}

/** What a picture takes at most: the codec's part, the picture, and a second one where it is turned. */
function memoryOf(header: ImageHeader, { scale, memory }: DecodeScale): number {
  const { width, height } = sizeAt(header, scale);
  return memory + (header.orientation === 1 ? 3 : 6) * width * height;
}
