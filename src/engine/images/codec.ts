import type { Orientation } from '../../core/images/orientation.ts';
import type { RgbImage } from '../../core/images/preprocessing.ts';

/** What a file says about its picture before anything is decoded. */
export interface ImageHeader {
  readonly width: number;
  readonly height: number;
  /** EXIF orientation; 1 (upright) when the file says nothing. */
  readonly orientation: Orientation;
}

/** Reads one type of image file. Both functions throw SemapError `unreadable-image`. */
export interface ImageCodec {
  /** Cheap: reads the header, allocates nothing of the picture's size. */
  readHeader(bytes: Uint8Array): ImageHeader;
  /** The first picture in the file as stored (not yet upright), alpha composited on white. */
  decode(bytes: Uint8Array): RgbImage | Promise<RgbImage>;
}
