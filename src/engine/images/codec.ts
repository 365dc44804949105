import { SemapError } from '../../core/errors.ts';
import type { RgbImage } from '../../core/images/preprocessing.ts';
import type { Orientation } from '../../core/images/rgbImage.ts';
import { phrase, type Text } from '../../core/text/text.ts';
import type { Primaries } from './colorTables.ts';

/** How a file says what colours its numbers mean. */
export type StatedColors =
  /** An ICC profile. */
  | { readonly icc: Uint8Array }
  /** Code points of ITU-T H.273: `nclx` of AVIF and HEIC, `cICP` of PNG. */
  | { readonly primaries: number; readonly transfer: number }
  /** PNG's `cHRM` and `gAMA`; `gamma` is the exponent that coded values have, sRGB's curve where it is absent. */
  | { readonly chromaticities: Primaries | undefined; readonly gamma: number | undefined };

/** What a file says about its picture before anything is decoded. */
export interface ImageHeader {
  readonly width: number;
  readonly height: number;
  /** EXIF orientation; 1 (upright) when the file says nothing. */
  readonly orientation: Orientation;
  /** The most bytes that the codec takes while it decodes, without the file and without the picture it returns. */
  readonly memory: number;
  /** What the file says its colors are; absent for sRGB, and where `decode` gives sRGB whatever the file has (CMYK). */
  readonly colors?: StatedColors | undefined;
  /** Whether the file has one channel, so that only a grey profile fits. */
  readonly grey?: boolean;
  /** The fractions of its size at which the codec can decode the picture, ascending; absent = the whole only. */
  readonly scales?: readonly DecodeScale[] | undefined;
  /** A small picture in the file that shows the same, stored as the picture is (not yet upright). */
  readonly preview?: Preview | undefined;
}

/** A small picture that a camera made beside the picture: good enough to look at, not to classify. */
export interface Preview {
  readonly width: number;
  readonly height: number;
  /** As that of the header. */
  readonly memory: number;
}

/** A way to decode a picture at a fraction of its size. */
export interface DecodeScale {
  /** Above 0 and below 1; the decoded picture has `ceil(width * scale)` x `ceil(height * scale)` pixels. */
  readonly scale: number;
  /** As that of the header, at this scale. */
  readonly memory: number;
}

/** The smallest part of its size, up to 1, at which a picture of this (upright) size serves whoever asked for it. */
export type LeastScale = (width: number, height: number) => number;

/** Pictures with more pixels are refused before anything is allocated for them. */
export const MAX_PIXELS = 100_000_000;

/** Reads one type of image file. Both functions throw SemapError `unreadable-image`. */
export interface ImageCodec {
  /**
   * Cheap: allocates nothing of the picture's size, and refuses a file whose parts say different sizes: what `decode`
   * makes is as big as is said here, whatever else the file says.
   */
  readHeader(bytes: Uint8Array): ImageHeader;
  /**
   * The first picture in the file as stored (not yet upright), alpha composited on white.
   * @param scale 1, or one of those that the header offers
   */
  decode(bytes: Uint8Array, scale: number): RgbImage | Promise<RgbImage>;
  /** The preview that the header offers. */
  decodePreview?(bytes: Uint8Array): Promise<RgbImage>;
}

/** The error for a picture that cannot be used; `why` is a sentence for the list of skipped images. */
export function unreadable(why: Text, cause?: unknown): SemapError {
  return new SemapError('unreadable-image', why, { cause });
}

export const cutShort = (): SemapError => unreadable(phrase('The file is incomplete.'));
export const damaged = (cause?: unknown): SemapError =>
  unreadable(phrase('The image data is damaged.'), cause);

export const outOfMemory = (cause?: unknown): SemapError =>
  new SemapError('out-of-memory', phrase('There is not enough memory for this image.'), { cause });

export const tooBig = (width: number, height: number, maxPixels = MAX_PIXELS): SemapError =>
  unreadable(
    phrase(
      'The image is too large: {0} x {1} pixels. The limit is {2} megapixels.',
      String(width),
      String(height),
      Math.round(maxPixels / 1e6),
    ),
  );
