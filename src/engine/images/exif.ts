import { type Orientation, toOrientation } from '../../core/images/rgbImage.ts';
import { ByteReader } from './byteReader.ts';

const ORIENTATION_TAG = 0x0112;

/** The orientation in a block of EXIF data (a TIFF structure, with or without `Exif\0\0` before it); 1 when it has none. */
export function exifOrientation(block: Uint8Array): Orientation {
  const tiff = isPrefixed(block) ? block.subarray(6) : block;
  const order =
    tiff[0] === 0x49 && tiff[1] === 0x49
      ? 'little'
      : tiff[0] === 0x4d && tiff[1] === 0x4d
        ? 'big'
        : undefined;
  if (!order) return 1;
  // Damaged metadata does not make the picture unreadable, so this walk stops at the end instead of throwing.
  const reader = new ByteReader(tiff, order);
  if (tiff.length < 8) return 1;
  const directory = reader.u32(4);
  if (directory + 2 > tiff.length) return 1;
  const count = reader.u16(directory);
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + i * 12;
    if (entry + 12 > tiff.length) return 1;
    if (reader.u16(entry) === ORIENTATION_TAG) return toOrientation(reader.u16(entry + 8));
  }
  return 1;
}

function isPrefixed(block: Uint8Array): boolean {
  return block[0] === 0x45 && block[1] === 0x78 && block[2] === 0x69 && block[3] === 0x66;
}
